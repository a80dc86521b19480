'use strict'
// A day in the life: an application (app.js) that appends 200 messages a second, with live queries and a replicating peer's reads, is
// killed with SIGKILL once a minute and started again. Nothing acknowledged may be missing, no record twice; memory of its own stays flat
// (mapped pages of the log come and go with it); the event loop is not held up.
// Usage: node day.js [--secs 600] [--life 60] [--rate 200]   prints a row per life and the verdict; exits 1 when it is not one of those.

const { fork } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const Flume = require('../../js-bindings')
const { keyOf, codec } = require('./app')

const START_MS = 600000 // a hang, not a slow machine
const GROWTH_MAX = 1.15 // memory of the last life against that of the first one
const P99_MAX_MS = 20

/** Runs it; `tell` hears a line per life. {appended, acknowledged, kills, lives: [{anonMb, p99, ...}], reads, liveRows} */
async function day ({ directory, secs, life, rate, tell = () => {} }) {
  const total = { acknowledged: -1, kills: 0, lives: [] }
  const end = Date.now() + secs * 1000
  while (Date.now() < end) {
    const isLast = end - Date.now() <= life * 1000
    const lived = await live(directory, rate, Math.min(life * 1000, end - Date.now()), isLast, total)
    total.lives.push(lived)
    tell(lived)
  }
  total.appended = await verify(directory, total.acknowledged)
  return total
}

/** One life: until it is killed, or closed when it is the last. */
function live (directory, rate, ms, isLast, total) {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'app.js'), [directory, String(rate)])
    const samples = []
    let timer = setTimeout(() => over('did not open in time'), START_MS)
    let isEnding = false
    const over = (what) => {
      isEnding = true
      child.kill('SIGKILL')
      reject(new Error(what))
    }
    child.on('message', (message) => {
      if (message.acknowledged !== undefined) total.acknowledged = message.acknowledged
      else if (message.opened === undefined) samples.push(message)
      else {
        if (message.opened <= total.acknowledged) return over(`${total.acknowledged + 1} messages were acknowledged, ${message.opened} are there`)
        clearTimeout(timer)
        timer = setTimeout(() => {
          isEnding = true
          if (isLast) return child.send('close')
          total.kills++
          child.kill('SIGKILL')
        }, ms)
      }
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (!isEnding) return reject(new Error(`the application ended by itself: ${signal || code}`))
      if (isLast && code !== 0) return reject(new Error(`the application was closed and ended with ${signal || code}`))
      const { reads, live: rows, p50, p99, max } = samples.at(-1) || {}
      const warm = samples.filter(({ isWarm }) => isWarm)
      const of = (name) => warm.map((sample) => sample[name])
      resolve({ secs: ms / 1000, anonMb: median(of('anonMb')), anonLastMb: of('anonMb').at(-1), fileMb: of('fileMb').at(-1), p50, p99, max, reads, rows })
    })
  })
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Every message once, in order, and no fewer than were acknowledged. */
async function verify (directory, acknowledged) {
  const db = Flume(Flume.OffsetLog(path.join(directory, 'log.offset'), { codec }))
  let count = 0
  for await (const { value } of db.records()) if (value.key !== keyOf(count++)) throw new Error(`record ${count - 1} is ${value.key}`)
  await db.close()
  if (count <= acknowledged) throw new Error(`${acknowledged + 1} messages were acknowledged, ${count} are there`)
  return count
}

/** What is wrong with it, as sentences. */
function complaints ({ lives }) {
  const warm = lives.filter(({ anonMb }) => anonMb !== undefined)
  const found = warm.filter(({ p99 }) => p99 >= P99_MAX_MS).map(({ p99 }) => `event loop delay p99 ${p99.toFixed(1)} ms, expected < ${P99_MAX_MS}`)
  const [first, last] = [warm[0], warm.at(-1)]
  if (warm.length > 1 && last.anonMb > first.anonMb * GROWTH_MAX) found.push(`memory grew from ${first.anonMb.toFixed(0)} to ${last.anonMb.toFixed(0)} MB`)
  return found
}

async function main () {
  const { values } = parseArgs({ options: { secs: { type: 'string', default: '600' }, life: { type: 'string', default: '60' }, rate: { type: 'string', default: '200' } } })
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-day-'))
  const [secs, life, rate] = [values.secs, values.life, values.rate].map(Number)
  const fixed = (number) => number === undefined ? '-' : number.toFixed(1)
  const tell = (lived) => console.log(`life of ${fixed(lived.secs)} s: memory of its own ${fixed(lived.anonMb)} MB (median; at the end ${fixed(lived.anonLastMb)}), mapped ${fixed(lived.fileMb)} MB, loop delay p50 ${fixed(lived.p50)} p99 ${fixed(lived.p99)} max ${fixed(lived.max)} ms, ${lived.reads} rows read, live up to +${lived.rows}`)
  try {
    const result = await day({ directory, secs, life, rate, tell })
    console.log(`${result.appended} messages, ${result.acknowledged + 1} acknowledged, ${result.kills} kills: nothing lost, nothing twice, no error`)
    const wrong = complaints(result)
    for (const complaint of wrong) console.log(`NOT AS PROMISED: ${complaint}`)
    process.exitCode = wrong.length > 0 ? 1 : 0
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

if (require.main === module) main()

module.exports = { day, complaints }
