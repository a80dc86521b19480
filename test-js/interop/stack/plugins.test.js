'use strict'
// ssb-backlinks, ssb-query, ssb-links and ssb-search against our native plugins of the same names, on real messages: same manifest, same rows, same
// order. Over the committed messages; over those of MILLRACE_SSB_LOG (unpacked) too when it names a log.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const { tempDir } = require('../../temp')
const { seedFromEnvironment } = require('../../random')
const { install } = require('./install')
const Flume = require('../../../js-bindings')
const links = require('../../../js-bindings/ssb/links')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')

before(install, { timeout: 600000 })

async function read (t, log, which, seed) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  fs.writeFileSync(path.join(directory, 'flume/log.offset'), log)
  const args = [path.join(__dirname, 'plugins.js'), directory, which, String(seed)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 29, timeout: 600000 })
  return JSON.parse(stdout.slice(stdout.indexOf('{"manifest"'))) // map-filter-reduce prints when it sorts
}

async function compare (t, log) {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const stock = await read(t, log, 'stock', seed)
  const native = await read(t, log, 'native', seed)
  assert.deepStrictEqual(native.manifest, stock.manifest)
  const named = ({ names }) => names.map((name) => name.replace(/-.*/, '')) // backlinks' has the identity in it
  assert.deepStrictEqual(named(native), named(stock))
  assert.deepStrictEqual(Object.keys(native.rows), Object.keys(stock.rows))
  let rows = 0
  for (const [question, expected] of Object.entries(stock.rows)) {
    assert.deepStrictEqual(native.rows[question], expected, question)
    rows += expected.length
  }
  t.diagnostic(`${Object.keys(stock.rows).length} questions, ${rows} rows`)
  assert.ok(rows > 3000, `only ${rows} rows were compared`)
}

test('native plugins: the manifest, the rows and the order of ssb-backlinks, ssb-query, ssb-links and ssb-search', (t) => compare(t, zlib.gunzipSync(fs.readFileSync(FIXTURE))))

test('links2: live rows come as their messages do, with what is asked for; a deleted message has no links', async (t) => {
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
  const db = Flume(Flume.OffsetLog(path.join(tempDir(t), 'log.offset'), { codec }))
  const alive = setInterval(() => {}, 1000) // who only waits for what is live does not keep a process
  t.after(() => {
    clearInterval(alive)
    return db.close()
  })
  const { read } = links.init({ _flumeUse: (name, view) => db.use(name, view)[name] })
  const [ann, bob] = ['A', 'B'].map((letter) => `@${letter.repeat(42)}A=.ed25519`)
  let sequence = 0
  const say = (content) => promisify(db.append)({ key: `%${String(++sequence).padStart(43, '0')}=.sha256`, value: { previous: null, author: ann, sequence, timestamp: sequence, content }, timestamp: sequence })
  const vote = (value) => say({ type: 'vote', vote: { link: bob, value } })
  const votes = [{ $filter: { rel: ['vote', { $gt: 0 }], dest: bob } }]
  const ask = (opts) => promisify((cb) => pull(read(opts), pull.collect(cb)))()

  const first = await vote(1)
  const live = ask({ query: votes, live: true, limit: 3 })
  for (const value of [2, -1, 3]) await vote(value)
  await say('encrypted.box')
  assert.deepStrictEqual((await live).map(({ rel }) => rel), [['vote', 1], ['vote', 2], ['vote', 3]])
  assert.deepStrictEqual(await ask({ query: [{ $filter: { rel: ['author'] } }] }), [{ rel: ['author'], dest: ann, source: ann, ts: 5 }])
  await promisify(db.del)(first)
  assert.deepStrictEqual((await ask({ query: votes })).map(({ rel }) => rel), [['vote', 2], ['vote', 3]])

  const fresh = []
  pull(read({ query: { dest: bob }, live: true, old: false, limit: 1 }), pull.drain(({ rel }) => { fresh.push(rel) }))
  while (fresh.length === 0) await vote(7) // who opens it does not hear when it is open
  assert.deepStrictEqual(fresh, [['vote', 7]])
})

const LONG = process.env.MILLRACE_SSB_LOG
if (LONG) test('native plugins over MILLRACE_SSB_LOG', { timeout: 600000 }, (t) => compare(t, fs.readFileSync(LONG)))
