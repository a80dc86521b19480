'use strict'
// What a deletion is for who reads: from the call of `del` on nobody gets the record any more, and the callback comes when it is deleted
// at the log's level. Java's threads wait for the disk.

const assert = require('node:assert')
const path = require('node:path')
const { contract, onOurs, workspace, call, callArgs, codeOf, collect, json } = require('./harness')
const { BINDINGS } = require('../subjects')

const codec = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: (bytes) => JSON.parse(bytes) }
const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, content: { type: 'post' } } })
const COUNT = 300

contract('deletions', (subject) => {
  if (!subject.ours) return
  const ours = (name) => require(path.join(BINDINGS, name))
  const { views, view, wal, OffsetLog } = ours('.')
  const toCompat = ours('async-append-only-log/compat')

  const LOGS = {
    'offset log': (file, opts) => OffsetLog(file, { codec: json, ...opts }),
    'offset log, sync': (file, opts) => OffsetLog(file, { codec: json, durable: 'sync', ...opts }),
    'block log': (file, opts) => toCompat(ours('async-append-only-log')(file, { codec, ...opts })),
    'write-ahead log': (file, opts) => wal(file, { codec: json, ...opts })
  }
  const native = ours('lib/native')

  async function filled (space, open, opts) {
    const log = open(path.join(space.dir, 'a.log'), opts)
    const db = space.flume(log)
    const seqs = []
    for (let i = 0; i < COUNT; i++) seqs.push(await call(db.append, message(i)))
    await call(log.onDrain)
    return { log, db, seqs }
  }

  const keysIn = async (db) => (await collect(db.stream({ seqs: false }))).filter(Boolean).map(({ key }) => key)
  const isDeleted = (err) => err !== null && /delete/.test(err.message)

  for (const [name, open] of Object.entries(LOGS)) {
    onOurs(subject, `${name}: nobody gets the record once del was called, before its callback`, async (t) => {
      const { log, db, seqs } = await filled(workspace(t, subject), open)
      db.use('keys', views.keys()).use('feeds', views.feeds())
      db.use('mine', view({ version: 1, select: ['key'], map: ({ key }) => [key] }))
      assert.deepStrictEqual(await db.keys.get('%70'), message(70))
      assert.strictEqual((await db.mine.get('%70')).key, '%70')
      let isOver = false
      const deleting = call(log.del, seqs[70]).then(() => { isOver = true })
      const reads = [callArgs(db.get, seqs[70]), keysIn(db), callArgs(db.keys.get, '%70'), callArgs(db.mine.get, '%70'), collect(db.feeds.read({ id: '@0' })), collect(db.feeds.read({ id: '@0', reverse: true, limit: 1 }))]
      assert.strictEqual(isOver, false)
      const [[getError], keys, [keyError], [mineError], rows, [newest]] = await Promise.all(reads)
      assert.ok(isDeleted(getError), getError)
      assert.ok(!keys.includes('%70') && keys.length === COUNT - 1)
      assert.strictEqual(keyError.name, 'NotFoundError')
      assert.strictEqual(mineError.name, 'NotFoundError')
      assert.strictEqual(rows.length, Math.ceil(COUNT / 7) - 1)
      assert.strictEqual(newest.value.key, '%294')
      await deleting
    })

    onOurs(subject, `${name}: what was deleted is away in the file, whether or not the log was closed at once`, async (t) => {
      const space = workspace(t, subject)
      const { log, db, seqs } = await filled(space, open)
      db.use('keys', views.keys())
      await db.keys.get('%1')
      const over = []
      for (const seq of seqs.slice(0, 100)) log.del(seq, (err) => over.push(err))
      await call(db.close)
      assert.deepStrictEqual(over.filter(Boolean), [])
      assert.strictEqual(over.length, 100)
      const again = space.flume(open(log.filename)).use('keys', views.keys())
      assert.deepStrictEqual(await keysIn(again), Array.from({ length: COUNT - 100 }, (_, i) => `%${i + 100}`))
      assert.strictEqual((await callArgs(again.keys.get, '%99'))[0].name, 'NotFoundError')
      assert.deepStrictEqual(await again.keys.get('%100'), message(100))
    })

    onOurs(subject, `${name}: between appends, one by one and together`, async (t) => {
      const { log, db, seqs } = await filled(workspace(t, subject), open)
      db.use('count', view({ version: 1, select: ['key'], initial: 0, reduce: (sum) => sum + 1 }))
      assert.strictEqual(await db.count.get(), COUNT)
      const all = []
      for (let i = 0; i < 50; i++) {
        all.push(call(log.del, seqs[i]), call(db.append, message(COUNT + i)), call(log.del, seqs[i])) // twice: it is gone for the second
      }
      await Promise.all(all)
      const last = await call(db.append, message(1000))
      assert.deepStrictEqual(await callArgs(log.del, last), [null])
      if (log.onDrain) await call(db.onDrain)
      const keys = await keysIn(db)
      assert.deepStrictEqual(keys, Array.from({ length: COUNT }, (_, i) => `%${i + 50}`))
      assert.strictEqual(await db.count.get(), COUNT)
    })

    onOurs(subject, `${name}: JavaScript's thread only hides the record; deletions meanwhile are one task`, async (t) => {
      const { log, db, seqs } = await filled(workspace(t, subject), open)
      db.use('keys', views.keys())
      await db.keys.get('%1')
      const calls = { cold: [], hot: [] }
      const { cold, dispatchData } = native
      t.after(() => Object.assign(native, { cold, dispatchData }))
      native.cold = (name, args) => {
        calls.cold.push(name)
        return cold(name, args)
      }
      native.dispatchData = (op, ...memory) => {
        calls.hot.push(op)
        return dispatchData(op, ...memory)
      }
      await Promise.all(seqs.slice(0, 100).map((seq) => call(log.del, seq)))
      const cold1 = calls.cold.filter((name) => name !== 'task.look') // a wake in between may find it running
      assert.deepStrictEqual(cold1, ['task.delete'])
      assert.strictEqual(calls.hot.filter((op) => op === native.OP.delete).length, 100)
    })
  }

  onOurs(subject, 'what waits is bounded', async (t) => {
    const { log, db, seqs } = await filled(workspace(t, subject), LOGS['offset log'], { waitingMax: 10 })
    const results = await Promise.all(seqs.slice(0, 25).map((seq) => callArgs(log.del, seq)))
    assert.deepStrictEqual(results.map(([err]) => codeOf(err) || (err && err.code)), Array.from({ length: 25 }, (_, i) => i < 10 ? null : 'ERR_BACKPRESSURE'))
    assert.strictEqual((await keysIn(db)).length, COUNT - 10)
    await call(log.del, seqs[20])
    assert.strictEqual((await keysIn(db)).length, COUNT - 11)
  })

  onOurs(subject, 'a stream that has the record in its hands does not give it', async (t) => {
    const { log, db, seqs } = await filled(workspace(t, subject), LOGS['offset log'])
    const source = db.stream({ seqs: false })
    const next = () => new Promise((resolve, reject) => source(null, (end, value) => end && end !== true ? reject(end) : resolve(end ? undefined : value.key)))
    assert.strictEqual(await next(), '%0')
    const deleting = call(log.del, seqs[1])
    assert.strictEqual(await next(), '%2')
    await deleting
    assert.strictEqual(await next(), '%3')
    await new Promise((resolve) => source(true, resolve))
  })

  onOurs(subject, 'a compaction carries out what was deleted before it', async (t) => {
    const space = workspace(t, subject)
    const log = ours('async-append-only-log')(path.join(space.dir, 'a.log'), { codec })
    t.after(() => call(log.close))
    const seqs = []
    for (let i = 0; i < COUNT; i++) seqs.push(await call(log.append, message(i)))
    await call(log.onDrain)
    const order = []
    for (let i = 0; i < COUNT; i += 2) log.del(seqs[i], (err) => order.push(err || 'deleted'))
    log.onDeletesFlushed((err) => order.push(err || 'flushed'))
    await call(log.compact)
    assert.deepStrictEqual(order, [...Array.from({ length: COUNT / 2 }, () => 'deleted'), 'flushed'])
    const found = []
    await new Promise((resolve) => log.stream({ offsets: false }).pipe({ paused: false, write: (value) => { found.push(value && value.key) }, end: resolve }))
    assert.deepStrictEqual(found, Array.from({ length: COUNT / 2 }, (_, i) => `%${i * 2 + 1}`))
  })

  onOurs(subject, 'opening the file again in this thread sees the deletion', async (t) => {
    const space = workspace(t, subject)
    const { log, seqs } = await filled(space, LOGS['offset log'])
    const deleting = callArgs(log.del, seqs[5])
    const again = space.keep(LOGS['offset log'](log.filename))
    assert.ok(isDeleted((await callArgs(again.get, seqs[5]))[0]))
    assert.ok(isDeleted((await callArgs(log.get, seqs[5]))[0]))
    await call(again.append, message(0))
    assert.deepStrictEqual(await deleting, [null])
  })
})
