'use strict'
// Questions: how long does a program wait for its views when it starts with a log that has none, from the start of the process until the
// last view is at the log's since? How long with views on disk; what do they cost in bytes and memory; how fast are they read; how soon
// does a live reader see an append?
// Varies: the subject (view-subjects.js): ours, the classic views (ssb-db with ssb-backlinks and ssb-query on the stock flumedb), ssb-db2's
// base, keys and private; Patchwork's plugins on the stock flumedb, unchanged on our log, with our flumeview-level too, ours in their place.
// Fixed: the messages (default: the committed 3,000), a fresh process each, the log in the page cache, the AOT cache trained before. Ours is built --rounds times and the median told, a peer once: they take up to half a minute.
// Not answered: the first start of all, a cold disk, building beside appends, queries (queries.js), views in JavaScript (reduce.js).
//
//   node views.js [--log log.offset] [--rounds 5] [--reads 200] [--only rebuild,reopen,read,live] [--subjects millrace,classic,ssb-db2]
//                 [--copies 1] [--dir DIR] [--json]
//
// Subjects besides: patchwork, 'patchwork on millrace', 'patchwork on millrace and level', 'patchwork native', for rebuild.
// With --copies N the log is multiplied: a large one; not for ssb-db2. With --dir what was built stays, so that rebuilding and reading are two runs.
// --json lines: {bench, row, subject, seconds, cpuSeconds, rssAnonMB, bytes} or {bench, row, subject, rows, p50Us, p99Us, parseUs}

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const zlib = require('node:zlib')
const { parseArgs } = require('node:util')
const multiply = require('../fixtures/multiply')
const { install } = require('../interop/stack/install')
const { pick, readMessages } = require('./query-subjects')

const FIXTURE = path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz')
const SWAP = path.join(__dirname, '../contract/swap.js')
const PEERS = path.join(__dirname, '../interop/stack/node_modules') // where our plugins find what an application of the stack has
const TRAINING_MS = 180000
const CORE = ['keys', 'feeds', 'backlinks']
const SETS = { 'keys, feeds, backlinks': CORE, 'all native': [...CORE, 'time', 'type', 'links', 'about', 'contacts'] }

const { values: args } = parseArgs({
  options: {
    log: { type: 'string', default: FIXTURE },
    rounds: { type: 'string', default: '5' },
    reads: { type: 'string', default: '200' },
    only: { type: 'string', default: 'rebuild,reopen,read,live' },
    subjects: { type: 'string', default: 'millrace,classic,ssb-db2' },
    copies: { type: 'string', default: '1' },
    dir: { type: 'string' },
    json: { type: 'boolean', default: false }
  }
})

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

const cacheOf = (dir) => process.env.MILLRACE_AOT_CACHE || path.join(dir, 'cache')

/** Those on our log. */
const OURS = ['millrace', 'patchwork on millrace', 'patchwork on millrace and level', 'patchwork native']
const WITH_OUR_LEVEL = OURS.slice(2)

