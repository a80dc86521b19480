'use strict'
// The demo: opens a real SSB log in Node and shows Millrace at work on it. `mvn -q -Pdemo verify` runs it.
// Usage: node demo.js [log.offset]   without one: the committed fixture of really signed messages, multiplied to 100,000.
// It works on a copy of the log, since it appends to it.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { SingleBar } = require('cli-progress')
const PeerLog = require('flumelog-offset')
const pull = require('pull-stream')
const Reduce = require('flumeview-reduce')
const multiply = require('../fixtures/multiply')
const millrace = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')

const MESSAGES = 100000
const BLOCK_SIZE = 16384

async function main (given) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-demo-'))
  const file = path.join(dir, 'flume', 'log.offset')
  fs.mkdirSync(path.dirname(file))
  try {
    prepare(given, file)
    const last = await show(file)
    await peerAgrees(file, last)
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function prepare (given, file) {
  if (given) {
    fs.copyFileSync(given, file, fs.constants.COPYFILE_FICLONE)
    say('log', `a copy of ${given}`)
  } else {
    multiply(file, MESSAGES)
    say('log', 'the committed fixture of signed messages, multiplied; node test-js/demo/demo.js log.offset takes yours')
  }
}

/** The tour. Returns the sequence and the bytes of the last record, for the peer to find. */
async function show (file) {
  const start = clock()
  const log = OffsetLog(file, { blockSize: BLOCK_SIZE })
  const db = millrace(log)
  const first = await db.get(0)
  say('open', `${mega(fs.statSync(file).size)} MB, since ${db.since.value}; Java up and the first message read after ${start()}`)

  const scan = clock()
  const { records, bytes } = await count(db, fs.statSync(file).size)
  say('scan', `${records} records, ${mega(bytes)} MB of messages in ${scan()} (${scan.rate(records)})`)

  const message = Buffer.from(JSON.stringify({ key: '%demo', value: { content: { type: 'demo', like: parse(first).key } } }))
  const append = clock()
  const seq = await db.append(message)
  const readBack = await db.get(seq)
  if (!readBack.equals(message)) throw new Error(`read back ${readBack}`)
  say('append', `seq ${seq}, read back the same ${message.length} bytes, ${append()} together`)

  console.log('\nThe last five messages, newest first:')
  for await (const { seq, value } of db.records({ reverse: true, limit: 5 })) console.log(`  ${seq}  ${summary(parse(value))}`)

  await byType(db, records + 1)
  await byKey(db, parse(first).key, first)
  await db.close()
  return { seq, message }
}

/** Reads everything through the batch face: no object and no Buffer per record. */
async function count (db, totalBytes) {
  const bar = new SingleBar({ format: '  {bar} {percentage}%', clearOnComplete: true, stream: process.stderr })
  if (process.stderr.isTTY) bar.start(totalBytes, 0)
  let records = 0
  let bytes = 0
  for await (const batch of db.batches()) {
    for (let i = 0; i < batch.count; i++) bytes += batch.length(i)
    records += batch.count
    bar.update(batch.seq(batch.count - 1))
  }
  bar.stop()
  return { records, bytes }
}

/** A view registered from JavaScript: any flumeview-* module; it gets the serialized buffers. */
async function byType (db, records) {
  const took = clock()
  db.use('types', Reduce(1, (counts, type) => {
    counts = counts || {}
    counts[type] = (counts[type] || 0) + 1
    return counts
  }, (buffer) => String(parse(buffer).value.content.type || 'private')))
  const counts = await db.types.get()
  const sorted = Object.entries(counts).sort((a, b) => b[1] - a[1])
  console.log(`\nMessages by type, a view in JavaScript (flumeview-reduce), built in ${took()} (${took.rate(records)}):`)
  for (const [type, n] of sorted.slice(0, 8)) console.log(`  ${String(n).padStart(8)}  ${type}`)
}

/** A view in Java: message key -> sequence. */
async function byKey (db, key, expected) {
  const took = clock()
  db.use('keys', millrace.views.keys())
  await db.keys.get(key)
  const built = took()
  const lookup = clock()
  const value = await db.keys.get(key)
  if (!Buffer.from(value).equals(expected)) throw new Error(`keys.get(${key}) gave ${value}`)
  say('\nkeys', `a view in Java, built in ${built}; ${key.slice(0, 12)}… found in ${lookup()}`)
}

/** The real flumelog-offset opens what we leave behind. */
async function peerAgrees (file, { seq, message }) {
  const peer = PeerLog(file, { blockSize: BLOCK_SIZE })
  const since = await new Promise((resolve) => peer.since.once(resolve))
  const [last] = await new Promise((resolve, reject) => {
    pull(peer.stream({ gte: seq }), pull.collect((err, items) => err ? reject(err) : resolve(items)))
  })
  if (since !== seq || !last.value.equals(message)) throw new Error(`flumelog-offset sees since ${since}, expected ${seq}`)
  say('peer', `flumelog-offset 3.4.4 opens the file, since ${since}, and reads the message that was appended`)
}

const parse = (buffer) => JSON.parse(buffer)
const mega = (bytes) => (bytes / 1e6).toFixed(1)
const say = (what, text) => console.log(`${what.padEnd(8)}${text}`)

function summary ({ key, value }) {
  const { type = 'private', text = '' } = typeof value.content === 'object' ? value.content : {}
  return `${key.slice(0, 10)}… ${(value.author || '').slice(0, 10)} ${type} ${String(text).replace(/\s+/g, ' ').slice(0, 48)}`
}

/** A stopwatch: call it for the time so far as text; `.rate(n)` for n per second. */
function clock () {
  const start = process.hrtime.bigint()
  const ms = () => Number(process.hrtime.bigint() - start) / 1e6
  const read = () => ms() < 10 ? `${ms().toFixed(2)} ms` : `${ms().toFixed(0)} ms`
  read.rate = (n) => `${(n / ms() / 1000).toFixed(2)} M/s`
  return read
}

main(process.argv[2]).catch((err) => {
  console.error(err)
  process.exitCode = 1
})
