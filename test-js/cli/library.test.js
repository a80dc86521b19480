'use strict'
// require('millrace').verify, .repair, .stat, .convert: as a promise and with a callback.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')
const { BINDINGS } = require('../subjects')
const { tempDir } = require('../temp')

const millrace = require(BINDINGS)
const OffsetLog = require(path.join(BINDINGS, 'flumelog-offset'))
const PeerLog = require('flumelog-offset')

function peerLog (t) {
  const file = path.join(tempDir(t), 'log.offset')
  return new Promise((resolve, reject) => {
    PeerLog(file, {}).append([Buffer.from('one'), Buffer.from('two')], (err) => err ? reject(err) : resolve(file))
  })
}

test('verify tells damage as a result, repair mends it, stat and convert work on it', async (t) => {
  const file = await peerLog(t)
  assert.strictEqual((await millrace.verify(file)).whole, true)
  fs.truncateSync(file, fs.statSync(file).size - 1)
  const { whole, damages } = await millrace.verify(file)
  assert.deepStrictEqual([whole, damages[0].reason], [false, 'torn'])
  assert.strictEqual((await millrace.repair(file)).changed, true)
  assert.strictEqual((await millrace.stat(file)).since, 0)
  const target = file + '-53'
  assert.strictEqual((await millrace.convert(file, { target, to: 'offset-53' })).records, 1)
  assert.strictEqual((await millrace.stat(target)).format, 'offset-53')
})

test('checksums beside an offset log: a flipped bit of a record is told and mended', async (t) => {
  const file = path.join(tempDir(t), 'log.offset')
  const log = OffsetLog(file, { checksums: true })
  const seq = await promisify(log.append)([Buffer.from('one'), Buffer.from('two')])
  await promisify(log.close)()
  const bytes = fs.readFileSync(file)
  bytes[5] ^= 1 // of "one": a header of 4 bytes stands before it
  fs.writeFileSync(file, bytes)
  const { whole, records, damages } = await millrace.verify(file)
  assert.deepStrictEqual([whole, records, damages.length], [false, 1, 1])
  assert.deepStrictEqual([damages[0].offset, damages[0].reason], [0, 'checksum'])
  const repaired = await millrace.repair(file)
  assert.deepStrictEqual(
    [repaired.changed, repaired.after.whole, repaired.after.deleted, repaired.quarantine.length], [true, true, 1, 1])
  assert.strictEqual(fs.readFileSync(repaired.quarantine[0]).toString('latin1', 4, 7), 'ooe')
  const again = OffsetLog(file, { checksums: true })
  t.after(() => promisify(again.close)())
  assert.strictEqual((await promisify(again.get)(seq)).toString(), 'two')
  await assert.rejects(promisify(again.get)(0), { code: 'flumelog:deleted' })
})

test('errors are coded, by promise and by callback', async (t) => {
  const missing = path.join(tempDir(t), 'missing')
  await assert.rejects(millrace.verify(missing), { code: 'ERR_FILE_NOT_FOUND' })
  await new Promise((resolve) => millrace.stat(missing, (err) => {
    assert.strictEqual(err.code, 'ERR_FILE_NOT_FOUND')
    resolve()
  }))
  assert.throws(() => millrace.verify(), { code: 'ERR_ARGUMENT' })
})
