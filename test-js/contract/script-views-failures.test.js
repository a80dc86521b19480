'use strict'
// Views of one's own when something goes wrong: what their functions throw, closing and rebuilding in the middle of building.

const assert = require('node:assert')
const { contract, onOurs, workspace, call, callArgs, collect, delay } = require('./harness')
const { BINDINGS } = require('../subjects')

const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, content: { type: 'post' } } })
const messages = (count) => Array.from({ length: count }, (_, i) => message(i))
const JSON_CODEC = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const sum = { version: 1, select: ['sequence'], initial: { sum: 0 }, reduce: (state, row) => { state.sum += row.sequence; return state } }
const bySequence = { version: 1, select: ['sequence'], map: (row) => [row.sequence] }
const SUM = 3000 * 2999 / 2

contract('views of one\'s own, failing', (subject) => {
  if (!subject.ours) return
  const view = (spec) => require(BINDINGS).view(spec)

  async function opened (t, spec, values = messages(3000)) {
    const space = workspace(t, subject)
    const db = space.flume(space.json())
    await call(db.append, values)
    return { space, db: db.use('mine', view(spec)) }
  }

  /** The error of the first read that fails: a state is encoded some time after it has caught up. */
  async function failureOf (db) {
    for (;;) {
      const [err] = await callArgs(db.mine.get)
      if (err) return err
      await delay(10)
    }
  }

  /** The spec, each call of its function a little slow, so that no turn of the event loop sees many; `begun` resolves after the first 100. */
  function slowly (spec) {
    let begin
    let calls = 0
    const begun = new Promise((resolve) => { begin = resolve })
    const name = spec.map ? 'map' : 'reduce'
    const slow = (...args) => {
      if (++calls === 100) begin()
      for (const end = performance.now() + 0.02; performance.now() < end;);
      return spec[name](...args)
    }
    return { spec: { ...spec, [name]: slow }, begun }
  }

  onOurs(subject, 'a codec that cannot encode fails the view; the log closes all the same', async (t) => {
    const { space, db } = await opened(t, { ...sum, codec: { ...JSON_CODEC, encode () { throw new Error('no') } } })
    const err = await failureOf(db)
    assert.strictEqual(err.code, 'ERR_VIEW_FAILED')
    assert.strictEqual(err.cause.message, 'no')
    await call(db.append, message(1))
    await call(db.close)
    const again = space.flume(space.json()).use('mine', view(sum))
    assert.deepStrictEqual(await again.mine.get(), { sum: SUM + 1 })
  })

  onOurs(subject, 'reduce gives undefined: the view fails and says so', async (t) => {
    const { db } = await opened(t, { ...sum, reduce: () => {} })
    const err = await failureOf(db)
    assert.strictEqual(err.code, 'ERR_VIEW_FAILED')
    assert.match(err.message, /the codec made undefined of what reduce gave, undefined/)
  })

  onOurs(subject, 'a state that its codec cannot decode is built anew', async (t) => {
    const { space, db } = await opened(t, sum)
    await db.mine.get()
    await call(db.close)
    const codec = { ...JSON_CODEC, decode () { throw new Error('no') } }
    const again = space.flume(space.json()).use('mine', view({ ...sum, codec }))
    assert.deepStrictEqual(await again.mine.get(), { sum: SUM })
  })

  onOurs(subject, 'a map that fails again while it is rebuilt: rebuild says so; the other view is there', async (t) => {
    const { db } = await opened(t, { ...bySequence, map () { throw new Error('broken') } })
    db.use('other', view(sum))
    await assert.rejects(db.rebuild(), { code: 'ERR_VIEW_FAILED' })
    assert.deepStrictEqual(await db.other.get(), { sum: SUM })
  })

  onOurs(subject, 'a key that cannot be one fails the view and is its cause', async (t) => {
    const { db } = await opened(t, { ...bySequence, map: () => [{}] })
    const [err] = await callArgs(db.mine.get, 1)
    assert.strictEqual(err.code, 'ERR_VIEW_FAILED')
    assert.strictEqual(err.cause.code, 'ERR_ARGUMENT')
  })

  for (const [kind, plain, answer] of [
    ['reduce', sum, async (db) => (await db.mine.get()).sum],
    ['map', bySequence, async (db) => (await collect(db.mine.read({ values: false, seqs: false }))).reduce((a, b) => a + b)]
  ]) {
    onOurs(subject, `${kind}: closed while it is built, it goes on when it is opened again`, async (t) => {
      const { spec, begun } = slowly(plain)
      const { space, db } = await opened(t, spec)
      await begun
      assert.notStrictEqual(db.mine.since.value, db.since.value)
      await call(db.close)
      assert.strictEqual(await answer(space.flume(space.json()).use('mine', view(spec))), SUM)
    })

    onOurs(subject, `${kind}: rebuilt again and again while it is built`, async (t) => {
      const { spec, begun } = slowly(plain)
      const { db } = await opened(t, spec)
      await begun
      const rebuilt = []
      for (let i = 0; i < 3; i++) {
        rebuilt.push(db.rebuild())
        await delay(10)
      }
      await Promise.all(rebuilt)
      assert.strictEqual(await answer(db), SUM)
    })

    onOurs(subject, `${kind}: a record deleted while it is built vanishes`, async (t) => {
      const { spec, begun } = slowly(plain)
      const { db } = await opened(t, spec)
      const seqs = collect(db.stream({ values: false }))
      await begun
      assert.notStrictEqual(db.mine.since.value, db.since.value)
      await call(db.del, (await seqs)[5])
      await call(db.del, (await seqs)[2990])
      assert.strictEqual(await answer(db), SUM - 5 - 2990)
    })
  }

  onOurs(subject, 'a map that closes the database, a reduce that rebuilds it: no harm', async (t) => {
    let db = null
    let calls = 0
    const first = await opened(t, { ...sum, reduce: (state, row) => { if (++calls === 100) db.rebuild(() => {}); return sum.reduce(state, row) } })
    db = first.db
    assert.deepStrictEqual(await db.mine.get(), { sum: SUM })
    const second = await opened(t, { ...bySequence, map: (row) => { db.close(() => {}); return [row.sequence] } })
    db = second.db
    const [err] = await callArgs(db.mine.get, 1)
    assert.strictEqual(err.millraceCode, 'ERR_LOG_CLOSED')
  })
})
