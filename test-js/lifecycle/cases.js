'use strict'
// The lifecycle cases that every Node.js version must pass. Each is a program of its own in programs/.

const test = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { runProgram } = require('./child')
const { tempDir } = require('../temp')
const { seedFromEnvironment } = require('../random')

const SEED = seedFromEnvironment()
const ERRORS = {
  unknownOperation: 'ERR_ARGUMENT',
  unknownFormat: 'ERR_ARGUMENT',
  unknownOption: 'ERR_ARGUMENT',
  badNumber: 'ERR_ARGUMENT',
  directory: 'ERR_FILE_KIND',
  missing: 'ERR_FILE_NOT_FOUND',
  outOfRange: 'ERR_SEQ_RANGE',
  closedHandle: 'ERR_HANDLE',
  closedTwice: 'ERR_HANDLE',
  noHandle: 'ERR_HANDLE',
  notANumber: 'ERR_HANDLE',
  noHotOperation: 'ERR_ARGUMENT',
  noTypedArray: 'ERR_ARGUMENT',
  noRoomForSeqs: 'ERR_ARGUMENT',
  seqsMissing: 'ERR_HANDLE',
  pinNothing: 'ERR_ARGUMENT',
  unpinNothing: 'ERR_ARGUMENT',
  alive: 'bb'
}

/** Runs to rc 0 with nothing on stderr and gives stdout. */
async function output (program, args, options) {
  const { code, signal, out, err } = await runProgram(program, args, options)
  assert.deepStrictEqual({ code, signal, err }, { code: 0, signal: null, err: '' }, `${program} ${args || ''}: ${out}`)
  return out.trim()
}

/** Registers all cases for the Node.js binary at `node`. */
function cases (name, node) {
  test(name, async (t) => {
    const run = (program, ...args) => output(program, args, { node })

    for (const [way, code, count, last] of [['end', 0, 1000, 'record 999'], ['exit', 0, 1000, 'record 999'], ['throw', 1, 1000, 'record 999'], ['exit in a handler', 0, 1001, 'last words']]) {
      await t.test(`exit without close loses nothing at level memory: ${way}`, async (t) => {
        const file = path.join(tempDir(t), 'log.offset')
        const ended = await runProgram('exit', [file, way], { node })
        assert.deepStrictEqual([ended.code, ended.signal], [code, null], ended.err)
        assert.deepStrictEqual(JSON.parse(await run('read', file)), { count, last })
      })
    }

    await t.test('SIGINT and SIGTERM handlers run, set before and after boot', async () => {
      assert.strictEqual(await run('signals'), 'SIGINT SIGTERM')
    })
    await t.test('WebAssembly traps and fetch() go on beside the JVM', async () => {
      assert.strictEqual(await run('neighbours'), 'ok')
    })
    for (const where of ['main', 'worker']) {
      await t.test(`deep recursion over hot calls is a RangeError: ${where}`, async () => {
        assert.match(await run('recursion', where), /^20 x (cold|hot)\n20 x hot$/)
      })
    }
    await t.test('every failure is an error with a code', async () => {
      assert.deepStrictEqual(JSON.parse(await run('errors')), ERRORS)
    })
    await t.test('a full Java heap is ERR_OUT_OF_MEMORY and passes', async () => {
      assert.strictEqual(await run('heap'), 'ERR_ARGUMENT ERR_OUT_OF_MEMORY after 32')
    })
    await t.test('a query that would fill the Java heap is ERR_QUERY_LIMIT', async () => {
      assert.strictEqual(await run('query-heap'), 'ERR_QUERY_LIMIT true 3')
    })
    await t.test('50 cycles of open and close leave nothing behind', async (t) => {
      assert.deepStrictEqual(JSON.parse(await run('cycles', tempDir(t), 50)), { count: 100, descriptors: 0, mappings: 0 })
    })
    await t.test('workers terminated at any moment lose nothing they reported', async (t) => {
      t.diagnostic(`MILLRACE_SEED=${SEED}`)
      const { records, rounds } = JSON.parse(await run('workers', tempDir(t), SEED, 6))
      assert.ok(records > 0 && rounds === 6, `records ${records}, rounds ${rounds}`)
    })
    await t.test('a worker boots the JVM and ends; others use it', async () => {
      assert.strictEqual(await run('boot-in-worker'), 'b')
    })
    await t.test('a module registry that is reset finds the addon started', async (t) => {
      assert.strictEqual(await run('registries', tempDir(t)), '{"key":"%0","value":{}} {"key":"%1","value":{}} {"key":"%2","value":{}}')
    })
    await t.test('wakes arrive; one that throws is an uncaught exception', async (t) => {
      assert.strictEqual(await run('wakes', path.join(tempDir(t), 'log.offset')), 'uncaught planted\ndurable true')
    })
    await t.test('pinned memory stays in place', async () => {
      assert.strictEqual(await run('memory'), 'record 0 record 1999')
    })
    await t.test('a stream from cold pages is whole', async (t) => {
      assert.strictEqual(JSON.parse(await run('stream', path.join(tempDir(t), 'log.offset'))).count, 20000)
    })
  })
}

module.exports = { cases, output }
