'use strict'
// Native views against the stock stack's own, asked the same: vector clock, feeds, backlinks by target, messages by type, get by key.
// Over the committed messages; over those of MILLRACE_SSB_LOG (unpacked) too when it names a log; over logs that were cut anywhere, with views that
// were killed while they were built. MILLRACE_SEED runs one again.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { execFileSync, fork } = require('node:child_process')
const pull = require('pull-stream')
const Flume = require('../../../js-bindings')
const { tempDir } = require('../../temp')
const { random: seeded, seedFromEnvironment } = require('../../random')
const { install } = require('./install')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')
const SWAP = path.join(__dirname, '../../contract/swap.js')
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const EACH = 25

if (!process.env.MILLRACE_BUILD_ONLY) before(install, { timeout: 600000 })

const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))
const keysOf = async (source) => (await collect(source)).map(({ key }) => key)

/** Says where answers differ; assert's own diff takes minutes over thousands of rows. */
function same (ours, theirs, what) {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return
  const at = Array.isArray(ours) ? ours.findIndex((row, i) => row !== theirs[i]) : -1
  assert.fail(`${what}: ${ours.length} rows of ours, ${theirs.length} of theirs; first difference at ${at}: ${at < 0 ? '' : `${ours[at]} / ${theirs[at]}`}`)
}

function mounted (file) {
  const db = Flume(Flume.OffsetLog(file, { codec }))
  for (const name of ['keys', 'feeds', 'backlinks', 'type']) db.use(name, Flume.views[name]())
  return db
}

async function open (t, file) {
  const db = mounted(file)
  t.after(() => db.close())
  await db.feeds.clock() // waits for the log
  return db
}

/** The most named and some in between, so that long answers and short ones are asked for. */
function spread (counts) {
  const ids = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id)
  const step = Math.max(1, Math.floor(ids.length / EACH))
  return [...new Set([...ids.slice(0, EACH), ...ids.filter((_, i) => i % step === 0)])]
}

function questionsOver (messages) {
  const authors = new Map()
  const targets = new Map()
  const types = new Set()
  const count = (value, counts) => {
    if (value && typeof value === 'object') Object.values(value).forEach((part) => count(part, counts))
    else if (typeof value === 'string' && /^[@%&].{44}\.(ed25519|sha256)$/.test(value)) counts.set(value, (counts.get(value) || 0) + 1)
  }
  for (const { value } of messages) {
    count(value.author, authors)
    count(value.content, targets)
    if (typeof value.content.type === 'string') types.add(value.content.type)
  }
  const step = Math.max(1, Math.floor(messages.length / EACH))
  return { authors: spread(authors), targets: spread(targets), types: [...types], keys: messages.filter((_, i) => i % step === 0).map(({ key }) => key) }
}

/** A process of its own begins to build the views and is killed some time later. */
function killedBuild (file, ms) {
  return new Promise((resolve) => {
    const child = fork(__filename, [file], { stdio: 'ignore', env: { ...process.env, MILLRACE_BUILD_ONLY: file, NODE_TEST_CONTEXT: '' } })
    child.on('message', () => setTimeout(() => child.kill('SIGKILL'), ms))
    child.on('exit', (code, signal) => resolve(signal))
  })
}

async function compare (t, log, killAfter = []) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  const file = path.join(directory, 'flume/log.offset')
  fs.writeFileSync(file, log)
  const copy = path.join(directory, 'native.offset')
  fs.writeFileSync(copy, log)
  for (const ms of killAfter) assert.strictEqual(await killedBuild(copy, ms), 'SIGKILL')
  const db = await open(t, copy)
  const questions = questionsOver(await collect(db.stream({ seqs: false })))
  const asked = path.join(directory, 'questions.json')
  fs.writeFileSync(asked, JSON.stringify(questions))
  const env = { ...process.env, MILLRACE_SUBJECT: 'peer' }
  const told = execFileSync(process.execPath, ['--require', SWAP, path.join(__dirname, 'classic.js'), directory, asked], { env, maxBuffer: 1 << 28, timeout: 600000 }).toString()
  const classic = JSON.parse(told.slice(told.indexOf('{"clock"'))) // map-filter-reduce prints

  const sorted = (clock) => Object.entries(clock).map(String).sort()
  same(sorted(await db.feeds.clock()), sorted(classic.clock), 'clock')
  for (const id of questions.authors) same(await keysOf(db.feeds.read({ id, seqs: false })), classic.feeds[id], `feed ${id}`)
  for (const id of questions.targets) {
    same((await keysOf(db.backlinks.read({ id, seqs: false }))).sort(), classic.backlinks[id].sort(), `backlinks of ${id}`)
    assert.strictEqual(await db.backlinks.count({ id }), classic.backlinks[id].length)
  }
  for (const type of questions.types) same(await keysOf(db.type.read({ type, seqs: false })), classic.types[type], `type ${type}`)
  for (const key of questions.keys) same([JSON.stringify((await db.keys.get(key)).value)], [JSON.stringify(classic.keys[key])], key)
}

async function compareCut (t, log, rounds, longest) {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const { below } = seeded(seed)
  for (let round = 0; round < rounds; round++) {
    await compare(t, log.subarray(0, Math.floor(log.length / 3) + below(Math.floor(log.length / 1.5))), [below(longest), below(longest)])
  }
}

if (process.env.MILLRACE_BUILD_ONLY) {
  mounted(process.env.MILLRACE_BUILD_ONLY)
  setInterval(() => {}, 1000)
  process.send('mounted')
} else {
  const small = zlib.gunzipSync(fs.readFileSync(FIXTURE))
  test('the views answer as ssb-db and ssb-backlinks do, over 3,000 messages', (t) => compare(t, small))
  test('and over logs cut anywhere, with views that were killed while they were built', { timeout: 600000 }, (t) => compareCut(t, small, 3, 60))

  const long = process.env.MILLRACE_SSB_LOG && fs.readFileSync(process.env.MILLRACE_SSB_LOG)
  if (long) test('the views answer as ssb-db and ssb-backlinks do, over MILLRACE_SSB_LOG', { timeout: 600000 }, (t) => compare(t, long))
  if (long) test('and over MILLRACE_SSB_LOG cut anywhere', { timeout: 600000 }, (t) => compareCut(t, long, 1, 400))
}
