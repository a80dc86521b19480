'use strict'
// Question: how long until a view that counts messages by type is at the log's since, and for how long is JavaScript's thread not free
// meanwhile?
// Varies: who computes it - flumeview-reduce over flumedb and flumelog-offset, flumeview-reduce unchanged over our log, our
// view({select, reduce}). Fixed: a fresh process each, no view on disk, rounds interleaved, the log in the page cache, the AOT cache trained
// before. Not answered: a cold disk, a dear reduce function, the first start of all.
//
// readyMs   from require() on;   buildMs   from the first look at the view, the JVM being there;   warmMs   to build it again in the same process,
// median of --warm times;   blockedMs   the longest that the event loop stood in the first build;   noiseMs   the same for a program that only
// burns 4 ms a turn, right after in the same process and for as long: what the machine adds
// Usage: node reduce.js --log PATH [--rounds 3] [--warm 7] [--json]     PATH: a flumelog-offset file of SSB messages, or a .gz of one

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const zlib = require('node:zlib')
const { parseArgs } = require('node:util')

const BINDINGS = path.join(__dirname, '../../js-bindings')
const TRAINING_MS = 60000
const SUBJECTS = ['flumedb, flumeview-reduce', 'millrace, flumeview-reduce', 'millrace, view()', 'millrace, view() of keys']
const TURN_MS = 4
const REST_MS = 300 // between warm builds: flumeview-reduce writes its state a while later

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const count = (counts, type) => { counts[type] = (counts[type] || 0) + 1; return counts }

/** Mounts the view as `types`; what it counts, or a key's sequence, when it is there. */
function mount (subject, Flume, db) {
  const select = { version: 1, where: { type: { exists: true } }, select: ['type', 'timestamp'] }
  if (subject === 'millrace, view()') db.use('types', Flume.view({ ...select, select: ['type'], initial: {}, reduce: (counts, { type }) => count(counts, type) }))
  else if (subject === 'millrace, view() of keys') db.use('types', Flume.view({ ...select, map: ({ type, timestamp }) => [[type, timestamp]] }))
  else db.use('types', require('flumeview-reduce')(1, count, (message) => message.value.content.type, null, {}))
  return () => new Promise((resolve, reject) => {
    if (db.types.seq) db.types.seq('none', () => resolve())
    else db.types.get((err, counts) => err ? reject(err) : resolve(counts))
  })
}

/** How long an event loop stands at most on this machine when each turn takes TURN_MS. */
async function noise (delay, ms) {
  delay.reset()
  for (const end = performance.now() + ms; performance.now() < end;) {
    for (const turn = performance.now() + TURN_MS; performance.now() < turn;);
    await new Promise((resolve) => setImmediate(resolve))
  }
  return delay.max / 1e6
}

/** Runs in a process of its own. */
async function child (log, subject, rebuilds) {
  const began = performance.now()
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false, type: 'json' }
  const isOurs = subject.startsWith('millrace')
  const Flume = require(isOurs ? BINDINGS : 'flumedb')
  const db = isOurs ? Flume(require(path.join(BINDINGS, 'flumelog-offset'))(log, { codec })) : Flume(require('flumelog-offset')(log, { codec }))
  await new Promise((resolve) => db.since.once(resolve))
  const opened = performance.now()
  const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const answer = mount(subject, Flume, db)
  const counts = structuredClone(await answer()) // flumeview-reduce builds again into the same object
  const end = performance.now()
  await sleep(20)
  const figures = { readyMs: end - began, buildMs: end - opened, blockedMs: delay.max / 1e6 }
  figures.noiseMs = await noise(delay, end - opened)
  const warm = []
  while (warm.length < rebuilds) {
    await sleep(REST_MS)
    const begun = performance.now()
    await new Promise((resolve, reject) => db.rebuild((err) => err ? reject(err) : resolve()))
    await answer()
    warm.push(performance.now() - begun)
  }
  console.log(JSON.stringify({ ...figures, warmMs: median(warm), counts }))
  process.exit()
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

function build (log, subject, cache, warm) {
  const dir = path.dirname(log)
  for (const name of fs.readdirSync(dir)) if (name !== path.basename(log) && name !== 'cache') fs.rmSync(path.join(dir, name), { recursive: true })
  const args = [__filename, '--child', subject, '--log', log, '--warm', String(warm)]
  return JSON.parse(execFileSync(process.execPath, args, { env: { ...process.env, MILLRACE_AOT_CACHE: cache } }).toString())
}

function awaitCache (cache) {
  for (const end = Date.now() + TRAINING_MS; !fs.readdirSync(cache).some((name) => name.endsWith('.aot'));) {
    if (Date.now() > end) throw new Error(`no AOT cache in ${cache} after ${TRAINING_MS} ms`)
    spawnSync('sleep', ['0.2'])
  }
}

function measure (source, rounds, warm) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-reduce-'))
  try {
    const log = path.join(dir, 'log.offset')
    const cache = process.env.MILLRACE_AOT_CACHE || path.join(dir, 'cache')
    const packed = fs.readFileSync(source)
    fs.writeFileSync(log, source.endsWith('.gz') ? zlib.gunzipSync(packed) : packed)
    const expected = JSON.stringify(build(log, 'millrace, view()', cache, 0).counts)
    if (cache !== 'off') awaitCache(cache)
    const runs = Object.fromEntries(SUBJECTS.map((subject) => [subject, []]))
    for (let round = 0; round < rounds; round++) {
      for (const subject of SUBJECTS) {
        const run = build(log, subject, cache, warm)
        if (run.counts && JSON.stringify(run.counts) !== expected) throw new Error(`${subject} counted ${JSON.stringify(run.counts)}, not ${expected}`)
        runs[subject].push(run)
      }
    }
    const figures = ['readyMs', 'buildMs', 'warmMs', 'blockedMs', 'noiseMs']
    return Object.entries(runs).map(([subject, list]) => ({ subject, ...Object.fromEntries(figures.map((name) => [name, median(list.map((run) => run[name]))])) }))
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function main () {
  const options = { log: { type: 'string' }, rounds: { type: 'string', default: '3' }, warm: { type: 'string', default: '7' }, json: { type: 'boolean' }, child: { type: 'string' } }
  const { values } = parseArgs({ options })
  if (!values.log) throw new Error('--log PATH is missing')
  if (values.child) return child(values.log, values.child, Number(values.warm))
  const results = measure(values.log, Number(values.rounds), Number(values.warm))
  const base = results[0]
  const told = (name, figures) => `${name.slice(0, -2)} ${figures[name].toFixed(0).padStart(5)} ms ${(base[name] / figures[name]).toFixed(1).padStart(5)} x`
  for (const { subject, ...figures } of results) {
    const { readyMs, buildMs, warmMs, blockedMs, noiseMs } = figures
    if (values.json) console.log(JSON.stringify({ bench: 'reduce', row: 'count by type', subject, seconds: readyMs / 1000, buildSeconds: buildMs / 1000, warmSeconds: warmMs / 1000, blockedMs, noiseMs }))
    else console.log(`${subject.padEnd(28)} ${['readyMs', 'buildMs', 'warmMs'].map((name) => told(name, figures)).join('   ')}   blocked ${blockedMs.toFixed(1)} ms (noise ${noiseMs.toFixed(1)})`)
  }
}

main()
