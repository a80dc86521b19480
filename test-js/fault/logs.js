'use strict'
// The logs on disk behind one face for the fault tests: records are texts, `append` takes many, `readAll` gives them all.

const millrace = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')
const AsyncAppendOnlyLog = require('../../js-bindings/async-append-only-log')
const toCompat = require('../../js-bindings/async-append-only-log/compat')

const codec = { encode: (text) => Buffer.from(text), decode: (bytes) => bytes.toString(), buffer: true }
const SMALL = 64 * 1024

const NEVER_MS = 60000 // level memory writes when it is drained, or its buffer full

const opens = {
  offset: (file, durable) => OffsetLog(file, { codec, durable, writeTimeoutMs: NEVER_MS }),
  block: (file, durable) => toCompat(AsyncAppendOnlyLog(file, { codec, durable, blockSize: 1024, writeTimeout: NEVER_MS })),
  wal: (dir, durable) => millrace.wal(dir, { codec, durable, segmentBytes: SMALL, preallocateBytes: SMALL / 4, writeTimeoutMs: NEVER_MS })
}
const ENGINES = Object.keys(opens)

/** What append, get, onDrain and close give, as promises: the block log's face has callbacks alone. */
const call = (log, method, ...args) => new Promise((resolve, reject) => {
  log[method](...args, (err, value) => err ? reject(err) : resolve(value))
})

/** Every value of a pull-stream source; `each` is told of one after the other and may return a promise. */
async function collect (source, each = () => {}) {
  const values = []
  for (;;) {
    const value = await new Promise((resolve, reject) => source(null, (end, value) => {
      if (end && end !== true) reject(end)
      else resolve(end ? undefined : value)
    }))
    if (value === undefined) return values
    values.push(value)
    await each(value)
  }
}

/** @param {'offset'|'block'|'wal'} engine */
function open (engine, file, durable) {
  const log = opens[engine](file, durable)
  return {
    log,
    append: (texts) => call(log, 'append', texts),
    get: (seq) => call(log, 'get', seq),
    drain: () => call(log, 'onDrain'),
    close: () => call(log, 'close'),
    stream: () => log.stream({ seqs: false, offsets: false }),
    readAll: (each) => collect(log.stream({ seqs: false, offsets: false }), each)
  }
}

const numbered = (number) => `${number} ${'-'.repeat(140 - String(number).length % 7)}`

/** How many records there are, each in its place. A block log shows what is durable: drain it first, where that can be. */
async function count (log, drained = true) {
  if (drained) await log.drain()
  let next = 0
  for (const text of await log.readAll()) {
    if (text !== numbered(next)) throw new Error(`record ${next} is ${text.slice(0, 20)}`)
    next++
  }
  return next
}

module.exports = { ENGINES, open, collect, numbered, count }
