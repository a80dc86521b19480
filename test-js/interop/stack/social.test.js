'use strict'
// ssb-about and ssb-friends against our native plugins of the same names, on the committed messages and those of social-cases.js
// behind them: same manifest, same answers.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const crypto = require('node:crypto')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const { tempDir } = require('../../temp')
const { install } = require('./install')
const Flume = require('../../../js-bindings')
const friends = require('../../../js-bindings/ssb/friends')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')

before(install, { timeout: 600000 })

async function answers (t, which) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  fs.writeFileSync(path.join(directory, 'flume/log.offset'), zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'social.js'), directory, which], { maxBuffer: 1 << 28, timeout: 600000 })
  return JSON.parse(stdout.slice(stdout.indexOf('{"manifest"')))
}

test('native plugins: the manifest and the answers of ssb-about and ssb-friends', async (t) => {
  const stock = await answers(t, 'stock')
  const native = await answers(t, 'native')
  assert.deepStrictEqual(native.manifest, stock.manifest)
  assert.deepStrictEqual(Object.keys(native.answers), Object.keys(stock.answers))
  for (const [question, expected] of Object.entries(stock.answers)) assert.deepStrictEqual(native.answers[question], expected, question)
})

test('friends: the graph goes on after its log has dropped old records and the view was built anew', async (t) => {
  const log = Flume.wal(tempDir(t), { segmentBytes: 65536, codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } })
  const db = Flume(log)
  t.after(() => db.close())
  const [me, ann, bob, cem] = ['me', 'ann', 'bob', 'cem'].map((name) => `@${crypto.createHash('sha256').update(name).digest('base64')}.ed25519`)
  let sequence = 0
  const say = (author, content) => promisify(db.append)({ key: `%${++sequence}`, value: { author, sequence, timestamp: sequence, content }, timestamp: sequence })
  for (let i = 0; i < 1000; i++) await say(me, { type: 'post', text: 'x'.repeat(100) })
  await say(me, { type: 'contact', contact: ann, following: true })
  const api = friends.init({ id: me, auth: { hook () {} }, _flumeUse: (name, view) => db.use(name, view)[name] }, {})
  const hops = () => promisify(api.hops)({})
  await say(ann, { type: 'contact', contact: bob, following: true })
  assert.deepStrictEqual(await hops(), { [me]: 0, [ann]: 1, [bob]: 2 })
  assert.ok(await log.trim(log.since.value - 300) > 0)
  while (await hops().then(() => false, ({ code }) => code === 'ERR_VIEW_FAILED')) await promisify(setTimeout)(10) // while it is built anew
  await say(bob, { type: 'contact', contact: cem, following: true })
  assert.deepStrictEqual(await hops(), { [me]: 0, [ann]: 1, [bob]: 2, [cem]: 3 })
})
