'use strict'
// async-append-only-log: its face, append, get, del, push-streams, compaction, and what the peer gets wrong.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const pull = require('pull-stream')
const { contract, both, onOurs, workspace, call, delay } = require('./harness')

const json = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: (bytes) => JSON.parse(bytes.toString()) }
const MEMBERS = 'get del append appendTransaction close onDrain onDeletesFlushed compact since stats compactionProgress stream ' +
  'filename blockSize overwrite truncate hasNoSpaceFor onLoad getNextBlockStart getDataNextOffset getBlock streams'

const loaded = (log) => new Promise((resolve) => log.since((value) => { resolve(value); return false }))
const drained = (log) => new Promise((resolve, reject) => log.onDrain((err) => err ? reject(err) : resolve()))

function collect (log, opts) {
  return new Promise((resolve, reject) => {
    const items = []
    log.stream(opts).pipe({ paused: false, write: (item) => items.push(item), end: (err) => err ? reject(err) : resolve(items) })
  })
}

async function open (t, subject, opts) {
  const { dir, keep } = workspace(t, subject)
  const file = path.join(dir, 'log')
  const log = keep(subject.BlockLog(file, { writeTimeout: 1, ...opts }))
  await loaded(log)
  return { log, file, keep }
}

async function filled (t, subject, count = 10, opts = {}) {
  const opened = await open(t, subject, { blockSize: 64, codec: json, ...opts })
  const offsets = []
  for (let i = 0; i < count; i++) offsets.push(await call(opened.log.append, { i }))
  await drained(opened.log)
  return { ...opened, offsets }
}

contract('async-append-only-log: face', (subject) => {
  both('its members are own properties of a plain object', async (t) => {
    const { log, file } = await open(t, subject)
    for (const name of MEMBERS.split(' ')) assert.ok(Object.hasOwn(log, name), name)
    assert.strictEqual(Object.getPrototypeOf(log), Object.prototype)
    assert.strictEqual(log.filename, file)
    assert.strictEqual(log.blockSize, 65536)
    assert.strictEqual(log.since.value, -1)
    assert.deepStrictEqual(log.compactionProgress.value, { percent: 1, done: true, sizeDiff: 0 })
  })

  both('a stream that ends of itself shows what is on its way to the disk too', async (t) => {
    const { log } = await open(t, subject, { writeTimeout: 200 })
    await call(log.append, Buffer.from('a'))
    await drained(log)
    await call(log.append, Buffer.from('b'))
    await call(log.append, Buffer.from('c'))
    assert.deepStrictEqual((await collect(log)).map(({ value }) => value.toString()), ['a', 'b', 'c'])
    assert.strictEqual(log.since.value, 0)
  })

  both('a live stream of a file that was removed and is opened anew gives nothing more, and does not end', async (t) => {
    const { log, file } = await open(t, subject, { writeTimeout: 1 })
    await call(log.append, Buffer.from('a'))
    const seen = []
    log.stream({ live: true }).pipe({ paused: false, write: ({ value }) => seen.push(value.toString()), end: () => seen.push('end') })
    await drained(log)
    fs.unlinkSync(file)
    const again = subject.BlockLog(file, { writeTimeout: 1 })
    await call(again.append, Buffer.from('b'))
    await drained(again)
    assert.deepStrictEqual(seen, ['a'])
    await call(again.close)
  })

  both('append answers at once with the offset, and get serves it before it is written', async (t) => {
    const { log } = await open(t, subject, { writeTimeout: 200 })
    let offset = null
    log.append(Buffer.from('abc'), (err, at) => { offset = err || at })
    assert.strictEqual(offset, 0)
    assert.strictEqual(log.since.value, -1)
    assert.strictEqual((await call(log.get, 0)).toString(), 'abc')
    await drained(log)
    assert.strictEqual(log.since.value, 0)
    assert.strictEqual(await call(log.append, [Buffer.from('d'), Buffer.from('ef')]), 8)
  })

  both('the offset errors carry its codes', async (t) => {
    const { log, offsets } = await filled(t, subject)
    const codeOf = (offset) => new Promise((resolve) => log.get(offset, (err) => resolve(err && err.code)))
    assert.strictEqual(await codeOf(NaN), 'ERR_AAOL_INVALID_OFFSET')
    assert.strictEqual(await codeOf('x'), 'ERR_AAOL_INVALID_OFFSET')
    assert.strictEqual(await codeOf(-1), 'ERR_AAOL_INVALID_OFFSET')
    assert.strictEqual(await codeOf(10000), 'ERR_AAOL_OFFSET_OUT_OF_BOUNDS')
    await call(log.del, offsets[3])
    assert.strictEqual(await codeOf(offsets[3]), 'ERR_AAOL_DELETED_RECORD')
  })

  both('a transaction tells each offset and stands in one block', async (t) => {
    const { log } = await open(t, subject, { blockSize: 64 })
    await call(log.append, Buffer.alloc(30, 'x'))
    assert.deepStrictEqual(await call(log.appendTransaction, [Buffer.alloc(20, 'a'), Buffer.alloc(20, 'b')]), [64, 86])
    await assert.rejects(call(log.appendTransaction, [Buffer.alloc(70)]), { message: 'Data to be appended is larger than block size' })
    await assert.rejects(call(log.appendTransaction, Buffer.alloc(1)), /expects first argument to be an array/)
  })

  both('stats count deleted bytes and survive a reopening', async (t) => {
    const { log, file, offsets, keep } = await filled(t, subject)
    await call(log.del, offsets[0])
    await call(log.onDeletesFlushed)
    assert.deepStrictEqual(await call(log.stats), { totalBytes: offsets[9], deletedBytes: 9 })
    await call(log.close)
    const again = keep(subject.BlockLog(file, { blockSize: 64, codec: json }))
    assert.deepStrictEqual(await call(again.stats), { totalBytes: offsets[9], deletedBytes: 9 })
  })

  both('getBlock, getDataNextOffset and hasNoSpaceFor show the blocks', async (t) => {
    const { log, offsets } = await filled(t, subject)
    const block = await call(log.getBlock, 70)
    assert.strictEqual(block.length, 64)
    assert.deepStrictEqual(log.getDataNextOffset(block, 64), [offsets[7], { i: 6 }, 9])
    assert.deepStrictEqual(log.getDataNextOffset(block, 64, true)[1], json.encode({ i: 6 }))
    assert.strictEqual(log.getNextBlockStart(70), 128)
    assert.strictEqual(log.hasNoSpaceFor(Buffer.alloc(10), 50), false)
    assert.strictEqual(log.hasNoSpaceFor(Buffer.alloc(11), 50), true)
  })
})