function run (mode, subject, dir, views, rounds) {
  const isOurs = OURS.includes(subject)
  const preload = isOurs && !WITH_OUR_LEVEL.includes(subject) ? [] : ['--require', SWAP]
  const env = { ...process.env, MILLRACE_AOT_CACHE: cacheOf(dir), MILLRACE_SUBJECT: isOurs ? 'millrace' : 'peer', NODE_PATH: PEERS }
  if (WITH_OUR_LEVEL.includes(subject)) env.MILLRACE_LEVEL = 'ours'
  const program = path.join(__dirname, 'view-subjects.js')
  const { status, stdout } = spawnSync(process.execPath, [...preload, program, mode, subject, path.join(dir, subject), views.join(), String(rounds)], { env, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${mode} of ${subject} ended with ${status}`)
  return stdout.toString().trim().split('\n').filter((line) => line.startsWith('{"')).map((line) => JSON.parse(line))
}

/** Everything a subject has beside its log. */
const places = { millrace: ['millrace'], 'ssb-db2': ['db2/indexes', 'db2/jit'] }
const logs = { millrace: 'log.offset', 'ssb-db2': 'db2/log.bipf' }
for (const subject of ['classic', 'patchwork', ...OURS.slice(1)]) [places[subject], logs[subject]] = [['flume'], 'flume/log.offset']

function files (dir, subject) {
  return places[subject].map((place) => path.join(dir, subject, place)).filter(fs.existsSync).flatMap((place) =>
    fs.readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath || entry.path, entry.name))
  ).filter((file) => !file.startsWith(path.join(dir, subject, logs[subject])))
}

const forget = (dir, subject) => files(dir, subject).forEach((file) => fs.rmSync(file))
const bytesOf = (dir, subject) => files(dir, subject).reduce((sum, file) => sum + fs.statSync(file).size, 0)

async function prepare (dir, subjects) {
  if (fs.existsSync(path.join(dir, subjects[0], logs[subjects[0]]))) return
  const packed = fs.readFileSync(args.log)
  let bytes = args.log.endsWith('.gz') ? zlib.gunzipSync(packed) : packed
  const messages = readMessages(bytes)
  const copies = Number(args.copies)
  const multiplied = path.join(dir, 'multiplied.offset')
  if (copies > 1) {
    if (subjects.includes('ssb-db2')) throw new Error('--copies: not for ssb-db2, whose log is written message by message')
    multiply(multiplied, messages.length * copies, args.log)
    bytes = null
  }
  for (const subject of subjects) {
    const log = path.join(dir, subject, logs[subject])
    fs.mkdirSync(path.dirname(log), { recursive: true })
    fs.writeFileSync(path.join(dir, subject, 'pick.json'), JSON.stringify({ ...pick(messages), key: messages[messages.length >> 1].key }))
    if (subject === 'ssb-db2') await blockLog(log, messages)
    else if (bytes) fs.writeFileSync(log, bytes)
    else fs.copyFileSync(multiplied, log)
  }
  fs.rmSync(multiplied, { force: true })
}

function blockLog (file, messages) {
  const bipf = require('bipf')
  const log = require('async-append-only-log')(file, { blockSize: 64 * 1024 })
  return new Promise((resolve, reject) => {
    const failed = (err) => { if (err) reject(err) }
    for (const { key, value, timestamp } of messages) log.append(bipf.allocAndEncode({ key, value, timestamp }), failed)
    log.onDrain(() => log.close(resolve))
  })
}

function awaitCache (cache) {
  for (const end = Date.now() + TRAINING_MS; !fs.readdirSync(cache).some((name) => name.endsWith('.aot'));) {
    if (Date.now() > end) throw new Error(`no AOT cache in ${cache} after ${TRAINING_MS} ms`)
    spawnSync('sleep', ['0.2'])
  }
}

function rebuild (dir, subjects) {
  const lines = []
  if (subjects.includes('millrace')) {
    run('build', 'millrace', dir, CORE, 1)
    if (cacheOf(dir) !== 'off') awaitCache(cacheOf(dir))
    for (const [row, views] of Object.entries(SETS)) {
      const runs = []
      for (let round = 0; round < Number(args.rounds); round++) {
        forget(dir, 'millrace')
        runs.push(run('build', 'millrace', dir, views, 1)[0])
      }
      const of = (name) => median(runs.map((run) => run[name]))
      lines.push({ bench: 'rebuild', row, subject: 'millrace', seconds: of('seconds'), cpuSeconds: of('cpuSeconds'), rssAnonMB: of('rssAnonMB'), bytes: bytesOf(dir, 'millrace') })
    }
  }
  for (const subject of subjects.filter((name) => name !== 'millrace')) {
    forget(dir, subject)
    const [{ views, ...figures }] = run('build', subject, dir, [], 1)
    lines.push({ bench: 'rebuild', row: views.join(', '), subject, ...figures, bytes: bytesOf(dir, subject) })
  }
  return lines
}

const benches = {
  rebuild,
  reopen: (dir, subjects) => subjects.includes('millrace')
    ? Object.entries(SETS).map(([row, views]) => ({ bench: 'reopen', row, subject: 'millrace', ...run('reopen', 'millrace', dir, views, 6)[0] }))
    : [],
  read: (dir, subjects) => subjects.flatMap((subject) => run('read', subject, dir, CORE, args.reads).map((line) => ({ bench: 'read', subject, ...line }))),
  live: (dir, subjects) => subjects.includes('millrace') ? run('live', 'millrace', dir, CORE, args.reads).map((line) => ({ bench: 'live', subject: 'millrace', ...line })) : []
}

function told (line) {
  const { bench, row, subject } = line
  const us = (value) => value >= 1e4 ? `${(value / 1e3).toFixed(0)} ms` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} ms` : `${value.toFixed(value < 10 ? 1 : 0)} us`
  const figures = line.p50Us !== undefined
    ? [line.rows !== undefined ? `${line.rows} rows` : '', `p50 ${us(line.p50Us)}`, `p99 ${us(line.p99Us)}`, line.parseUs !== undefined ? `parse ${us(line.parseUs)}` : '']
    : [`${line.seconds.toFixed(3)} s`, line.firstSeconds ? `first ${line.firstSeconds.toFixed(3)} s` : '', line.cpuSeconds ? `cpu ${line.cpuSeconds.toFixed(2)} s` : '',
        line.rssAnonMB ? `RssAnon peak ${line.rssAnonMB.toFixed(0)} MB` : '', line.bytes ? `${(line.bytes / 1e6).toFixed(1)} MB on disk` : '']
  return `| ${bench} | ${row} | ${subject} | ${figures.filter(Boolean).join(', ')} |`
}

async function main () {
  const dir = path.resolve(args.dir || fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-views-')))
  const subjects = args.subjects.split(',')
  try {
    if (subjects.some((subject) => subject !== 'millrace')) install()
    await prepare(dir, subjects)
    for (const bench of args.only.split(',')) {
      for (const line of benches[bench](dir, subjects)) console.log(args.json ? JSON.stringify(line) : told(line))
    }
  } finally {
    if (!args.dir) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
