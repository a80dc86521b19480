'use strict'
// The unmodified flumeview-* packages over a subject's database and log, as their users see them.

const assert = require('node:assert')
const pull = require('pull-stream')
const Level = require('flumeview-level')
const Reduce = require('flumeview-reduce')
const Query = require('flumeview-query')
const Links = require('flumeview-links')
const HashTable = require('flumeview-hashtable')
const { contract, both, workspace, call, callArgs, collect, tap, until } = require('./harness')

const PEOPLE = [{ key: 'a', age: 3, ref: 'x' }, { key: 'b', age: 1, ref: 'y' }, { key: 'c', age: 2, ref: 'x' }]
const byKey = Level(1, (value) => [value.key])

async function opened (t, subject, name, view) {
  const { flume, json } = workspace(t, subject)
  const db = flume(json())
  db.use(name, view)
  await call(db.append, PEOPLE)
  return db
}

contract('flumeview-level', (subject) => {
  both('get: (err, value, seq); a missing key is a NotFoundError', async (t) => {
    const db = await opened(t, subject, 'keys', byKey)
    const seqs = await collect(db.stream({ values: false }))
    assert.deepStrictEqual(await callArgs(db.keys.get, 'b'), [null, PEOPLE[1], seqs[1]])
    assert.strictEqual((await callArgs(db.keys.get, 'zz'))[0].name, 'NotFoundError')
  })

  both('a get right after append sees the record', async (t) => {
    const db = await opened(t, subject, 'keys', byKey)
    await call(db.append, { key: 'new' })
    assert.deepStrictEqual(await call(db.keys.get, 'new'), { key: 'new' })
  })

  both('read: ranges, reverse, limit, and each choice of keys, seqs, values', async (t) => {
    const db = await opened(t, subject, 'keys', byKey)
    const [, seq] = await collect(db.stream({ values: false }))
    const read = (opts) => collect(db.keys.read(opts))
    assert.deepStrictEqual(await read({ gte: 'b', lt: 'c' }), [{ key: 'b', seq, value: PEOPLE[1] }])
    assert.deepStrictEqual(await read({ gt: 'a', seqs: false, values: false }), ['b', 'c'])
    assert.deepStrictEqual(await read({ gte: 'a', reverse: true, limit: 2, seqs: false, values: false }), ['c', 'b'])
    assert.deepStrictEqual(await read({ gte: 'b', lte: 'b', keys: false, values: false }), [seq])
    assert.deepStrictEqual(await read({ gte: 'b', lte: 'b', keys: false, seqs: false }), [PEOPLE[1]])
    assert.deepStrictEqual(await read({ gte: 'b', lte: 'b', seqs: false }), [{ key: 'b', value: PEOPLE[1] }])
  })

  both('a live read emits {sync: true} between old and new, unless sync: false', async (t) => {
    const db = await opened(t, subject, 'keys', byKey)
    await call(db.keys.get, 'c')
    const withSync = tap(db.keys.read({ gte: 'a', live: true, keys: true }))
    const without = tap(db.keys.read({ gte: 'a', live: true, sync: false }))
    await Promise.all([withSync.wait(4), without.wait(3)])
    await call(db.append, { key: 'd' })
    const items = await withSync.wait(5)
    assert.deepStrictEqual(items.map((item) => item.sync ? 'sync' : item.key), ['a', 'b', 'c', 'sync', 'd'])
    assert.deepStrictEqual((await without.wait(4)).map((item) => item.key), ['a', 'b', 'c', 'd'])
    await withSync.stop()
    await without.stop()
  })

  both('keys of deleted records vanish when they are read', async (t) => {
    const db = await opened(t, subject, 'keys', byKey)
    const [first] = await collect(db.stream({ values: false }))
    await call(db.keys.get, 'a')
    await call(db.del, first)
    assert.strictEqual((await callArgs(db.keys.get, 'a'))[0].code, 'flumelog:deleted')
    assert.strictEqual((await callArgs(db.keys.get, 'a'))[0].name, 'NotFoundError')
  })

  both('is there after closing and opening again, and goes on', async (t) => {
    const { flume, json } = workspace(t, subject)
    const first = flume(json())
    first.use('keys', byKey)
    await call(first.append, PEOPLE)
    await call(first.keys.get, 'c')
    await call(first.close)
    const again = flume(json())
    again.use('keys', byKey)
    assert.deepStrictEqual(await call(again.keys.get, 'c'), PEOPLE[2])
    await call(again.append, { key: 'd' })
    assert.deepStrictEqual(await call(again.keys.get, 'd'), { key: 'd' })
  })
})