contract('async-append-only-log: streams', (subject) => {
  both('items are what the options ask for', async (t) => {
    const { log, offsets } = await filled(t, subject, 3)
    assert.deepStrictEqual(await collect(log), [{ offset: 0, value: { i: 0 } }, { offset: 9, value: { i: 1 } }, { offset: 18, value: { i: 2 } }])
    assert.deepStrictEqual(await collect(log, { values: false }), offsets)
    assert.deepStrictEqual(await collect(log, { offsets: false }), [{ i: 0 }, { i: 1 }, { i: 2 }])
    assert.deepStrictEqual(await collect(log, { sizes: true, values: false, limit: 1 }), [{ offset: 0, size: 9 }])
    assert.deepStrictEqual(await collect(log, { sizes: true, values: false, offsets: false }), [9, 9, 9])
  })

  both('ranges and limits', async (t) => {
    const { log, offsets } = await filled(t, subject)
    const values = async (opts) => (await collect(log, { ...opts, offsets: false })).map(({ i }) => i)
    assert.deepStrictEqual(await values({ gt: offsets[6] }), [7, 8, 9])
    assert.deepStrictEqual(await values({ gte: offsets[7] }), [7, 8, 9])
    assert.deepStrictEqual(await values({ lt: offsets[2] }), [0, 1])
    assert.deepStrictEqual(await values({ gt: offsets[1], lte: offsets[3] }), [2, 3])
    assert.deepStrictEqual(await values({ gt: -1, limit: 2 }), [0, 1])
    assert.deepStrictEqual(await values({ gt: offsets[9] }), [])
  })

  both('a deleted record streams as null', async (t) => {
    const { log, offsets } = await filled(t, subject, 3)
    await call(log.del, offsets[1])
    await call(log.onDeletesFlushed)
    assert.deepStrictEqual(await collect(log, { offsets: false }), [{ i: 0 }, null, { i: 2 }])
    assert.deepStrictEqual(await collect(log, { sizes: true, offsets: false }), [{ value: { i: 0 }, size: 9 }, { value: null, size: 9 }, { value: { i: 2 }, size: 9 }])
  })

  both('a live stream goes on, pauses and is aborted', async (t) => {
    const { log } = await filled(t, subject, 2)
    const seen = []
    const sink = {
      paused: false,
      write: ({ value: { i } }) => {
        seen.push(i)
        if (i !== 1) return
        sink.paused = true
        setTimeout(() => { sink.paused = false; sink.source.resume() }, 20)
      },
      end: () => seen.push('end')
    }
    const stream = log.stream({ live: true })
    stream.pipe(sink)
    assert.strictEqual(log.streams.size, 1)
    await call(log.append, { i: 2 })
    while (seen.length < 3) await delay(5)
    assert.deepStrictEqual(seen, [0, 1, 2])
    stream.abort()
    assert.deepStrictEqual(seen, [0, 1, 2, 'end'])
    assert.strictEqual(log.streams.size, 0)
  })

  both('close ends what is streamed', async (t) => {
    const { log } = await filled(t, subject, 1)
    const ended = new Promise((resolve) => log.stream({ live: true }).pipe({ paused: false, write () {}, end: resolve }))
    await call(log.close)
    assert.ok(!(await ended))
  })

  both('compat makes a pull-stream of it', async (t) => {
    const { log } = await filled(t, subject, 600)
    const compat = subject.compat(log)
    assert.strictEqual(compat, log)
    const items = await new Promise((resolve, reject) => pull(log.stream({ offsets: false }), pull.collect((err, all) => err ? reject(err) : resolve(all))))
    assert.deepStrictEqual(items.map(({ i }) => i), Array.from({ length: 600 }, (_, i) => i))
    const few = await new Promise((resolve, reject) => pull(log.stream({ live: true }), pull.take(3), pull.collect((err, all) => err ? reject(err) : resolve(all))))
    assert.strictEqual(few.length, 3)
  })
})

