'use strict'
// Views of one's own: view({version, select, where, map | reduce}). Where flumeview-reduce and flumeview-level can do the same on
// the same log, they are the oracle.

const assert = require('node:assert')
const charwise = require('charwise')
const Level = require('flumeview-level')
const Reduce = require('flumeview-reduce')
const { contract, onOurs, workspace, call, callArgs, collect, tap } = require('./harness')
const { random, seedFromEnvironment } = require('../random')
const { BINDINGS } = require('../subjects')

const TYPES = ['post', 'vote', 'about', undefined]
const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, timestamp: i * 3, content: { type: TYPES[i % 4], text: 'x'.repeat(i % 300) } }, timestamp: 1e6 - i })
const messages = (count) => Array.from({ length: count }, (_, i) => message(i))
const byType = { version: 1, select: ['type'], initial: {}, reduce: (counts, { type }) => ({ ...counts, [type]: (counts[type] || 0) + 1 }) }
const byAuthor = { version: 1, where: { type: 'post' }, select: ['author', 'sequence'], map: (row) => [[row.author, row.sequence]] }

contract('views of one\'s own', (subject) => {
  if (!subject.ours) return
  const view = (spec) => require(BINDINGS).view(spec)

  async function opened (t, spec, values = messages(3000)) {
    const space = workspace(t, subject)
    const db = space.flume(space.json())
    await call(db.append, values)
    return { space, db: db.use('mine', view(spec)) }
  }

  onOurs(subject, 'reduce: what flumeview-reduce makes of the same log, live too, and after opening again', async (t) => {
    const { space, db } = await opened(t, byType)
    db.use('theirs', Reduce(1, byType.reduce, (value) => ({ type: value.value.content.type }), null, {}))
    assert.deepStrictEqual(await db.mine.get(), await call(db.theirs.get))
    await call(db.append, message(2))
    assert.deepStrictEqual(await db.mine.get(), await call(db.theirs.get))
    assert.deepStrictEqual(await call(db.mine.get, { meta: true }), { seq: db.since.value, version: 1, value: await db.mine.get() })
    await call(db.close)
    let rows = 0
    const counting = { ...byType, reduce: (counts, row) => ++rows && byType.reduce(counts, row) }
    const again = space.flume(space.json()).use('mine', view(counting))
    assert.strictEqual((await again.mine.get()).post, 751 - 1)
    assert.strictEqual(rows, 0)
    await call(again.append, message(4))
    assert.strictEqual((await again.mine.get()).post, 751)
    assert.strictEqual(rows, 1)
  })

  onOurs(subject, 'another version, another where: built anew', async (t) => {
    const { space, db } = await opened(t, byType)
    await db.mine.get()
    await call(db.close)
    const again = space.flume(space.json()).use('mine', view({ ...byType, where: { type: 'post' } }))
    assert.deepStrictEqual(await again.mine.get(), { post: 750 })
  })

  onOurs(subject, 'select: every kind of value, escapes, whole objects, paths of one\'s own', async (t) => {
    const content = { type: 'te\\st\n"é\ud83d\ude00', a: null, b: true, c: false, d: -1.5e300, e: { f: [1, { g: 'x' }] }, 'h.i': 'dotted', j: '' }
    const spec = {
      version: 1,
      select: { type: 'type', a: 'value.content.a', b: 'value.content.b', c: 'value.content.c', d: 'value.content.d', e: 'value.content.e', g: ['value', 'content', 'e', 'f', '1', 'g'], hi: ['value', 'content', 'h.i'], j: 'value.content.j', none: 'value.content.none', all: [] },
      initial: [],
      reduce: (rows, row) => [...rows, row.toObject()]
    }
    const record = { key: '%', value: { content } }
    const { db } = await opened(t, spec, [record, record])
    const { 'h.i': hi, ...plain } = content
    const [seq, second] = await collect(db.stream({ values: false }))
    const row = { ...plain, g: 'x', hi, none: undefined, all: record }
    assert.deepStrictEqual(await db.mine.get(), [{ seq, ...row }, { seq: second, ...row }])
  })

  onOurs(subject, 'where: one value, one of several, there or not, numbers, all of them', async (t) => {
    const cases = [
      [{ type: 'post' }, (m) => m.type === 'post'],
      [{ type: ['post', 'vote'] }, (m) => ['post', 'vote'].includes(m.type)],
      [{ type: { exists: true } }, (m) => m.type !== undefined],
      [{ type: { exists: false } }, (m) => m.type === undefined],
      [{ author: ['@1', '@2'], type: 'vote' }, (m) => ['@1', '@2'].includes(m.author) && m.type === 'vote'],
      [{ sequence: [4, 5, 6] }, (m) => [4, 5, 6].includes(m.sequence)],
      [{ 'value.content.none': null }, () => false]
    ]
    const { db } = await opened(t, byType)
    const rows = messages(3000).map(({ value }) => ({ author: value.author, sequence: value.sequence, type: value.content.type }))
    for (const [i, [where, keeps]] of cases.entries()) {
      db.use(`w${i}`, view({ version: 1, where, select: ['sequence'], initial: [], reduce: (all, { sequence }) => { all.push(sequence); return all } }))
      assert.deepStrictEqual(await db[`w${i}`].get(), rows.filter(keeps).map(({ sequence }) => sequence), JSON.stringify(where))
    }
  })

  onOurs(subject, 'map: get and every read of flumeview-level\'s, with its answers', async (t) => {
    const { db } = await opened(t, byAuthor)
    db.use('theirs', Level(1, ({ value }) => value.content.type === 'post' ? [[value.author, value.sequence]] : []))
    const key = ['@4', 4]
    assert.deepStrictEqual(await callArgs(db.mine.get, key), await callArgs(db.theirs.get, key))
    assert.strictEqual((await callArgs(db.mine.get, 'none'))[0].name, 'NotFoundError')
    const bounds = [{}, { gte: ['@2', null], lte: ['@2', undefined] }, { gt: ['@1', 8] }, { lt: ['@3'] }, { gte: ['@4', 4], lt: ['@5', 40] }, { lte: ['@0', 0] }]
    const shapes = [{}, { values: false }, { keys: false, values: false }, { seqs: false, values: false }, { keys: false }, { keys: false, seqs: false }]
    for (const bound of bounds) {
      for (const more of [{}, { reverse: true }, { limit: 3 }, { reverse: true, limit: 300 }]) {
        for (const shape of shapes) {
          const opts = { ...bound, ...more, ...shape }
          assert.deepStrictEqual(await collect(db.mine.read({ ...opts })), await collect(db.theirs.read({ ...opts })), JSON.stringify(opts))
        }
      }
    }
  })

  onOurs(subject, 'map: a live read shows old ones, {sync: true}, new ones of its range', async (t) => {
    const { db } = await opened(t, byAuthor, messages(20))
    const live = tap(db.mine.read({ gte: ['@4', null], lte: ['@4', undefined], live: true, seqs: false, values: false }))
    await live.wait(2)
    for (const i of [28, 32, 60, 33]) await call(db.append, message(i))
    await call(db.append, message(4))
    assert.deepStrictEqual(await live.wait(5), [['@4', 4], { sync: true }, ['@4', 32], ['@4', 60], ['@4', 4]])
    await live.stop()
  })

  onOurs(subject, 'a deleted record vanishes from both kinds; rebuild gives the same', async (t) => {
    const { db } = await opened(t, byType)
    db.use('posts', view(byAuthor))
    const seqs = await collect(db.stream({ values: false }))
    assert.strictEqual((await db.mine.get()).post, 750)
    await call(db.del, seqs[4])
    await call(db.del, seqs[5])
    const expected = { post: 749, vote: 749, about: 750, undefined: 750 }
    assert.deepStrictEqual(await db.mine.get(), expected)
    assert.strictEqual((await callArgs(db.posts.get, ['@4', 4]))[0].name, 'NotFoundError')
    assert.strictEqual((await collect(db.posts.read())).length, 749)
    await db.rebuild()
    assert.deepStrictEqual(await db.mine.get(), expected)
    assert.strictEqual((await collect(db.posts.read())).length, 749)
  })

  onOurs(subject, 'what is deleted while the view is not open vanishes too', async (t) => {
    const { space, db } = await opened(t, byType)
    await db.mine.get()
    await call(db.close)
    const between = space.flume(space.json())
    const seqs = await collect(between.stream({ values: false }))
    await call(between.del, seqs[4])
    await call(between.close)
    const again = space.flume(space.json()).use('mine', view(byType))
    assert.strictEqual((await again.mine.get()).post, 749)
  })

  onOurs(subject, 'a map that throws: reads fail with its error until it is rebuilt', async (t) => {
    let isBroken = true
    const { db } = await opened(t, { ...byAuthor, map: (row) => { if (isBroken && row.sequence === 400) throw new Error('broken'); return [row.sequence] } })
    const [err] = await callArgs(db.mine.get, 4)
    assert.strictEqual(err.code, 'ERR_VIEW_FAILED')
    assert.strictEqual(err.cause.message, 'broken')
    await assert.rejects(collect(db.mine.read()), { code: 'ERR_VIEW_FAILED' })
    isBroken = false
    await db.rebuild()
    assert.strictEqual((await call(db.mine.get, 400)).value.sequence, 400)
  })

  onOurs(subject, 'survives a second open of its log in the same thread', async (t) => {
    const { space, db } = await opened(t, byType)
    assert.strictEqual((await db.mine.get()).post, 750)
    const second = space.json()
    await call(second.append, message(4))
    assert.strictEqual((await db.mine.get()).post, 751)
  })

  onOurs(subject, 'what cannot be meant is ERR_ARGUMENT', () => {
    for (const spec of [null, {}, { version: 1 }, { version: '1', map () {} }, { version: 1, map () {}, reduce () {} }, { version: 1, map () {}, wher: {} }]) {
      assert.throws(() => view(spec), { code: 'ERR_ARGUMENT' }, JSON.stringify(spec))
    }
    assert.throws(() => view({ ...byType, select: ['seq'] }), { code: 'ERR_ARGUMENT' })
    assert.throws(() => view({ ...byType, where: { type: { is: 1 } } }), { code: 'ERR_ARGUMENT' })
    assert.throws(() => view(byType)(require('flumelog-memory')(), 'x'), { code: 'ERR_ARGUMENT' })
  })

  onOurs(subject, 'keys sort as charwise sorts them, and come back as they were', () => {
    const { encodeKey, decodeKey } = require(BINDINGS + '/lib/keys')
    const seed = seedFromEnvironment()
    console.log(`MILLRACE_SEED=${seed}`)
    const { below } = random(seed)
    const pick = (list) => list[below(list.length)]
    const some = () => pick([null, undefined, true, false, below(5) - 2, below(1000) / 7, -1e300, 0, '', 'a', 'a\0b', 'a\0', 'ab', 'é', '\u{1f600}', `k${below(99)}`])
    const key = (depth) => depth < 3 && below(3) === 0 ? Array.from({ length: below(4) }, () => key(depth + 1)) : some()
    for (let i = 0; i < 5000; i++) {
      const [a, b] = [key(0), key(0)]
      assert.deepStrictEqual(decodeKey(encodeKey(a), 0), a)
      const bytes = encodeKey(a)
      assert.deepStrictEqual(decodeKey(Buffer.concat([bytes, Buffer.from([255, 0, 255])]), 0, bytes.length), a) // what stands behind is not read
      if (hasNul(a) || hasNul(b)) continue // charwise uses it for its own ends
      const sign = Math.sign(Buffer.compare(Buffer.from(charwise.encode(a)), Buffer.from(charwise.encode(b))))
      assert.strictEqual(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b))), sign, JSON.stringify([a, b]))
    }
  })
})

const hasNul = (key) => JSON.stringify([key]).includes('\\u0000')
