'use strict'
// Question: how long until a view that counts messages by type is at the log's since, and for how long is JavaScript's thread not free
// meanwhile?
// Varies: who computes it - flumeview-reduce over flumedb and flumelog-offset, flumeview-reduce unchanged over our log, our
// view({select, reduce}). Fixed: a fresh process each, no view on disk, rounds interleaved, the log in the page cache, the AOT cache trained
// before. Not answered: a cold disk, a dear reduce function, the first start of all.
//
// readyMs   from require() on;   buildMs   from the first look at the view, the JVM being there;   blockedMs   the longest that the event loop stood
// Usage: node reduce.js --log PATH [--rounds 3] [--json]     PATH: a flumelog-offset file of SSB messages; it is copied

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const BINDINGS = path.join(__dirname, '../../js-bindings')
const TRAINING_MS = 60000
const SUBJECTS = ['flumedb, flumeview-reduce', 'millrace, flumeview-reduce', 'millrace, view()']

/** Runs in a process of its own. */
function child (log, subject) {
  const began = performance.now()
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false, type: 'json' }
  const isOurs = subject.startsWith('millrace')
  const Flume = require(isOurs ? BINDINGS : 'flumedb')
  const db = isOurs ? Flume(require(path.join(BINDINGS, 'flumelog-offset'))(log, { codec })) : Flume(require('flumelog-offset')(log, { codec }))
  const count = (counts, type) => { counts[type] = (counts[type] || 0) + 1; return counts }
  db.since.once(() => {
    const opened = performance.now()
    const { monitorEventLoopDelay } = require('node:perf_hooks')
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    if (subject === 'millrace, view()') db.use('types', Flume.view({ version: 1, where: { type: { exists: true } }, select: ['type'], initial: {}, reduce: (counts, { type }) => count(counts, type) }))
    else db.use('types', require('flumeview-reduce')(1, count, (message) => message.value.content.type, null, {}))
    db.types.get((err, counts) => {
      if (err) throw err
      const end = performance.now()
      setTimeout(() => {
        console.log(JSON.stringify({ readyMs: end - began, buildMs: end - opened, blockedMs: delay.max / 1e6, counts }))
        process.exit() // flumeview-reduce writes its state a while later
      }, 20)
    })
  })
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

function build (log, subject, cache) {
  const dir = path.dirname(log)
  for (const name of fs.readdirSync(dir)) if (name !== path.basename(log) && name !== 'cache') fs.rmSync(path.join(dir, name), { recursive: true })
  const args = [__filename, '--child', subject, '--log', log]
  return JSON.parse(execFileSync(process.execPath, args, { env: { ...process.env, MILLRACE_AOT_CACHE: cache } }).toString())
}

function awaitCache (cache) {
  for (const end = Date.now() + TRAINING_MS; !fs.readdirSync(cache).some((name) => name.endsWith('.aot'));) {
    if (Date.now() > end) throw new Error(`no AOT cache in ${cache} after ${TRAINING_MS} ms`)
    spawnSync('sleep', ['0.2'])
  }
}

function measure (source, rounds) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-reduce-'))
  try {
    const log = path.join(dir, 'log.offset')
    const cache = path.join(dir, 'cache')
    fs.copyFileSync(source, log)
    const expected = JSON.stringify(build(log, 'millrace, view()', cache).counts)
    awaitCache(cache)
    const runs = Object.fromEntries(SUBJECTS.map((subject) => [subject, []]))
    for (let round = 0; round < rounds; round++) {
      for (const subject of SUBJECTS) {
        const run = build(log, subject, cache)
        if (JSON.stringify(run.counts) !== expected) throw new Error(`${subject} counted ${JSON.stringify(run.counts)}, not ${expected}`)
        runs[subject].push(run)
      }
    }
    const ofAll = (list, name) => median(list.map((run) => run[name]))
    return Object.entries(runs).map(([subject, list]) => ({ subject, readyMs: ofAll(list, 'readyMs'), buildMs: ofAll(list, 'buildMs'), blockedMs: ofAll(list, 'blockedMs') }))
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function main () {
  const options = { log: { type: 'string' }, rounds: { type: 'string', default: '3' }, json: { type: 'boolean' }, child: { type: 'string' } }
  const { values } = parseArgs({ options })
  if (!values.log) throw new Error('--log PATH is missing')
  if (values.child) return child(values.log, values.child)
  const results = measure(values.log, Number(values.rounds))
  const base = results[0]
  for (const { subject, readyMs, buildMs, blockedMs } of results) {
    if (values.json) console.log(JSON.stringify({ bench: 'reduce', row: 'count by type', subject, seconds: readyMs / 1000, buildSeconds: buildMs / 1000, blockedMs }))
    else console.log(`${subject.padEnd(28)} ready ${readyMs.toFixed(0).padStart(6)} ms ${(base.readyMs / readyMs).toFixed(1).padStart(5)} x   build ${buildMs.toFixed(0).padStart(6)} ms ${(base.buildMs / buildMs).toFixed(1).padStart(5)} x   blocked ${blockedMs.toFixed(1)} ms`)
  }
}

main()
