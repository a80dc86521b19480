'use strict'
// Many records at once, without an object or a Buffer for each.

const alive = require('./alive')
const { Reader } = require('./reader')
const { argument } = require('./errors')

const BATCH_BYTES = 256 * 1024

/**
 * A cursor over batches of records: `for await (const batch of log.batches(opts))`, or `next()` in a loop that may wait for the
 * disk on this thread.
 *
 * A batch is the cursor itself: `count` records; record i stands in `bytes` from `start(i)`, `length(i)` bytes long, and has the
 * sequence `seq(i)`. The same as columns: `starts[i * 4]`, `lengths[i * 4]`, `seqs[i * 2]`, strides of one index below all three.
 * A deleted record has the length Batches.DELETED. All of it is overwritten by the next `next()`: copy what should stay.
 */
class Batches {
  constructor (engine, range) {
    if (range.reverse && range.live) throw argument('batches: reverse and live exclude each other')
    this.engine = engine
    this.reader = new Reader(engine, range, false, BATCH_BYTES)
    this.count = 0
    this.bytes = this.seqs = this.starts = this.lengths = null
    this.stopListening = null
  }

  /** This cursor, with the next records; null when there are none (more may come when live), or the log has not loaded yet. */
  next () {
    if (this.engine.since.value === undefined) return null
    return this.take(this.reader.fill(true))
  }

  take (state) {
    this.count = 0
    if (state !== Reader.READY) return null
    const { reader } = this
    const first = reader.position
    if (this.first !== first || this.words !== reader.words) this.look(first)
    this.bytes = reader.block
    this.count = reader.visible - first
    reader.position = reader.visible
    return this
  }

  /** The columns begin where the records not yet given begin. */
  look (first) {
    const { words, seqs } = this.reader
    this.first = first
    this.words = words
    this.seqs = seqs.subarray(first * 2)
    this.starts = words.subarray(first * 4 + 2)
    this.lengths = words.subarray(first * 4 + 3)
  }

  start (record) {
    return this.starts[record * 4]
  }

  length (record) {
    return this.lengths[record * 4]
  }

  seq (record) {
    return this.seqs[record * 2]
  }

  isDeleted (record) {
    return this.lengths[record * 4] === Batches.DELETED
  }

  close () {
    this.count = 0
    this.reader.end()
  }

  async * [Symbol.asyncIterator] () {
    try {
      for (;;) {
        if (this.engine.since.value === undefined) await new Promise((resolve) => this.engine.since.once(resolve))
        const state = this.reader.fill()
        if (state === Reader.ENDED) {
          if (this.reader.closeError && !this.reader.range.live) throw this.reader.closeError
          return
        }
        const batch = this.take(state)
        if (batch === null) await this.moved(state === Reader.PENDING)
        else yield batch
      }
    } finally {
      this.close()
    }
  }

  /** Resolves when the reader may have more: the disk answered, the log grew, or it was closed. */
  moved (isPending) {
    if (isPending) alive.hold()
    return new Promise((resolve) => {
      const done = () => {
        if (isPending) alive.release()
        remove()
        this.reader.onReady = null
        resolve()
      }
      const remove = this.engine.since(done, false)
      this.reader.onReady = done
    })
  }
}
Batches.DELETED = 0xffffffff

module.exports = { Batches }