contract('async-append-only-log: compaction', (subject) => {
  both('moves records, tells its progress and postpones appends', async (t) => {
    const { log, offsets } = await filled(t, subject, 30)
    for (const i of [3, 7, 8, 20]) await call(log.del, offsets[i])
    await call(log.onDeletesFlushed)
    const told = []
    log.compactionProgress((progress) => told.push(progress))
    const order = []
    const compacted = call(log.compact).then(() => order.push('compacted'))
    const appended = call(log.append, { i: 30 }).then(() => order.push('appended'))
    await Promise.all([compacted, appended])
    await drained(log)
    const values = (await collect(log, { offsets: false })).map(({ i }) => i)
    assert.deepStrictEqual(values, Array.from({ length: 31 }, (_, i) => i).filter((i) => ![3, 7, 8, 20].includes(i)))
    assert.strictEqual(told[0].done, true)
    assert.deepStrictEqual(told[1], { percent: 0, done: false })
    assert.deepStrictEqual({ ...told[2], percent: 0 }, { startOffset: 0, compactedOffset: 0, unshiftedOffset: 0, percent: 0, done: false })
    const last = told[told.length - 1]
    assert.ok(last.done && last.holesFound === 4, JSON.stringify(told))
    assert.deepStrictEqual(await call(log.stats).then(({ deletedBytes }) => deletedBytes), 0)
  })

  both('is refused while a live stream has an upper bound, and forbids del', async (t) => {
    const { log, offsets } = await filled(t, subject)
    const stream = log.stream({ live: true, lt: 1e6 })
    stream.pipe({ paused: false, write () {}, end () {} })
    await assert.rejects(call(log.compact), /Compaction cannot run/)
    stream.abort()
    await call(log.del, offsets[0])
    await call(log.onDeletesFlushed)
    const compacted = call(log.compact)
    await assert.rejects(call(log.del, offsets[1]), /Cannot delete/)
    await compacted
  })
})

