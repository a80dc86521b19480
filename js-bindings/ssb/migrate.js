'use strict'
// The messages of an ssb-db directory for ssb-db2, and of an ssb-db2 directory for ssb-db: from JSON in flume/log.offset to bipf in
// db2/log.bipf or back, each record as that stack writes it itself. Deleted messages stay behind.
//
//   await require('millrace/ssb/migrate')(directory, { to: 'ssb-db2', onProgress: ({ records, percent }) => {} })

const fs = require('node:fs')
const path = require('node:path')
const OffsetLog = require('../flumelog-offset')
const BlockLog = require('../async-append-only-log')
const { pullOf } = require('../lib/push-stream')
const { iterate } = require('../lib/pull')
const { argument, coded } = require('../lib/errors')
const { withCallback } = require('../lib/promise')
const { requirePeer } = require('./require-peer')

const BATCH = 500 // records
const PROGRESS_MS = 100

const STACKS = { // take: makes of a message what this stack can hold
  'ssb-db': {
    file: 'flume/log.offset',
    open: (file, flags) => OffsetLog(file, { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false }, flags }),
    read: (log) => log.stream({ seqs: true, values: true }),
    take: unlikeBefore
  },
  'ssb-db2': {
    file: 'db2/log.bipf',
    open: (file, flags) => {
      const bipf = requirePeer('bipf')
      return BlockLog(file, { blockSize: 64 * 1024, codec: { encode: bipf.allocAndEncode, decode: (bytes) => bipf.decode(bytes, 0) }, flags })
    },
    read: (log) => pullOf(log.stream({ offsets: true, values: true })),
    take: () => (message) => message
  }
}

/**
 * ssb-db's time index holds one message of each time of receipt; ssb-db2 receives several in a millisecond. The later ones get a
 * fraction, as monotonic-timestamp gives it where ssb-db receives them.
 */
function unlikeBefore () {
  let before = null
  let same = 0
  return (message) => {
    same = message.timestamp === before ? same + 1 : 0
    before = message.timestamp
    return same === 0 ? message : { ...message, timestamp: before + same / 1000 }
  }
}

/**
 * Brings the other stack's log up to this one's: begins it, goes on where an earlier call was killed, adds what came since.
 * Neither stack may have its log open meanwhile.
 *
 * @param {string} directory of the application, as its `path`
 * @param {{to: 'ssb-db' | 'ssb-db2', onProgress?: function({records, percent})}} opts
 * @returns {Promise<{from, to, records, resumed}>} records: that the target has now; resumed: how many it had before. Errors:
 *   ERR_FILE_NOT_FOUND no log to read; ERR_ARGUMENT the target has messages that are not the source's first ones, nothing was changed
 */
function migrate (directory, opts, cb) {
  const { to, onProgress = () => {} } = opts || {}
  if (typeof directory !== 'string') throw argument(`migrate: the directory is a ${typeof directory}, expected a path`)
  if (!Object.hasOwn(STACKS, String(to))) throw argument(`migrate: opts.to is ${String(to)}, expected one of ${Object.keys(STACKS).join(', ')}`)
  return withCallback('migrate', cb, (done) => { run(directory, to, onProgress).then((report) => done(null, report), done) })
}

async function run (directory, to, onProgress) {
  const [source, target] = [STACKS[to === 'ssb-db' ? 'ssb-db2' : 'ssb-db'], STACKS[to]]
  const [from, into] = [source, target].map(({ file }) => path.join(directory, file))
  if (!fs.existsSync(from)) throw coded('ERR_FILE_NOT_FOUND', `${from}: there is no log to migrate; nothing was changed`)
  const opened = []
  try {
    const reading = await loaded(source.open(from, 'r'), opened)
    const writing = await loaded(target.open(into), opened)
    const progress = teller(reading.since.value, onProgress)
    const messages = living(source.read(reading), target.take())
    const resumed = await compare(messages, living(target.read(writing)), into)
    const copied = await copy(messages, writing, resumed, progress)
    return { from, to: into, records: resumed + copied, resumed }
  } finally {
    for (const log of opened) await closed(log)
  }
}

/** The records that are not deleted, as {seq, value}. */
async function * living (source, take = (message) => message) {
  for await (const { seq, offset = seq, value } of iterate(source)) if (value !== null) yield { seq: offset, value: take(value) }
}

/** How many messages the target has; they are the first ones of `messages`, which stands behind them then. */
async function compare (messages, had, into) {
  let count = 0
  for await (const { value } of had) {
    const { done, value: wanted } = await messages.next()
    if (done || wanted.value.key !== value.key) {
      throw argument(`${into}: its message ${count + 1}, ${value.key}, is not that of the other log (${done ? 'which ends before it' : wanted.value.key}); nothing was changed. Move it away to migrate anew.`)
    }
    count++
  }
  return count
}

async function copy (messages, writing, before, progress) {
  let copied = 0
  let batch = []
  const append = async () => {
    if (batch.length > 0) await call((cb) => writing.append(batch.map(({ value }) => value), cb))
    copied += batch.length
    batch = []
  }
  for await (const message of messages) {
    batch.push(message)
    if (batch.length < BATCH) continue
    const { seq } = message
    await append()
    await call((cb) => writing.onDrain(cb)) // nothing gathers in memory, and a kill costs one batch
    progress(before + copied, seq)
  }
  await append()
  await call((cb) => writing.onDrain(cb))
  progress(before + copied, Infinity)
  return copied
}

function teller (last, onProgress) {
  let told = 0
  return (records, seq) => {
    const now = Date.now()
    if (seq !== Infinity && now - told < PROGRESS_MS) return
    told = now
    onProgress({ records, percent: seq === Infinity || last <= 0 ? 1 : seq / last })
  }
}

const call = (start) => new Promise((resolve, reject) => start((err, value) => err ? reject(err) : resolve(value)))
const closed = (log) => call((cb) => log.close(cb))

function loaded (log, opened) {
  opened.push(log)
  return new Promise((resolve) => log.since.once(() => resolve(log)))
}

module.exports = migrate
