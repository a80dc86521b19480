'use strict'
// What every log of ours shows JavaScript: flumelog's members, and close, onDrain, durableSince, openReport, appendBatch.

const Observable = require('./obv')
const { Engine } = require('./engine')
const { Gets } = require('./gets')
const { rangeOf } = require('./range')
const { sourceOf } = require('./source')
const { Batches } = require('./batches')
const { ENGINE, CODEC } = require('./symbols')
const { withCallback } = require('./promise')
const { argument, coded, peerError } = require('./errors')

/**
 * The object itself: plain, its methods are own properties that work without it and may be replaced.
 *
 * @param {string} filename
 * @param {object} options cold call "log.open"
 * @param {Codec} codec
 */
function createLog (filename, options, codec) {
  const engine = Engine.open(options)
  let isClosed = false
  const { staging, openReport } = engine
  const gets = new Gets(engine, codec, (err, cb) => err.code === 'ERR_RECORD_DELETED' ? cb(deletedError(), -1) : cb(err))
  const since = ownObservable(engine, engine.since)
  const durableSince = ownObservable(engine, engine.durableSince)

  const isOver = () => isClosed || engine.closed
  function append (value, cb) {
    if (typeof cb !== 'function') return withCallback('append', cb, (done) => append(value, done))
    if (isOver()) throw closedError('append')
    let records
    try {
      records = Array.isArray(value) ? value.map((one) => codec.encode(one)) : codec.encode(value)
    } catch (err) {
      return later(cb, err)
    }
    if (Array.isArray(records)) staging.appendAll(records, cb)
    else staging.append(records, cb)
  }

  function appendBatch (bytes, ends, cb) {
    return withCallback('appendBatch', cb, (done) => {
      if (isOver()) throw closedError('appendBatch')
      checkBatch(bytes, ends)
      staging.appendBatch(bytes, ends, done)
    })
  }

  function get (seq, cb) {
    if (typeof cb !== 'function') return withCallback('get', cb, (done) => get(seq, done))
    if (isOver()) throw closedError('get')
    if (Number.isSafeInteger(seq)) gets.get(seq, cb)
    else later(cb, argument(`get: ${String(seq)} is no sequence, expected a whole number`))
  }

  function del (seqs, cb) {
    return withCallback('del', cb, (done) => {
      if (isOver()) throw closedError('del')
      let failure = null
      for (const seq of Array.isArray(seqs) ? seqs : [seqs]) {
        try {
          if (!Number.isSafeInteger(seq)) throw argument(`del: ${String(seq)} is no sequence`)
          engine.deletions.hide(seq)
        } catch (err) {
          failure = failure || err
        }
      }
      engine.deletions.carryOut((err) => done(failure || err))
    })
  }

  function onDrain (cb) {
    return withCallback('onDrain', cb, (done) => {
      if (isOver()) throw closedError('onDrain')
      engine.drain(done)
    })
  }

  function close (cb) {
    return withCallback('close', cb, (done) => {
      try {
        if (isClosed) return later(done, null)
        gets.finish()
        isClosed = true
        engine.close(done)
      } catch (err) { // of a callback that waited
        later(done, err)
      }
    })
  }

  return {
    filename,
    since,
    durableSince,
    openReport,
    stream: (opts) => {
      if (isOver()) throw closedError('stream')
      return sourceOf(engine, rangeOf(opts), codec)
    },
    append,
    appendBatch,
    batches: (opts) => {
      if (isOver()) throw closedError('batches')
      return new Batches(engine, rangeOf(opts))
    },
    get,
    del,
    onDrain,
    close,
    methods: { del: 'async' },
    [ENGINE]: engine,
    [CODEC]: codec
  }
}

/**
 * One opener's own: who opened the file before keeps listeners of another life. It loads as a first opener's does (Engine): code that
 * asks for the size at once, as ssb-db2's migration, counts on not getting it yet.
 */
function ownObservable ({ users }, observable) {
  if (users === 1) return observable
  const own = Observable()
  observable((value) => { own.set(value) }, false)
  setImmediate(() => setImmediate(() => { if (own.value === undefined && observable.value !== undefined) own.set(observable.value) }))
  return own
}

function checkBatch (bytes, ends) {
  if (!(bytes instanceof Uint8Array)) throw argument('appendBatch: bytes is not a Buffer; nothing was appended')
  if (!(ends instanceof Uint32Array)) throw argument('appendBatch: ends is not a Uint32Array; nothing was appended')
}

function later (cb, err) {
  process.nextTick(cb, err)
}

const closedError = (name) => coded('ERR_LOG_CLOSED', `${name}: the log is closed`)
const deletedError = () => peerError('item has been deleted', 'ERR_RECORD_DELETED', 'flumelog:deleted')

module.exports = { createLog }
