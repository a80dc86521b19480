'use strict'
// The addon built with the address and undefined-behaviour sanitizers, the JVM inside: no report, and a planted overflow is reported.

const test = require('node:test')
const assert = require('node:assert')
const { build, runSanitized, skip } = require('./sanitizer')
const { tempDir } = require('../temp')

async function clean (program, args) {
  const { code, signal, out, err } = await runSanitized(program, args)
  assert.doesNotMatch(err, /AddressSanitizer|runtime error/)
  assert.deepStrictEqual([code, signal], [0, null], err)
  return out.trim()
}

test('address and undefined-behaviour sanitizers', { skip }, async (t) => {
  build()
  await t.test('canary: a planted overflow is reported', async () => {
    const { code, err } = await runSanitized('planted', [])
    assert.match(err, /AddressSanitizer: heap-buffer-overflow/)
    assert.notStrictEqual(code, 0)
  })
  await t.test('50 cycles of open and close', async (t) => {
    assert.strictEqual(JSON.parse(await clean('cycles', [tempDir(t), 50])).count, 100)
  })
  await t.test('terminated workers', async (t) => {
    assert.strictEqual(JSON.parse(await clean('workers', [tempDir(t), 1, 3])).rounds, 3)
  })
  await t.test('each call of Node-API and of the allocator fails once', async () => {
    const calls = JSON.parse(await clean('addon-faults', []))
    for (const [name, count] of Object.entries(calls)) assert.ok(count > 0, name)
  })
  for (const program of ['errors', 'memory', 'boot-in-worker', 'heap', 'neighbours']) {
    await t.test(program, () => clean(program, []))
  }
})
