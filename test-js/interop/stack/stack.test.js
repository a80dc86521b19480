'use strict'
// The example applications with Millrace under them by npm's `overrides`, and the same directories under the stock modules: whoever
// opens them next finds every message and every index, and goes on.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const { createRequire } = require('node:module')
const path = require('node:path')
const { tempDir } = require('../../temp')
const { install } = require('./install')

const SWAP = path.join(__dirname, '../../contract/swap.js')
const DROP_INS = path.join(__dirname, '../../../js-bindings/drop-in')
const STOCK = ['--require', SWAP]

before(install, { timeout: 600000 })

/** What `app` reads after it has published `replies` more; `stock` puts the peers' own modules back. */
async function run (app, directory, replies, { stock = false } = {}) {
  const env = { ...process.env, MILLRACE_SUBJECT: 'peer' }
  const args = [...(stock ? STOCK : []), path.join(__dirname, app), directory, String(replies)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 600000 })
  return JSON.parse(stdout)
}

const CASES = [
  { app: 'app.js', log: 'flume/log.offset', texts: ({ posts }) => posts },
  { app: 'app-db2.js', log: 'db2/log.bipf', texts: ({ posts }) => posts }
]

for (const { app, log, texts } of CASES) {
  test(`${app}: ours publishes, stock reads and publishes, ours goes on`, async (t) => {
    const directory = tempDir(t)
    const ours = await run(app, directory, 5)
    assert.strictEqual(texts(ours).length, 6)
    assert.deepStrictEqual([...ours.thread].sort(), ['reply 1', 'reply 2', 'reply 3', 'reply 4', 'reply 5'])
    assert.ok(fs.existsSync(path.join(directory, `${log}.lock`)), 'it was not Millrace that wrote')

    assert.deepStrictEqual(await run(app, directory, 0, { stock: true }), ours)
    const stock = await run(app, directory, 3, { stock: true })
    assert.strictEqual(texts(stock).length, 10)
    assert.deepStrictEqual(await run(app, directory, 0), stock)
    assert.strictEqual(texts(await run(app, directory, 1)).length, 12)
  })
}

test('every module path that applications ask for is there under the old name', () => {
  const paths = {
    flumedb: ['', '/wrap'],
    'flumelog-offset': ['', '/legacy', '/frame/offset-codecs'],
    'async-append-only-log': ['', '/compat']
  }
  const inApp = createRequire(path.join(__dirname, 'app.js'))
  for (const [name, subs] of Object.entries(paths)) {
    for (const sub of subs) {
      assert.ok(inApp.resolve(name + sub).startsWith(path.join(DROP_INS, name)), `${name}${sub} is the stock module`)
      assert.ok(['function', 'object'].includes(typeof inApp(name + sub)))
    }
  }
})

test('the peer\'s offset codecs and ours name the same bytes', () => {
  const ours = require('../../../js-bindings/flumelog-offset/frame/offset-codecs')
  const peer = require('flumelog-offset/frame/offset-codecs')
  for (const bits of [32, 48, 53]) {
    const values = [0, 1, 4294967295, ...(bits > 32 ? [281474976710655] : []), ...(bits > 48 ? [Number.MAX_SAFE_INTEGER] : [])]
    assert.strictEqual(ours[bits].byteWidth, peer[bits].byteWidth)
    for (const value of values) {
      const [a, b] = [Buffer.alloc(10, 7), Buffer.alloc(10, 7)]
      ours[bits].encode(a, value, 1)
      peer[bits].encode(b, value, 1)
      assert.deepStrictEqual(a, b)
      assert.strictEqual(ours[bits].decode(b, 1), value)
    }
  }
})
