'use strict'
// What our database has beyond flumedb's. None of it is enumerable: no view's name and no log's method ever collides with it.

const { withCallback } = require('./promise')
const { rangeOf } = require('./range')
const { iterate } = require('./pull')
const { coded } = require('./errors')
const { optionsOf } = require('./options')
const { queriesOf } = require('./query')
const { ENGINE, CODEC, PROGRESS } = require('./symbols')

/** Adds records, batches, appendBatch, onDrain, query, durableSince, openReport, status and progress, where the name is free. */
function extend (flume, log, throwIfClosed) {
  const ofLog = (name) => {
    if (typeof log[name] === 'function') return log[name]
    throw coded('ERR_ARGUMENT', `${name}: this log is not one of Millrace's and has none`)
  }
  const extras = {
    /** for await (const {seq, value} of db.records(opts)) */
    records (opts) {
      throwIfClosed('records')
      rangeOf(opts)
      return iterate(flume.stream({ ...opts, seqs: true, values: true }))
    },
    /** A cursor over many records at once; see lib/batches.js. The mapper is not applied. */
    batches (opts) {
      throwIfClosed('batches')
      return ofLog('batches')(opts)
    },
    /** Many records in one Buffer, each ending where `ends` says. */
    appendBatch: (bytes, ends, cb) => withCallback('appendBatch', cb, (done) => {
      throwIfClosed('appendBatch')
      ofLog('appendBatch')(bytes, ends, done)
    }),
    onDrain: (cb) => withCallback('onDrain', cb, (done) => {
      throwIfClosed('onDrain')
      ofLog('onDrain')(done)
    }),
    /**
     * The whole record at `seq` with its content in the clear, for native views; see docs/VIEWS.md, "Late decryption". An object
     * goes through the log's codec. `opts.encoding` of the views: json if left out.
     */
    reveal: (seq, record, opts, cb) => typeof opts === 'function'
      ? extras.reveal(seq, record, {}, opts)
      : withCallback('reveal', cb, (done) => {
        throwIfClosed('reveal')
        let failure = null
        try {
          reveal(log, seq, record, opts)
        } catch (err) {
          failure = err
        }
        process.nextTick(done, failure)
      }),
    /** Queries over records and native views; see lib/query.js. */
    query: queriesOf(log, throwIfClosed),
    durableSince: log.durableSince,
    openReport: log.openReport,
    status: () => ({
      closed: flume.closed,
      since: log.since.value,
      durableSince: log.durableSince && log.durableSince.value,
      openReport: log.openReport,
      views: progressOf(flume, log)
    }),
    /** How far each view is: {name: {since, target, isReady}}; of native ones also records, recordsPerSecond, secondsLeft. */
    progress: () => progressOf(flume, log)
  }
  for (const name of Object.keys(extras)) {
    if (Object.hasOwn(flume, name)) continue
    Object.defineProperty(flume, name, { value: extras[name], writable: true, configurable: true, enumerable: false })
  }
  return flume
}

function reveal (log, seq, record, opts) {
  const { encoding = 'json' } = optionsOf('reveal', opts)
  if (!log[ENGINE]) throw coded('ERR_ARGUMENT', 'reveal: this log is not one of Millrace\'s')
  if (!Number.isSafeInteger(seq)) throw coded('ERR_ARGUMENT', `reveal: ${String(seq)} is no sequence`)
  const bytes = record instanceof Uint8Array ? record : log[CODEC].encode(record)
  log[ENGINE].reveal(seq, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, encoding)
}

function progressOf (flume, log) {
  const progress = {}
  for (const [name, view] of Object.entries(flume.views)) {
    const since = view.since.value
    const pace = view[PROGRESS] ? view[PROGRESS]() : {}
    progress[name] = { since, target: log.since.value, isReady: since !== undefined && since === log.since.value, ...pace }
  }
  return progress
}

module.exports = { extend }
