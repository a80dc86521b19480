'use strict'
// Many records at once, without an object or a Buffer for each.

const { Reader } = require('./reader')
const { argument } = require('./errors')

const BATCH_BYTES = 256 * 1024

/**
 * A cursor over batches of records: `for await (const batch of log.batches(opts))`, or `next()` in a loop that may wait for the
 * disk on this thread.
 *
 * A batch is the cursor itself: `count` records, whose bytes are `bytes.subarray(starts[i * 4], starts[i * 4] + lengths[i * 4])`
 * and whose sequences are `seqs[i * 2]`. The strides are those of one index that all three columns look into. A deleted record
 * has the length Batches.DELETED. All of it is overwritten by the next `next()`: copy what should stay.
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
        if (batch === null) await this.moved()
        else yield batch
      }
    } finally {
      this.close()
    }
  }

  /** Resolves when the reader may have more: the disk answered, the log grew, or it was closed. */
  moved () {
    return new Promise((resolve) => {
      const done = () => {
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
