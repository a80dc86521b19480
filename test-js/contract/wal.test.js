'use strict'
// require('millrace').wal: the segmented write-ahead log behind flumelog's face.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const millrace = require('../../js-bindings')
const { tempDir } = require('../temp')

const text = { encode: (value) => Buffer.from(value), decode: String, buffer: true }
const all = (log, opts) => new Promise((resolve, reject) => {
  const seen = []
  const read = log.stream(opts)
  const next = (end, item) => {
    if (end) return end === true ? resolve(seen) : reject(end)
    seen.push(item)
    read(null, next)
  }
  read(null, next)
})

test('wal: an append that called back is durable, and comes back after a reopen', async (t) => {
  const dir = path.join(tempDir(t), 'wal')
  let log = millrace.wal(dir, { codec: text })
  const first = await log.append('one')
  await log.append(['two', 'three'])
  assert.strictEqual(first, 0)
  assert.strictEqual(log.durableSince.value, log.since.value)
  assert.strictEqual(await log.get(first), 'one')
  assert.deepStrictEqual(await all(log, { seqs: false }), ['one', 'two', 'three'])
  assert.deepStrictEqual(await all(log, { seqs: false, reverse: true, limit: 2 }), ['three', 'two'])
  await log.close()
  log = millrace.wal(dir, { codec: text })
  assert.strictEqual(log.openReport.recovered, false)
  assert.deepStrictEqual(await all(log, { seqs: false, gt: first }), ['two', 'three'])
  await log.close()
})

test('wal: many segments, a deletion', async (t) => {
  const dir = path.join(tempDir(t), 'wal')
  const log = millrace.wal(dir, { codec: text, segmentBytes: 8192, durable: 'os' })
  const seqs = []
  for (let i = 0; i < 200; i++) seqs.push(await log.append(`record ${i} ${'x'.repeat(100)}`))
  assert.ok(fs.readdirSync(dir).filter((name) => name.endsWith('.wal')).length > 2)
  await log.del(seqs[10])
  await assert.rejects(log.get(seqs[10]), { code: 'flumelog:deleted' })
  assert.strictEqual((await all(log, { seqs: false })).length, 199)
  await log.close()
})

test('wal: trim, retain and compact take records off the disk, sequences stay', async (t) => {
  const dir = path.join(tempDir(t), 'wal')
  const log = millrace.wal(dir, { codec: text, segmentBytes: 8192, durable: 'os' })
  const bytes = () => fs.readdirSync(dir).reduce((sum, name) => sum + fs.statSync(path.join(dir, name)).size, 0)
  const seqs = []
  for (let i = 0; i < 400; i++) seqs.push(await log.append(`record ${i} ${'x'.repeat(100)}`))

  await log.del(seqs[60])
  assert.ok(await log.compact() > 100)
  assert.strictEqual(await log.get(seqs[61]), `record 61 ${'x'.repeat(100)}`)
  await assert.rejects(log.get(seqs[60]), { code: 'flumelog:deleted' })

  const before = bytes()
  const first = await log.trim(seqs[300])
  assert.ok(first > seqs[100] && first <= seqs[300], `${first}`)
  assert.ok(bytes() < before)
  assert.deepStrictEqual((await all(log, { values: false })), seqs.filter((seq) => seq >= first))
  await assert.rejects(log.get(seqs[0]), { code: 'flumelog:deleted' })
  assert.strictEqual(await log.retain(), first)
  assert.throws(() => log.trim('all'), { code: 'ERR_ARGUMENT' })
  await log.close()
  await assert.rejects(log.compact(), { code: 'ERR_LOG_CLOSED' })
})

test('wal: a wrong option is a coded error', (t) => {
  const dir = path.join(tempDir(t), 'wal')
  assert.throws(() => millrace.wal(''), { code: 'ERR_ARGUMENT' })
  assert.throws(() => millrace.wal(dir, { durable: 'always' }), { code: 'ERR_ARGUMENT' })
  assert.throws(() => millrace.wal(dir, { key: Buffer.alloc(5) }), { code: 'ERR_ARGUMENT' })
  assert.throws(() => millrace.wal(dir, { retainByte: 5 }), { code: 'ERR_ARGUMENT', message: /no option retainByte/ })
})
