'use strict'
// ssb-backlinks and ssb-query against our native plugins of the same names, on real messages: same manifest, same rows, same order.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const { tempDir } = require('../../temp')
const { install } = require('./install')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')

before(install, { timeout: 300000 })

async function read (t, which) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  fs.writeFileSync(path.join(directory, 'flume/log.offset'), zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  const args = [path.join(__dirname, 'plugins.js'), directory, which]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28, timeout: 120000 })
  return JSON.parse(stdout.slice(stdout.indexOf('{"manifest"'))) // map-filter-reduce prints when it sorts
}

test('native plugins: the manifest, the rows and the order of ssb-backlinks and ssb-query', async (t) => {
  const stock = await read(t, 'stock')
  const native = await read(t, 'native')
  assert.deepStrictEqual(native.manifest, stock.manifest)
  assert.deepStrictEqual(Object.keys(native.rows), Object.keys(stock.rows))
  let rows = 0
  for (const [question, expected] of Object.entries(stock.rows)) {
    assert.deepStrictEqual(native.rows[question], expected, question)
    rows += expected.length
  }
  assert.ok(rows > 3000, `only ${rows} rows were compared`)
})
