'use strict'
// A program that appends faster than the disk syncs: what waits is bounded, what is refused says so and is not in the log.

const assert = require('node:assert')
const path = require('node:path')
const { test } = require('node:test')
const millrace = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')
const { tempDir } = require('../temp')

const WAITING_MAX = 100
const APPENDS = 250
const codec = { encode: (text) => Buffer.from(text), decode: (bytes) => bytes.toString(), buffer: true }
const options = { codec, durable: 'sync', waitingMax: WAITING_MAX }
const logs = {
  offset: (dir) => OffsetLog(path.join(dir, 'log.offset'), options),
  wal: (dir) => millrace.wal(path.join(dir, 'log.wal'), options)
}

const all = (log) => new Promise((resolve, reject) => {
  const read = log.stream({ seqs: false })
  const values = []
  read(null, function next (end, value) {
    if (end) return end === true ? resolve(values) : reject(end)
    values.push(value)
    read(null, next)
  })
})

for (const [name, open] of Object.entries(logs)) {
  test(`${name}: appends beyond the bound are refused, and taken when there is room again`, async (t) => {
    const log = open(tempDir(t))
    const outcomes = await Promise.allSettled(Array.from({ length: APPENDS }, (_, i) => log.append(`record ${i}`)))
    const kept = outcomes.filter(({ status }) => status === 'fulfilled').length
    assert.strictEqual(kept, WAITING_MAX)
    for (const { reason } of outcomes.slice(WAITING_MAX)) {
      assert.strictEqual(reason.code, 'ERR_BACKPRESSURE')
      assert.strictEqual(reason.millraceCode, 'ERR_BACKPRESSURE')
      assert.match(reason.message, /100 appends wait/)
    }
    await log.append([`record ${WAITING_MAX}`, `record ${WAITING_MAX + 1}`])
    assert.deepStrictEqual(await all(log), Array.from({ length: WAITING_MAX + 2 }, (_, i) => `record ${i}`))
    await log.close()
  })
}
