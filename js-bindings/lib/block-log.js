'use strict'
// async-append-only-log's object: appends that answer at once, push-streams, deletion, compaction. What takes long runs in Java's
// background (block-tasks.js); meanwhile calls wait in `waiting`.

const { BlockAppends } = require('./block-appends')
const { blockParts, sizeReader } = require('./block-parts')
const { Codec } = require('./codec')
const { Engine } = require('./engine')
const { Gets } = require('./gets')
const { Compaction } = require('./compaction')
const { PushStream } = require('./push-stream')
const { rangeOf } = require('./range')
const { sourceOf } = require('./source')
const { ENGINE, CODEC, SOURCE } = require('./symbols')
const { keepValid } = require('./block-validate')
const { runTask } = require('./tasks')
const { coded } = require('./errors')
const native = require('./native')
const errors = require('./block-errors')

const STACK_DEPTH_MAX = 100 // gets made in the callbacks of gets, before one waits for the next tick

/**
 * The object itself: plain, its methods are own properties that work without it and may be replaced.
 *
 * @param {string} filename
 * @param {object} options cold call "log.open"
 * @param {object} [peerCodec] {encode, decode}
 * @param {function(Buffer): boolean} [validateRecord]
 */
function createBlockLog (filename, options, peerCodec, validateRecord) {
  const codec = codecOf(peerCodec)
  const engine = Engine.open(options)
  if (validateRecord) keepValid(engine, options.blockBytes, validateRecord)
  const { since } = engine
  const blockSize = options.blockBytes
  const appends = new BlockAppends(engine, codec)
  const gets = new Gets(engine, codec)
  const parts = blockParts(blockSize, codec, since)
  const streams = new Set()
  let isClosed = false
  let deletesBegun = 0
  let deletesFlushed = 0 // so many of those
  const cold = (name, args) => native.cold(name, { log: engine.handle, ...args })
  const state = () => cold('block.state')

  const inside = {
    engine,
    codec,
    streams,
    isLoaded: () => since.value !== undefined,
    lastAppended: () => appends.last,
    isCompacting: () => compaction.isRunning,
    onLoad,
    sizeOf: sizeReader(blockSize, getBlockNow)
  }
  const compaction = new Compaction(inside, state, onDrain, onDeletesFlushed)
  // Who opened the file before, without closing it, hears no more of it live: its object is of another life.
  if (engine.retire) engine.retire()
  engine.retire = since(() => { for (const stream of [...streams]) if (stream.live) stream.liveResume() }, false)

  /** Calls wait until `since` is there, and in their order. */
  function onLoad (fn) {
    return function waitForLogLoaded (...args) {
      if (since.value === undefined) since.once(() => fn(...args))
      else fn(...args)
    }
  }

  /** True when a call must wait: until `since` is there, or until a compaction is over; then it is made again. */
  function mustWait (again) {
    if (since.value === undefined) since.once(again)
    else if (compaction.isRunning) compaction.waiting.push(again)
    else return false
    return true
  }

  function checkOpen (name) {
    if (isClosed || engine.closed) throw coded('ERR_LOG_CLOSED', `${name}: the log is closed`)
  }

  function answer (name, cb, fn) {
    let value
    try {
      checkOpen(name)
      value = fn()
    } catch (err) {
      return cb(err)
    }
    cb(null, value)
  }

  const isZeroAt = (offset) => parts.isZeroAt(getBlockNow(offset), offset)

  let depth = 0
  function get (offset, cb) {
    if ((since.value === undefined || compaction.isRunning) && mustWait(() => get(offset, cb))) return
    if (depth >= STACK_DEPTH_MAX) return setImmediate(get, offset, cb)
    let value
    try {
      const fault = errors.offsetFault(offset)
      if (fault) throw fault
      checkOpen('get')
      value = gets.now(offset)
    } catch (err) {
      return cb(errors.offsetError(err, offset, () => state().end, isZeroAt))
    }
    depth++
    try {
      cb(null, value)
    } finally {
      depth--
    }
  }

  function del (offset, cb) {
    if (compaction.isRunning) return cb(errors.deleteWhileCompacting())
    const fault = errors.offsetFault(offset)
    if (fault) return cb(fault)
    try {
      checkOpen('del')
      engine.deletions.hide(offset)
    } catch (err) {
      return cb(errors.offsetError(err, offset, () => state().end, isZeroAt))
    }
    deletesBegun++
    engine.deletions.carryOut(cb)
  }

  function append (data, cb) {
    if ((since.value === undefined || compaction.isRunning) && mustWait(() => append(data, cb))) return
    let offset
    try {
      checkOpen('append')
      offset = Array.isArray(data) ? appends.all(data) : appends.one(data)
    } catch (err) {
      return cb(err)
    }
    acknowledge(offset, cb)
  }

  /** At level sync once it is on disk, else at once. */
  function acknowledge (offset, cb) {
    if (options.durable === 'sync') engine.drain((err) => err ? cb(err) : cb(null, offset))
    else cb(null, offset)
  }

  function appendTransaction (data, cb) {
    if (!Array.isArray(data)) return cb(errors.transactionWantsArray())
    if (mustWait(() => appendTransaction(data, cb))) return
    answer('appendTransaction', (err, offsets) => err ? cb(err) : acknowledge(offsets, cb), () => appends.transaction(data))
  }

  function onDrain (cb) {
    if (isClosed || engine.closed) return cb(coded('ERR_LOG_CLOSED', 'onDrain: the log is closed'))
    if (compaction.isRunning) return compaction.waiting.push(() => onDrain(cb))
    if (appends.last <= since.value) return cb()
    engine.drain((err) => {
      if (err) return cb(err)
      const { since, durableSince } = engine.stateNow()
      engine.moved(since, durableSince) // the wake that would tell may still be on its way
      cb()
    })
  }

  function onDeletesFlushed (cb) {
    const begun = deletesBegun
    if (begun === deletesFlushed) return cb()
    engine.deletions.settled(() => runTask(cold, 'block.flush', null, (err) => {
      if (!err) deletesFlushed = Math.max(deletesFlushed, begun)
      cb(err)
    }))
  }

  function stats (cb) {
    since.once((value) => cb(null, { totalBytes: Math.max(0, value), deletedBytes: Number(state().deletedBytes) }))
  }

  function stream (opts) {
    checkOpen('stream')
    return new PushStream(inside, opts)
  }

  function source (opts) {
    checkOpen('stream')
    return sourceOf(engine, rangeOf(opts), codec)
  }

  function close (cb = () => {}) {
    if (isClosed || engine.closed) return cb()
    onDrain((err) => {
      onDeletesFlushed((flushError) => {
        for (const one of [...streams]) one.abort(true)
        const over = (closeError) => process.nextTick(cb, err || flushError || closeError)
        try {
          checkOpen('close')
          engine.close(over)
        } catch (closeError) {
          over(closeError)
        }
        appends.letGo()
        isClosed = true
      })
    })
  }

  function getBlockNow (offset) {
    const memory = new ArrayBuffer(blockSize)
    const to = native.pin(memory)
    try {
      cold('block.read', { block: Math.floor(offset / blockSize), to })
    } finally {
      native.unpin(to)
    }
    return Buffer.from(memory)
  }

  function overwrite (blockIndex, blockBuf, cb) {
    answer('overwrite', cb, () => {
      const copy = new Uint8Array(blockBuf)
      const from = native.pin(copy.buffer)
      try {
        cold('block.overwrite', { block: blockIndex, from })
      } finally {
        native.unpin(from)
      }
    })
  }

  function truncate (newLatestBlockIndex, cb) {
    if ((newLatestBlockIndex + 1) * blockSize > Math.ceil(Number(state().end) / blockSize) * blockSize) return cb(errors.truncationWouldGrow())
    answer('truncate', cb, () => {
      const sizeDiff = Number(cold('block.truncate', { lastBlock: newLatestBlockIndex }).sizeDiff)
      appends.last = compaction.moveSince()
      return sizeDiff
    })
  }

  compaction.ended = () => { appends.last = since.value }
  return {
    get,
    del: onLoad(del),
    append,
    appendTransaction,
    close: onLoad(close),
    onDrain: onLoad(onDrain),
    onDeletesFlushed: onLoad(onDeletesFlushed),
    compact: onLoad((cb) => compaction.compact(cb)),
    since,
    stats,
    compactionProgress: compaction.progress,
    stream,
    filename,
    blockSize,
    overwrite,
    truncate,
    onLoad,
    getBlock: onLoad((offset, cb) => answer('getBlock', cb, () => getBlockNow(offset))),
    getNextBlockStart: parts.getNextBlockStart,
    getDataNextOffset: parts.getDataNextOffset,
    hasNoSpaceFor: parts.hasNoSpaceFor,
    streams,
    openReport: engine.openReport,
    durableSince: engine.durableSince,
    [ENGINE]: engine,
    [CODEC]: codec,
    [SOURCE]: source
  }
}

/** The peer's codecs always get a Buffer to decode. */
function codecOf (codec) {
  if (codec === undefined || codec === null) return Codec.of()
  Codec.of(codec) // checks it
  return Codec.of({ encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes), buffer: true })
}

module.exports = { createBlockLog }
