'use strict'
// Feeds a native view from a log that only JavaScript knows: records gather in one block, one call hands it to Java.

const native = require('./native')
const { argument } = require('./errors')

const { F, OP } = native
const BLOCK_BYTES = 256 * 1024
const RECORDS = 4096

/** `createSink(cb)` of a view: a pull-stream sink of {value, seq}. */
function batchSink (view, encoding) {
  return (cb) => (read) => {
    const batch = new Batch(view, encoding)
    pump(read, (item) => batch.add(item), () => batch.flush(), cb, (err) => view.fail(err))
  }
}

/**
 * Reads to the end without recursion; `idle()` whenever the source does not answer at once. What the source ends with is for `cb`,
 * what `take` and `idle` throw for `fail`: it would be thrown again were the view fed anew.
 */
function pump (read, take, idle, cb, fail) {
  let isOver = false
  const stop = (err) => {
    isOver = true
    read(err, () => fail(err))
  }
  function run () {
    for (;;) {
      let isAnswered = false
      let isLate = false
      read(null, (end, item) => {
        isAnswered = true
        try {
          if (end) idle()
          else take(item)
        } catch (err) {
          return stop(err)
        }
        if (end) {
          isOver = true
          cb(end === true ? null : end)
        } else if (isLate) run()
      })
      isLate = true
      if (isOver) return
      if (!isAnswered) return attemptIdle()
    }
  }
  function attemptIdle () {
    try {
      idle()
    } catch (err) {
      stop(err)
    }
  }
  run()
}

class Batch {
  constructor (view, encoding) {
    this.view = view
    this.encoding = encoding
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.seqs = new Float64Array(RECORDS * 2)
    this.words = new Uint32Array(this.seqs.buffer)
    this.used = this.count = 0
  }

  /** @param {object} item {value, seq}; async-append-only-log's compat says offset for seq, and gives deleted records as null */
  add ({ value, offset, seq = offset }) {
    if (!Number.isSafeInteger(seq)) throw argument(`view ${this.view.request.name}: the log gave a record whose seq is ${String(seq)}, expected {value, seq} with a whole number`)
    if (value === null) return
    const bytes = this.bytesOf(value)
    if (this.used + bytes.length > this.block.length || this.count === RECORDS) this.flush()
    if (bytes.length > this.block.length) this.block = Buffer.allocUnsafeSlow(bytes.length)
    this.block.set(bytes, this.used)
    this.seqs[this.count * 2] = seq
    this.words[this.count * 4 + 2] = this.used
    this.words[this.count * 4 + 3] = bytes.length
    this.used += bytes.length
    this.count++
  }

  bytesOf (value) {
    if (value instanceof Uint8Array) return value
    if (typeof value === 'string') return Buffer.from(value)
    if (this.encoding === 'json') return Buffer.from(JSON.stringify(value))
    throw argument(`a native view with encoding ${this.encoding} needs Buffers from its log, this one gives a ${typeof value}`)
  }

  flush () {
    if (this.count === 0) return
    const { view } = this
    native.page[F.handle] = view.handle
    const { count, used } = this
    this.count = this.used = 0
    native.dispatchData(OP.viewAppend, this.block.subarray(0, used), this.seqs.subarray(0, count * 2), null)
    view.reached = native.page[F.since]
    view.publish()
  }
}

module.exports = { batchSink }