contract('async-append-only-log: defects that ours has not', (subject) => {
  onOurs(subject, 'a steady trickle of appends is written within the timeout', async (t) => {
    const { log } = await open(t, subject, { writeTimeout: 60 })
    while (log.since.value < 0) { // with the peer until the test's time is over
      log.append(Buffer.from('trickle'), () => {})
      await delay(5)
    }
  })

  onOurs(subject, 'what cannot be appended is an error of the callback', async (t) => {
    const { log } = await open(t, subject, { blockSize: 64 })
    await assert.rejects(call(log.append, Buffer.alloc(61, 1)), { message: 'Data to be appended is larger than block size', millraceCode: 'ERR_RECORD_TOO_LARGE' })
    await assert.rejects(call(log.append, Buffer.alloc(0)), { code: 'ERR_RECORD_EMPTY', millraceCode: 'ERR_RECORD_EMPTY' })
    await assert.rejects(call(log.append, [Buffer.alloc(3, 1), Buffer.alloc(0)]), { code: 'ERR_RECORD_EMPTY' })
    assert.strictEqual(await call(log.append, Buffer.alloc(60, 1)), 0)
  })

  onOurs(subject, 'an offset within a record is refused', async (t) => {
    const { log } = await filled(t, subject)
    await assert.rejects(call(log.get, 1), { code: 'ERR_AAOL_INVALID_OFFSET', millraceCode: 'ERR_SEQ_INVALID' })
    await assert.rejects(call(log.del, 1), { millraceCode: 'ERR_SEQ_INVALID' })
  })

  onOurs(subject, 'rot in the middle is an error with its offset, and the rest is read', async (t) => {
    const { log, file, keep } = await filled(t, subject, 30)
    await call(log.close)
    const bytes = fs.readFileSync(file)
    bytes[2 * 64 + 1] = 0xff
    fs.writeFileSync(file, bytes)
    const rotten = keep(subject.BlockLog(file, { blockSize: 64, codec: json }))
    await assert.rejects(collect(rotten), { code: 'ERR_LOG_CORRUPT' })
    assert.deepStrictEqual(await call(rotten.get, 64 * 3), { i: 18 })
    await assert.rejects(call(rotten.get, 64 * 2), /@128/)
  })

  onOurs(subject, 'a length that is no whole blocks, and an empty last block', async (t) => {
    for (const change of [(bytes) => bytes.subarray(0, bytes.length - 40), (bytes) => Buffer.concat([bytes, Buffer.alloc(64)])]) {
      const { log, file, keep, offsets } = await filled(t, subject, 30)
      await call(log.close)
      fs.writeFileSync(file, change(fs.readFileSync(file)))
      const again = keep(subject.BlockLog(file, { blockSize: 64, codec: json, writeTimeout: 1 }))
      await loaded(again)
      const offset = await call(again.append, { i: 99 })
      assert.ok(offset > offsets[25])
      await drained(again)
      const values = (await collect(again, { offsets: false })).map(({ i }) => i)
      assert.deepStrictEqual(values.slice(0, 26), Array.from({ length: 26 }, (_, i) => i))
      assert.strictEqual(values[values.length - 1], 99)
      assert.strictEqual(fs.statSync(file).size % 64, 0)
    }
  })

  onOurs(subject, 'validateRecord cuts the last block at the first refused record, into quarantine', async (t) => {
    const { log, file, keep, offsets } = await filled(t, subject, 9)
    await call(log.close)
    const asked = []
    const validateRecord = (bytes) => {
      asked.push(JSON.parse(bytes).i)
      return JSON.parse(bytes).i !== 7
    }
    const again = keep(subject.BlockLog(file, { blockSize: 64, codec: json, validateRecord }))
    assert.strictEqual(await loaded(again), offsets[6])
    assert.ok(asked.every((i) => i >= 6), String(asked))
    assert.strictEqual((await collect(again)).length, 7)
    assert.ok(fs.readdirSync(path.join(path.dirname(file), 'millrace/log/quarantine')).length === 1)
  })
})
