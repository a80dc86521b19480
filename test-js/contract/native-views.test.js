'use strict'
// Native views, ours alone: the keys view over a log of ours (fed in Java) and over a JavaScript flumelog (fed by batches).

const assert = require('node:assert')
const { contract, onOurs, workspace, json, call, callArgs, collect, tap } = require('./harness')
const { BINDINGS } = require('../subjects')

const message = (i) => ({ key: `%${i}`, value: { author: '@a', sequence: i, content: { type: 'post', text: 'x'.repeat(i % 300) } } })
const messages = (count) => Array.from({ length: count }, (_, i) => message(i))

contract('native views', (subject) => {
  if (!subject.ours) return
  const views = () => require(BINDINGS).views
  const LOGS = {
    'a log of ours': (space) => space.json(),
    'flumelog-memory': () => require('flumelog-memory')(),
    'flumelog-offset, which loads later': ({ dir }) => require('flumelog-offset')(`${dir}/peer.offset`, { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } })
  }

  onOurs(subject, 'what a read asks wrongly is its error, also when the view is behind', async (t) => {
    const space = workspace(t, subject)
    const log = space.json()
    const db = space.flume(log)
    await call(db.append, messages(5000))
    db.ready.set(false) // reads wait
    const { backlinks } = db.use('backlinks', views().backlinks())
    let isAnswered = false
    const ended = new Promise((resolve) => backlinks.read({ id: '%1', limit: 'many' })(null, (end) => {
      isAnswered = true
      resolve(end)
    }))
    assert.ok(!isAnswered)
    db.ready.set(true)
    assert.strictEqual((await ended).code, 'ERR_ARGUMENT')
  })

  onOurs(subject, 'a text that is asked for may hold any character, also those between which it is handed over', async (t) => {
    const space = workspace(t, subject)
    const db = space.flume(space.json()).use('type', views().type())
    const types = ['\0', '\u0001', 'a\0b', 'a\u0001b', '\u00010', '\u00011', 'a\0\u0001\0', '\u00ff', 'post']
    await call(db.append, types.map((type, i) => ({ key: `%${i}`, value: { author: '@a', sequence: i, content: { type } } })))
    for (const type of types) {
      const rows = await collect(db.type.read({ type, values: true, seqs: false }))
      assert.deepStrictEqual(rows.map(({ value }) => value.content.type), [type])
    }
    assert.deepStrictEqual(await collect(db.type.read({ type: 'no\0ne' })), [])
  })

  onOurs(subject, 'while somebody waits for live rows, an append brings the view along in its own turn; else it does not', async (t) => {
    const native = require(BINDINGS + '/lib/native')
    const { dispatch, page, F, OP } = native
    const asked = [] // how far a view was to come on this thread; whether it came so far is a race against the feed's own
    native.dispatch = (op) => {
      if (op === OP.state && page[F.seq] >= 0) asked.push(page[F.seq])
      return dispatch(op)
    }
    t.after(() => { native.dispatch = dispatch })
    const space = workspace(t, subject)
    const db = space.flume(space.json()).use('feeds', views().feeds())
    const id = `@${'A'.repeat(43)}=.ed25519`
    const append = async (sequence) => {
      asked.length = 0
      return call(db.append, { key: `%${sequence}`, value: { author: id, sequence, timestamp: sequence, content: { type: 'post' } }, timestamp: sequence })
    }
    await append(1)
    assert.deepStrictEqual(asked, [])
    const live = tap(db.feeds.read({ id, live: true, seqs: false }))
    await live.wait(1)
    for (let sequence = 2; sequence <= 50; sequence++) {
      const seq = await append(sequence)
      assert.deepStrictEqual(asked, [seq])
      await live.wait(sequence)
    }
    assert.deepStrictEqual(live.items.map(({ value }) => value.sequence), Array.from({ length: 50 }, (_, i) => i + 1))
    await live.stop()
    await append(51)
    assert.deepStrictEqual(asked, [])
  })

  onOurs(subject, 'for await over the rows of a view, live ones too; leaving the loop ends them', async (t) => {
    const space = workspace(t, subject)
    const db = space.flume(space.json()).use('type', views().type()).use('theirs', require('flumeview-reduce')(1, (sum) => sum + 1, null, null, 0))
    await call(db.append, messages(3))
    const seen = []
    for await (const { key } of db.type.read({ type: 'post', seqs: false, live: true })) {
      seen.push(key)
      if (seen.length === 3) await call(db.append, message(3))
      if (seen.length === 4) break
    }
    assert.deepStrictEqual(seen, ['%0', '%1', '%2', '%3'])
    for await (const sum of db.theirs.stream({ live: true })) if (sum === 4) break
    await assert.rejects(async () => { for await (const row of db.type.read({ no: 'type' })) assert.fail(row) }, { code: 'ERR_ARGUMENT' })
  })

  for (const [title, open] of Object.entries(LOGS)) {
    onOurs(subject, `keys over ${title}: get, seq, late mount, read your write, rebuild`, async (t) => {
      const space = workspace(t, subject)
      const db = space.flume(open(space))
      await call(db.append, messages(5000))
      db.use('keys', views().keys())
      const [err, value, seq] = await callArgs(db.keys.get, '%4321')
      assert.ifError(err)
      assert.deepStrictEqual(value, message(4321))
      assert.deepStrictEqual(await call(db.get, seq), value)
      const last = await call(db.append, message(5000))
      assert.strictEqual(await db.keys.seq('%5000'), last)
      assert.strictEqual(db.keys.since.value, db.since.value)
      await db.rebuild()
      assert.deepStrictEqual(await db.keys.get('%7'), message(7))
      const { records, recordsPerSecond, secondsLeft, ...where } = db.progress().keys
      assert.deepStrictEqual(where, { since: last, target: last, isReady: true })
      assert.strictEqual(records, 5001)
      assert.ok(recordsPerSecond > 0)
      assert.strictEqual(secondsLeft, 0)
    })
  }

  onOurs(subject, 'a key that is not there: NotFoundError, as level says it', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json()).use('keys', views().keys())
    const [err] = await callArgs(db.keys.get, '%none')
    assert.strictEqual(err.name, 'NotFoundError')
    assert.strictEqual(err.notFound, true)
    assert.strictEqual(err.millraceCode, 'ERR_KEY_NOT_FOUND')
  })

  onOurs(subject, 'a name of an extra member of ours may be used; twice may not', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    for (const name of ['records', 'batches', 'progress', 'status']) {
      db.use(name, views().keys())
      assert.throws(() => db.use(name, views().keys()), { message: `${name} is already in use!` })
    }
  })

  onOurs(subject, 'survives a second open of its log in the same thread', async (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log({ codec: json })).use('keys', views().keys())
    await call(db.append, messages(10))
    const second = log({ codec: json })
    const seq = await call(second.append, message(10))
    assert.strictEqual(await db.keys.seq('%10'), seq)
    assert.deepStrictEqual(await db.keys.get('%3'), message(3))
  })

  onOurs(subject, 'an encoding that is none: ERR_ARGUMENT', () => {
    assert.throws(() => views().keys({ encoding: 'xml' }), { code: 'ERR_ARGUMENT' })
  })
})
