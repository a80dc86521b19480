'use strict'
// Views over a block log, opened each public way: read, deleted from, compacted beneath readers; and over logs that only JavaScript knows.

const assert = require('node:assert')
const path = require('node:path')
const flumeviewReduce = require('flumeview-reduce')
const { contract, onOurs, workspace, call, collect, delay } = require('./harness')
const { BINDINGS } = require('../subjects')

const COUNT = 3000
const codec = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: (bytes) => JSON.parse(bytes) }
const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, timestamp: i, content: { type: 'post', text: 'x'.repeat(i % 300) } } })
const isDeleted = (i) => i % 3 === 0
const ours = (name) => require(path.join(BINDINGS, name))

const WAYS = {
  'as it is': (file) => ours('async-append-only-log')(file, { codec }),
  'through compat': (file) => ours('async-append-only-log/compat')(ours('async-append-only-log')(file, { codec })),
  'by the drop-in package': (file) => ours('drop-in/async-append-only-log')(file, { codec }),
  'the npm package through compat': (file) => require('async-append-only-log/compat')(require('async-append-only-log')(file, { codec, writeTimeout: 1 }))
}

/** A block log of COUNT messages under a database, and the sequences of those. */
async function filled (space, open) {
  const log = open(path.join(space.dir, 'block.log'))
  const db = space.flume(log)
  const seqs = []
  for (let i = 0; i < COUNT; i++) seqs.push(await call(db.append, message(i)))
  await call(log.onDrain)
  return { log, db, seqs }
}

contract('views over a block log', (subject) => {
  if (!subject.ours) return
  const { views, view } = ours('.')

  for (const [way, open] of Object.entries(WAYS)) {
    onOurs(subject, `${way}: lookup, rows, a late mount, an append`, async (t) => {
      const { log, db } = await filled(workspace(t, subject), open)
      db.use('keys', views.keys())
      assert.deepStrictEqual(await db.keys.get('%77'), message(77))
      await call(db.append, message(COUNT))
      await call(log.onDrain)
      assert.deepStrictEqual(await db.keys.get(`%${COUNT}`), message(COUNT))
      if (way.startsWith('the npm')) return // rows are records in Java
      db.use('feeds', views.feeds()).use('types', view({ version: 1, select: ['type'], initial: 0, reduce: (count) => count + 1 }))
      const rows = await collect(db.feeds.read({ id: '@3' }))
      assert.deepStrictEqual(rows.map(({ value }) => value.value.author), rows.map(() => '@3'))
      assert.strictEqual(rows.length, Math.ceil((COUNT + 1 - 3) / 7))
      assert.strictEqual(await db.types.get(), COUNT + 1)
      assert.strictEqual((await db.query([{ $filter: { value: { author: '@3' } } }])).length, rows.length)
    })
  }

  onOurs(subject, 'reads while it is compacted wait: each message found is the one asked for', async (t) => {
    const { log, db, seqs } = await filled(workspace(t, subject), WAYS['as it is'])
    db.use('keys', views.keys()).use('feeds', views.feeds())
    db.use('ids', view({ version: 1, select: ['key'], map: ({ key }) => [key] }))
    db.use('moved', view({ version: 1, movable: true, select: ['key'], map: ({ key }) => [key] }))
    db.use('places', view({ version: 1, select: ['key'], map: ({ key }, seq) => [[key, seq]] }))
    db.use('last', flumeviewReduce(1, (_, { key }) => key))
    for (const name of ['moved', 'places']) assert.strictEqual((await collect(db[name].read({ values: false }))).length, COUNT)
    assert.strictEqual(await call(db.last.get), message(COUNT - 1).key)
    for (let i = 0; i < COUNT; i++) if (isDeleted(i)) await call(log.del, seqs[i])
    const compacted = call(log.compact)
    const reads = []
    for (let i = 0; i < 100; i++) {
      for (const name of ['keys', 'ids', 'moved']) {
        reads.push(call(db[name].get, `%${i}`).then((found) => assert.deepStrictEqual([i, found], [i, message(i)]), (err) => assert.ok(isDeleted(i) && err.notFound, `%${i}: ${err}`)))
      }
      reads.push(call(db.feeds.count, { id: '@1' }).then((count) => assert.strictEqual(count, seqs.filter((_, i) => i % 7 === 1 && !isDeleted(i)).length)))
      await delay(0)
    }
    await Promise.all([compacted, ...reads])
    assert.ok(log.compactionProgress.value.holesFound > 0)
    assert.strictEqual(await call(db.last.get), message(COUNT - 1 - Number(isDeleted(COUNT - 1))).key)
    assert.ok(db.since.value < seqs.at(-1))
    const left = []
    for (const { value: { key }, seq } of await collect(db.stream({ seqs: true }))) left.push([key, seq])
    const byKey = (a, b) => a[0] < b[0] ? -1 : 1
    assert.deepStrictEqual((await collect(db.places.read({ values: false }))).map(({ key, seq }) => [...key, seq]), left.sort(byKey).map(([key, seq]) => [key, seq, seq]))
    assert.deepStrictEqual((await collect(db.moved.read({ values: false }))).map(({ key, seq }) => [key, seq]), left)
  })

  onOurs(subject, 'a log whose records have no seq fails the view, which says so; a push-stream is refused', async (t) => {
    const log = fakeLog([{ value: message(1) }])
    const db = workspace(t, subject).flume(log).use('keys', views.keys())
    await assert.rejects(db.keys.get('%1'), (err) => err.code === 'ERR_VIEW_FAILED' && err.cause.code === 'ERR_ARGUMENT')
    log.stream = () => ({ pipe () {} })
    assert.throws(() => db.stream()(null, () => {}), { code: 'ERR_ARGUMENT' })
  })
})

function fakeLog (items) {
  const since = require('obz')()
  since.set(items.length - 1)
  return {
    since,
    get: (seq, cb) => cb(null, items[seq].value),
    append: () => {},
    stream () {
      const left = [...items]
      return (abort, cb) => { if (abort || left.length > 0) cb(abort, left.shift()) }
    }
  }
}
