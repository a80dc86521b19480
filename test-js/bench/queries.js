'use strict'
// The workload of queries of an SSB application: who answers it how fast?
//
//   node test-js/bench/queries.js [--log log.offset] [--dir DIR] [--rounds 50] [--only 'thread,feed'] [--subjects millrace,jitdb] [--json]
//
// Varies: the subject (query-subjects.js). Fixed: the messages (default: the committed 3,000), the questions, which are picked from the
// messages. Every subject builds its views in a process of its own, untimed; then a new process asks each question: cold = the first
// time in that process, warm = p50 and p99 of --rounds more. "parse" is JSON.parse of the same rows, the floor of whoever gives objects.
// All subjects must give the same keys. With --dir what was built stays there, so that building and measuring are two runs.
// Not answered: building (views.js), queries beside each other, memory.

const { spawnSync } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const zlib = require('node:zlib')
const { parseArgs } = require('node:util')
const { subjects, prepare, pick, readMessages } = require('./query-subjects')

const FIXTURE = path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz')
const ROWS = ['thread', 'backlinks', 'vote count', 'feed', 'vector clock', 'type', 'last 50 posts', 'mentions', 'posts by author', 'about name',
  'timeline', 'channel', 'unindexed filter']

const ROUNDS_MIN = 3
const ROW_US = 1.5e6 // what is slow is asked less often

const { values: args } = parseArgs({
  options: {
    log: { type: 'string', default: FIXTURE },
    dir: { type: 'string' },
    rounds: { type: 'string', default: '50' },
    only: { type: 'string' },
    subjects: { type: 'string', default: Object.keys(subjects).join(',') },
    json: { type: 'boolean', default: false },
    child: { type: 'string' } // subject that this process is
  }
})

const micros = () => Number(process.hrtime.bigint()) / 1e3

/** Order and form differ by subject; which messages, or which number, must not. */
function digest (answer) {
  const keys = Array.isArray(answer) ? answer.map(({ key }) => key).sort() : typeof answer === 'object' ? Object.entries(answer).sort() : answer
  return crypto.createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 12)
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]

function parseFloor (rows, rounds) {
  const texts = rows.map((row) => JSON.stringify({ ...row, rts: undefined }))
  const times = []
  for (let i = 0; i < rounds; i++) {
    const begun = micros()
    for (const text of texts) JSON.parse(text)
    times.push(micros() - begun)
  }
  return at(times.sort((a, b) => a - b), 0.5)
}

/** In a process of its own: asks every question; a line of JSON for each. */
async function child (subject, dir, rounds, rows) {
  const of = JSON.parse(fs.readFileSync(path.join(dir, 'pick.json')))
  const { ask, ready, close } = await subjects[subject](path.join(dir, subject), of)
  await ready()
  for (const row of rows) {
    const begun = micros()
    const answer = await ask(row)
    if (answer === null) continue
    const coldUs = micros() - begun
    const times = []
    const end = micros() + ROW_US
    while (times.length < rounds && (times.length < ROUNDS_MIN || micros() < end)) {
      const begun = micros()
      await ask(row)
      times.push(micros() - begun)
    }
    times.sort((a, b) => a - b)
    const isRows = Array.isArray(answer)
    const found = { count: isRows ? answer.length : answer, parseUs: isRows && rounds > 0 ? parseFloor(answer, Math.min(rounds, 20)) : 0 }
    if (typeof answer === 'object' && !isRows) found.count = Object.keys(answer).length
    console.log(JSON.stringify({ bench: 'queries', row, subject, coldUs, p50Us: at(times, 0.5), p99Us: at(times, 0.99), rows: found.count, parseUs: found.parseUs, digest: digest(answer) }))
  }
  if (rounds === 0) await new Promise((resolve) => setTimeout(resolve, 1000)) // jitdb saves its indexes a little later
  await close()
}

function run (subject, dir, rounds, rows) {
  const { status, stdout } = spawnSync(process.execPath, [__filename, '--child', subject, '--dir', dir, '--rounds', String(rounds), '--only', rows.join(',')], { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${subject} ended with ${status}`)
  return stdout.toString().trim().split('\n').filter((line) => line.startsWith('{"bench"')).map((line) => JSON.parse(line))
}

async function main () {
  const rows = args.only ? args.only.split(',') : ROWS
  const rounds = Number(args.rounds)
  if (args.child) return child(args.child, args.dir, rounds, rows)
  const dir = args.dir || fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-queries-'))
  const names = args.subjects.split(',')
  try {
    if (!fs.existsSync(path.join(dir, 'pick.json'))) {
      const file = fs.readFileSync(args.log)
      const bytes = args.log.endsWith('.gz') ? zlib.gunzipSync(file) : file
      const messages = readMessages(bytes)
      await prepare(dir, bytes, messages)
      for (const name of names) {
        fs.writeFileSync(path.join(dir, 'pick.json'), JSON.stringify(pick(messages)))
        run(name, dir, 0, rows)
      }
    }
    if (rounds > 0) report(names.flatMap((name) => run(name, dir, rounds, rows)), rows)
  } finally {
    if (!args.dir) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

function report (lines, rows) {
  for (const row of rows) {
    const of = lines.filter((line) => line.row === row)
    if (new Set(of.map(({ digest }) => digest)).size > 1) throw new Error(`${row}: different rows: ${JSON.stringify(of)}`)
  }
  if (args.json) return lines.forEach((line) => console.log(JSON.stringify(line)))
  const us = (value) => value >= 1e4 ? `${(value / 1e3).toFixed(0)} ms` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} ms` : `${value.toFixed(0)} us`
  console.log('| row | rows | subject | cold | warm p50 | p99 | parse of the rows |\n|---|---|---|---|---|---|---|')
  for (const { row, rows, subject, coldUs, p50Us, p99Us, parseUs } of lines) {
    console.log(`| ${row} | ${rows} | ${subject} | ${us(coldUs)} | ${us(p50Us)} | ${us(p99Us)} | ${us(parseUs)} |`)
  }
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
