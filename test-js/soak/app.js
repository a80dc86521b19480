'use strict'
// One life of the application of the day: appends at a steady rate, keeps live queries open, reads feeds as a replicating peer does,
// and tells its parent over IPC what was acknowledged and how it feels. It ends by being killed, or when its parent says 'close'.
// Usage: node app.js DIRECTORY RATE   (forked by day.js)

const fs = require('node:fs')
const { monitorEventLoopDelay } = require('node:perf_hooks')
const path = require('node:path')
const Flume = require('../../js-bindings')
const { random, seedFromEnvironment } = require('../random')

const [directory, rate] = process.argv.slice(2)
const AUTHORS = 100
const READS_MS = 250 // between the reads of a replicating peer
const FEEDS = 10 // of each
const TICK_MS = 5
const WARM_MS = 5000 // of event loop delay that is start-up: opening, compiling, the verification of what was there

const { below } = random(seedFromEnvironment())
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const authorOf = (n) => `@${String(n % AUTHORS).padStart(43, '0')}=.ed25519`
const keyOf = (n) => `%${String(n).padStart(43, '0')}=.sha256`
const fail = (what) => { throw new Error(what) }
let isClosing = false

/** Message n: of author n % AUTHORS, that author's number 1 + floor(n / AUTHORS); every fourth a vote for an earlier one. */
function messageOf (n) {
  const content = n % 4 === 3
    ? { type: 'vote', vote: { link: keyOf(n - n % 97), value: 1 } }
    : { type: 'post', text: `message ${n} `.repeat(10), root: keyOf(n - n % 50) }
  const value = { previous: n < AUTHORS ? null : keyOf(n - AUTHORS), sequence: 1 + Math.floor(n / AUTHORS), author: authorOf(n), timestamp: 1700000000000 + n, hash: 'sha256', content, signature: 'x'.repeat(90) }
  return { key: keyOf(n), value, timestamp: 1700000000000 + n }
}

async function main () {
  const db = Flume(Flume.OffsetLog(path.join(directory, 'log.offset'), { codec }))
  for (const view of ['keys', 'feeds', 'type', 'backlinks', 'time']) db.use(view, Flume.views[view]())
  const clock = await db.feeds.clock()
  let next = Object.values(clock).reduce((sum, number) => sum + number, 0)
  if (next > 0 && (await db.keys.get(keyOf(next - 1))).key !== keyOf(next - 1)) fail(`message ${next - 1} is not there`)
  process.send({ opened: next })

  let last = next - 1 // acknowledged
  const live = { type: next, query: next }
  follow(db.type.read({ type: 'post', live: true, old: false }), ({ value }) => { live.type = inOrder('type', live.type, value) })
  follow(db.query({ type: 'post' }, { live: true, old: false, sortBy: 'arrival' }), (value) => { live.query = inOrder('query', live.query, value) })

  const began = Date.now()
  const first = next
  const appending = setInterval(() => {
    for (const due = first + (Date.now() - began) * rate / 1000; next < due;) append(next++)
  }, TICK_MS)
  function append (n) {
    db.append(messageOf(n), (err) => {
      if (err) throw err
      if (n !== last + 1) fail(`${n} was acknowledged behind ${last}`)
      last = n
      process.send({ acknowledged: n })
    })
  }

  let reads = 0
  let reading = null
  const replicating = setInterval(() => { reading = reading || readFeeds().finally(() => { reading = null }) }, READS_MS)
  async function readFeeds () {
    for (let i = 0; i < FEEDS; i++) reads += await history(db, authorOf(reads + i * 13), last)
  }
  report(() => ({ reads, live: Math.max(0, Math.min(live.type, live.query) - first) }))
  process.on('message', async () => {
    clearInterval(appending)
    clearInterval(replicating)
    await reading
    isClosing = true
    db.close((err) => process.exit(err ? 1 : 0))
  })
}

/** As createHistoryStream: a feed from some number on, which must come whole and in order; how many rows it gave. */
async function history (db, id, last) {
  const highest = Math.floor((last - Number(id.slice(1, 44))) / AUTHORS) // of what was acknowledged before we ask
  if (highest < 1) return 0
  const from = 1 + below(highest)
  const rows = await collect(db.feeds.read({ id, gt: from, limit: 50, seqs: false }))
  rows.forEach(({ value }, i) => { if (value.sequence !== from + 1 + i || value.author !== id) fail(`${id} ${from}: row ${i} is ${value.author} ${value.sequence}`) })
  if (rows.length < Math.min(50, highest - from)) fail(`${id} from ${from}: ${rows.length} rows, ${highest} were acknowledged`)
  return rows.length
}

/** The number behind this post's; no post between may be missing. */
function inOrder (name, from, { key }) {
  const n = Number(key.slice(1, 44))
  for (let skipped = from; skipped < n; skipped++) if (skipped % 4 !== 3) fail(`live ${name}: ${n} came and ${skipped} did not`)
  if (n < from) fail(`live ${name}: ${n} came again`)
  return n + 1
}

function follow (source, each) {
  source(null, function next (end, item) {
    if (end && isClosing) return
    if (end) fail(`a live read ended: ${end}`)
    each(item)
    source(null, next)
  })
}

function collect (source) {
  return new Promise((resolve, reject) => {
    const rows = []
    source(null, function next (end, row) {
      if (end) return end === true ? resolve(rows) : reject(end)
      rows.push(row)
      source(null, next)
    })
  })
}

/** What is resident: of its own, and of files mapped, which grows with the log and which the system takes back when it is short. */
function memory () {
  if (process.platform !== 'linux') return { anonMb: process.memoryUsage.rss() / 2 ** 20, fileMb: 0 }
  const status = fs.readFileSync('/proc/self/status', 'latin1')
  const [anonMb, fileMb] = ['RssAnon', 'RssFile'].map((name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024)
  return { anonMb, fileMb }
}

/** Each second: memory, event loop delay since the warm-up. */
function report (more) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const warm = setTimeout(() => delay.reset(), WARM_MS)
  setInterval(() => {
    const at = (percentile) => delay.percentile(percentile) / 1e6
    process.send({ ...memory(), p50: at(50), p99: at(99), max: delay.max / 1e6, isWarm: warm._destroyed === true, ...more() })
  }, 1000)
}

if (require.main === module) main()

module.exports = { keyOf, codec }
