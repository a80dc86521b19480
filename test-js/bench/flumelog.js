'use strict'
// Question: how fast are a log's append, stream and get, called from JavaScript with Buffers, as bench-flumelog 2.0.0 asks it?
// Varies: the log. Fixed: the records (1000 ready Buffers of about 150 B), 16 appends and 1024 gets under way at once, the number of
// records for the read rows, one fresh process per log and round, rounds interleaved, the median reported, memory warmed before.
// Baseline: a log that does nothing (the harness' own ceiling) and the real peers.
// Not answered: cold disks, decoding (that is JSON.parse), concurrent writers; at the default level nobody here waits for the disk.
//
// Usage: node flumelog.js [--secs 5] [--records 1000000] [--rounds 3] [--only subject,subject] [--rows append,stream] [--json]

const { spawnSync } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const pull = require('pull-stream')
const rows = require('./rows')
const { SUBJECTS } = require('./subjects')

const WARM_BYTES = 1 << 30
const WARM_RECORDS = 20000

const options = {
  secs: { type: 'string', default: '5' },
  records: { type: 'string', default: '1000000' },
  rounds: { type: 'string', default: '3' },
  only: { type: 'string', default: Object.keys(SUBJECTS).join() },
  rows: { type: 'string', default: 'append,append drained,stream,stream no cache,stream10,random,batch append,batch scan' },
  json: { type: 'boolean', default: false },
  child: { type: 'string' }
}

/** One subject, one round: every row, in a process of its own. Prints a line of JSON per row. */
async function child (name, { secs, records, wanted }) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'))
  const print = (row, result) => console.log(JSON.stringify({ row, subject: name, ...result }))
  try {
    await measure(name, dir, { secs, records, wanted, print })
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

async function measure (name, dir, { secs, records, wanted, print }) {
  const open = async (part) => {
    const log = SUBJECTS[name].open(path.join(dir, part), records)
    if (log.since.value === undefined) await new Promise((resolve) => log.since.once(resolve))
    return log
  }
  const close = (log) => new Promise((resolve) => log.close ? log.close(resolve) : resolve())
  const row = async (title, run) => { if (wanted.includes(title)) print(title, await run()) }

  if (wanted.some((title) => title.includes('append'))) Buffer.alloc(WARM_BYTES, 1)
  for (const [title, drained] of [['append', false], ['append drained', true]]) {
    await row(title, async () => {
      const log = await open(title)
      const result = await rows.append(log, { secs, drained })
      await close(log)
      return result
    })
  }
  if (name === 'millrace') {
    await row('batch append', async () => {
      const log = await open('batch')
      const result = await rows.appendBatches(log, { secs: Math.min(secs, 2) })
      await close(log)
      return result
    })
  }

  const log = await open('reads')
  const written = await fill(log, records)
  const seqs = []
  await rows.stream(log, { seqs, opts: { limit: Math.min(records, WARM_RECORDS) } })
  if (name !== 'null') checkHash(await hash(log), written, name)
  seqs.length = 0
  await row('stream', () => rows.stream(log, { seqs }))
  await row('stream no cache', () => rows.stream(log, { opts: { cache: false } }))
  await row('stream10', () => rows.stream10(log))
  if (name === 'null') for (let i = 0; i < records; i++) seqs[i] = i
  await row('random', async () => {
    if (!seqs.length) await rows.stream(log, { seqs })
    return rows.gets(log, { secs, seqs })
  })
  if (name === 'millrace') await row('batch scan', () => rows.scanBatches(log))
  await close(log)
}

/** Appends exactly `count` records; resolves to the hash of their bytes. */
async function fill (log, count) {
  const ready = rows.records()
  const sha = crypto.createHash('sha256')
  for (let i = 0; i < count; i += 1000) {
    const batch = ready.slice(0, Math.min(1000, count - i))
    for (const data of batch) sha.update(data)
    await new Promise((resolve, reject) => {
      let left = batch.length
      for (const data of batch) log.append(data, (err) => err ? reject(err) : --left === 0 && resolve())
    })
  }
  await drained(log)
  return sha.digest('hex')
}

async function drained (log) {
  if (log.onDrain) await new Promise((resolve) => log.onDrain(resolve))
}

/** The hash of every byte that a stream gives back. */
function hash (log) {
  const sha = crypto.createHash('sha256')
  return new Promise((resolve, reject) => pull(
    log.stream(),
    pull.drain(({ value }) => { sha.update(value) }, (err) => err && err !== true ? reject(err) : resolve(sha.digest('hex')))
  ))
}

function checkHash (read, written, name) {
  if (read !== written) throw new Error(`${name}: read back ${read}, wrote ${written}`)
}

function main (args) {
  const wanted = args.rows.split(',')
  const results = new Map()
  for (let round = 0; round < Number(args.rounds); round++) {
    for (const name of args.only.split(',')) {
      if (!SUBJECTS[name]) throw new Error(`--only ${name}: expected ${Object.keys(SUBJECTS).join()}`)
      for (const line of runChild(name, args)) {
        const key = `${line.row}\n${name}`
        if (!results.has(key)) results.set(key, [])
        results.get(key).push({ opsPerSecond: line.ops / line.seconds, p99Us: line.p99Us })
      }
    }
  }
  const median = (list, field) => list.map((x) => x[field]).sort((a, b) => a - b)[list.length >> 1]
  const lines = [...results].map(([key, list]) => {
    const [row, subject] = key.split('\n')
    return { bench: 'flumelog', row, subject, opsPerSecond: Math.round(median(list, 'opsPerSecond')), p99Us: median(list, 'p99Us') }
  })
  lines.sort((a, b) => wanted.indexOf(a.row) - wanted.indexOf(b.row))
  if (args.json) for (const line of lines) console.log(JSON.stringify(line))
  else table(lines, wanted)
}

function runChild (name, { secs, records, rows }) {
  const argv = [__filename, '--child', name, '--secs', secs, '--records', records, '--rows', rows]
  const { status, stdout, signal } = spawnSync(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 20 })
  if (status !== 0) throw new Error(`${name}: ended with ${signal || status}`)
  return stdout.toString().trim().split('\n').filter(Boolean).map((line) => JSON.parse(line))
}

/** Ratios first: each row as a share of the null log, and against the best persistent peer. */
function table (lines, wanted) {
  const rate = (row, subject) => (lines.find((line) => line.row === row && line.subject === subject) || {}).opsPerSecond
  for (const row of wanted) {
    const ceiling = rate(row, 'null')
    console.log(`\n${row}`)
    for (const { subject, opsPerSecond, p99Us } of lines.filter((line) => line.row === row)) {
      const share = ceiling ? (opsPerSecond / ceiling).toFixed(2) : '    '
      console.log(`  ${subject.padEnd(26)}${(opsPerSecond / 1e6).toFixed(3).padStart(8)} M/s   ${share} of null   p99 ${p99Us.toFixed(0)} us`)
    }
    const best = Math.max(0, ...Object.keys(SUBJECTS).filter((name) => SUBJECTS[name].peer).map((name) => rate(row, name) || 0))
    if (best && rate(row, 'millrace')) console.log(`  millrace is ${(rate(row, 'millrace') / best).toFixed(2)} x the best persistent peer`)
  }
}

const { values } = parseArgs({ options })
if (values.child) {
  const wanted = values.rows.split(',')
  child(values.child, { secs: Number(values.secs), records: Number(values.records), wanted })
} else main(values)
