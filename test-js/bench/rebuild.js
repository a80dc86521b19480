'use strict'
// Question: how long does a program wait for its native views when it starts with a log that has none: from require() until the last one
// is at the log's since?
// Varies: the set of views. Fixed: a fresh process each, no views on disk, rounds interleaved, the log in the page cache, the AOT cache
// trained before. Baseline: none here. Not answered: the first start of all, a cold disk, the classic views.
//
// readyMs   wall time;   cpuMs   of all threads, the JIT's included
// Usage: node rebuild.js --log PATH [--rounds 5] [--json]     PATH: a flumelog-offset file of SSB messages; it is copied

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const BINDINGS = path.join(__dirname, '../../js-bindings')
const TRAINING_MS = 60000
const SETS = {
  'keys, feeds, backlinks': ['keys', 'feeds', 'backlinks'],
  'all eight': ['keys', 'feeds', 'backlinks', 'time', 'type', 'links', 'about', 'contacts']
}

const PROGRAM = `
  const start = performance.now()
  const Flume = require(${JSON.stringify(BINDINGS)})
  const OffsetLog = require(${JSON.stringify(path.join(BINDINGS, 'flumelog-offset'))})
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false, type: 'json' }
  const db = Flume(OffsetLog(process.argv[1], { codec }))
  const names = process.argv[2].split(',')
  for (const name of names) db.use(name, Flume.views[name]())
  let done = false
  const look = () => {
    const since = db.since.value
    if (done || since === undefined || names.some((name) => db.views[name].since.value !== since)) return
    done = true
    const readyMs = performance.now() - start
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ readyMs, cpuMs: (user + system) / 1000 }))
    process.exit() // what the views hold is of no use
  }
  for (const name of names) db.views[name].since(look)
  db.since(look)
  setInterval(look, 50) // a view that is being built does not keep a process alive`

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

function build (log, views, cache) {
  fs.rmSync(path.join(path.dirname(log), 'millrace'), { recursive: true, force: true })
  const args = ['-e', PROGRAM, log, views.join()]
  return JSON.parse(execFileSync(process.execPath, args, { env: { ...process.env, MILLRACE_AOT_CACHE: cache } }).toString())
}

function awaitCache (cache) {
  for (const end = Date.now() + TRAINING_MS; !fs.readdirSync(cache).some((name) => name.endsWith('.aot'));) {
    if (Date.now() > end) throw new Error(`no AOT cache in ${cache} after ${TRAINING_MS} ms`)
    spawnSync('sleep', ['0.2'])
  }
}

function measure (source, rounds) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-rebuild-'))
  try {
    const log = path.join(dir, 'log.offset')
    const cache = path.join(dir, 'cache')
    fs.copyFileSync(source, log)
    build(log, SETS['keys, feeds, backlinks'], cache)
    awaitCache(cache)
    const runs = Object.fromEntries(Object.keys(SETS).map((row) => [row, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [row, views] of Object.entries(SETS)) runs[row].push(build(log, views, cache))
    }
    return Object.entries(runs).map(([row, of]) => ({ row, readyMs: median(of.map((run) => run.readyMs)), cpuMs: median(of.map((run) => run.cpuMs)) }))
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function main () {
  const { values } = parseArgs({ options: { log: { type: 'string' }, rounds: { type: 'string', default: '5' }, json: { type: 'boolean' } } })
  if (!values.log) throw new Error('--log PATH is missing')
  for (const { row, readyMs, cpuMs } of measure(values.log, Number(values.rounds))) {
    if (values.json) console.log(JSON.stringify({ bench: 'rebuild', subject: 'millrace', row, seconds: readyMs / 1000, cpuSeconds: cpuMs / 1000 }))
    else console.log(`${row.padEnd(24)} ready ${readyMs.toFixed(0).padStart(5)} ms   cpu ${cpuMs.toFixed(0).padStart(5)} ms`)
  }
}

main()