contract('flumeview-reduce', (subject) => {
  const sum = (acc, age) => (acc || 0) + age
  both('get with and without opts, value, and stream', async (t) => {
    const db = await opened(t, subject, 'ages', Reduce(1, sum, (value) => value.age))
    assert.strictEqual(await call(db.ages.get, null), 6)
    assert.strictEqual(await call(db.ages.get), 6)
    assert.deepStrictEqual(await call(db.ages.get, { meta: true }), { seq: db.since.value, version: 1, value: 6 })
    assert.deepStrictEqual(await collect(db.ages.stream({})), [6])
  })

  both('stream({live}) gives the value, then each mapped item', async (t) => {
    const db = await opened(t, subject, 'ages', Reduce(1, sum, (value) => value.age))
    await call(db.ages.get, null)
    const live = tap(db.ages.stream({ live: true }))
    await live.wait(1)
    await call(db.append, { age: 10 })
    assert.deepStrictEqual(await live.wait(2), [6, 10])
    await live.stop()
  })

  both('takes an object as its second argument, and an initial value', async (t) => {
    const db = await opened(t, subject, 'ages', Reduce(1, { reduce: sum, map: (value) => value.age, initial: 100 }))
    assert.strictEqual(await call(db.ages.get, null), 106)
  })

  both('rebuild counts everything anew', async (t) => {
    const db = await opened(t, subject, 'ages', Reduce(1, sum, (value) => value.age))
    await until(db.ages.since, (seq) => seq === db.since.value)
    const rebuilt = call(db.rebuild)
    await rebuilt
    assert.strictEqual(await call(db.ages.get, { since: -1 }).then((state) => state.value), 6)
  })
})

contract('flumeview-query, -links, -hashtable', (subject) => {
  const indexes = [{ key: 'ref', value: ['ref', 'age'] }, { key: 'age', value: ['age'] }]

  both('query: $filter, $map, limit, reverse, live; explain names the index', async (t) => {
    const db = await opened(t, subject, 'query', Query(1, { indexes }))
    const read = (opts) => collect(db.query.read(opts))
    assert.deepStrictEqual(await read({ query: [{ $filter: { ref: 'x' } }] }), [PEOPLE[2], PEOPLE[0]])
    assert.deepStrictEqual(await read({ query: [{ $filter: { age: { $gt: 0 } } }, { $map: 'key' }], reverse: true, limit: 2 }), ['a', 'c'])
    assert.strictEqual(db.query.explain({ query: [{ $filter: { ref: 'x' } }] }).index, 'ref')
    const live = tap(db.query.read({ query: [{ $filter: { ref: 'z' } }], live: true, old: false, sync: false }))
    await call(db.append, { key: 'd', age: 9, ref: 'z' })
    assert.deepStrictEqual(await live.wait(1), [{ key: 'd', age: 9, ref: 'z' }])
    await live.stop()
  })

  both('query: a full scan where no index fits', async (t) => {
    const db = await opened(t, subject, 'query', Query(1, { indexes }))
    assert.deepStrictEqual(await collect(db.query.read({ query: [{ $filter: { key: 'b' } }] })), [PEOPLE[1]])
  })

  both('links: emitted links by index, unlinkedValues gives the record, explain calls back', async (t) => {
    const emit = (value, give) => give({ to: value.ref, from: value.key })
    const db = await opened(t, subject, 'links', Links([{ key: 'T', value: ['to', 'from'] }], emit, 1))
    const query = () => [{ $filter: { to: 'x' } }]
    assert.deepStrictEqual(await collect(db.links.read({ query: query() })), [{ to: 'x', from: 'a' }, { to: 'x', from: 'c' }])
    const whole = await collect(db.links.read({ query: query(), unlinkedValues: true }))
    assert.deepStrictEqual(whole.map((item) => item.age), [3, 2])
    assert.strictEqual((await call(db.links.explain, { query: query() })).index.key, 'T')
  })

  both('hashtable: get calls back (err, value, seq)', async (t) => {
    const hash = (key) => key.charCodeAt(0)
    const db = await opened(t, subject, 'table', HashTable(1, hash))
    const [, , third] = await collect(db.stream({ values: false }))
    const [err, value, seq] = await callArgs(db.table.get, 'c')
    assert.deepStrictEqual([err, value], [null, PEOPLE[2]])
    assert.strictEqual(seq, third + 1) // its table stores seq + 1, and it answers with that
    assert.ok((await callArgs(db.table.get, 'nobody'))[0])
  })

  both('six views at once, fed while records are appended, end at the log\'s since', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    const views = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5']
    views.forEach((name, i) => db.use(name, i % 2 ? Reduce(1, (acc) => (acc || 0) + 1) : Level(1, (value) => [value.n])))
    for (let i = 0; i < 20; i++) await call(db.append, Array.from({ length: 25 }, (_, j) => ({ n: i * 25 + j })))
    await Promise.all(views.map((name) => until(db.views[name].since, (seq) => seq === db.since.value)))
    assert.strictEqual(await call(db.v1.get, null), 500)
    assert.strictEqual((await collect(pull(db.v0.read({ gte: 0, values: false }), pull.map((item) => item.key)))).length, 500)
  })
})
