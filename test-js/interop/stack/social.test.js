'use strict'
// ssb-about and ssb-friends against our native plugins of the same names, on the committed messages and those of social-cases.js
// behind them: same manifest, same answers.

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

async function answers (t, which) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  fs.writeFileSync(path.join(directory, 'flume/log.offset'), zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'social.js'), directory, which], { maxBuffer: 1 << 28, timeout: 120000 })
  return JSON.parse(stdout.slice(stdout.indexOf('{"manifest"')))
}

test('native plugins: the manifest and the answers of ssb-about and ssb-friends', async (t) => {
  const stock = await answers(t, 'stock')
  const native = await answers(t, 'native')
  assert.deepStrictEqual(native.manifest, stock.manifest)
  assert.deepStrictEqual(Object.keys(native.answers), Object.keys(stock.answers))
  for (const [question, expected] of Object.entries(stock.answers)) assert.deepStrictEqual(native.answers[question], expected, question)
})
