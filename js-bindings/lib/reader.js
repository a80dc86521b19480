'use strict'
// Walks a range of one log in chunks: Java copies many records at a time into memory of JavaScript's and says where each stands.

const native = require('./native')
const { MR_DELETED: DELETED } = require('./abi').constants
const { coded } = require('./errors')

const { F, OP, FLAG } = native

const FIRST_BYTES = 16 * 1024 // a read of few records, or a live tail, should not cost a large chunk
const ROWS_BYTES = 32 * 1024 // the next chunk of many rows, which are scattered: larger ones do not make them cheaper
const BULK_BYTES = [64 * 1024, 128 * 1024, 256 * 1024]
const BYTES_PER_ENTRY = 64 // room in the index: shorter records just end the chunk earlier

/**
 * After `fill()` is READY, the records of `block` stand at `position` .. `visible` of the index. PENDING: nothing yet, `onReady`
 * will be called. TAIL: everything up to the log's `since` was given; more may come. ENDED.
 *
 * `isKept`: the values handed out are slices of `block`, so every chunk is fresh memory; else one chunk is filled again and again.
 */
class Reader {
  constructor (engine, range, isKept, bytes = FIRST_BYTES) {
    this.engine = engine
    this.range = range
    this.isKept = isKept
    this.firstBytes = bytes
    this.handle = 0
    this.block = null
    this.memory = null // all of which is the block
    this.bulk = -1 // index into BULK_BYTES; -1 while small
    this.position = this.visible = this.count = 0
    this.isEnded = false
    this.isLast = false // nothing comes behind the chunk
    this.onReady = null
    this.left = range.limit < 0 ? Infinity : range.limit
    engine.readers.add(this)
  }

  open () {
    const reply = this.openRange()
    if (reply === null) return this.end()
    this.opened(Number(reply.handle))
  }

  opened (handle) {
    this.handle = handle
    native.onWake(handle, () => this.onReady && this.onReady())
  }

  /** Begins at what `since` is now (or `range.reach()`); `range.old` false: behind it. Null: there is nothing in the range. */
  openRange () {
    const { engine, range } = this
    const since = range.reach ? range.reach() : engine.since.value
    let { lower, lowerInclusive, upper, upperInclusive } = range
    if (!range.old || (range.live && lower > since)) [lower, lowerInclusive] = [since, false]
    if (!range.live && upper >= since) [upper, upperInclusive] = [since, upperInclusive || upper > since]
    if (lower > upper || upper < 0) return null
    return native.cold('cursor.open', {
      log: engine.handle,
      lower,
      lowerInclusive,
      ...(upper === Infinity ? {} : { upper, upperInclusive }),
      reverse: range.reverse,
      limit: range.limit
    })
  }

  /** @param {boolean} waits block for the disk rather than be PENDING */
  fill (waits = false) {
    if (this.isEnded) return Reader.ENDED
    if (this.handle === 0 && !this.range.rows) this.open()
    if (this.isEnded) return Reader.ENDED
    if (this.position < this.count) return this.see() ? Reader.READY : Reader.TAIL // since had not reached them
    return this.next(waits)
  }

  next (waits) {
    if (this.isLast) return this.nothing()
    const { page } = this.engine
    this.prepare()
    try {
      this.call(waits)
    } catch (err) {
      if (err.code === 'ERR_BUFFER_TOO_SMALL' && err.needed > this.block.length) return this.grow(err.needed, waits)
      this.end()
      throw err
    }
    this.position = 0
    this.count = this.visible = page[F.count]
    this.left -= this.count
    if (this.count === 0) return this.nothing()
    this.lastSeq = this.seqs[(this.count - 1) * 2]
    this.used = page[F.used]
    if (this.isKept) this.settle(this.used)
    else if (this.range.rows) this.firstBytes = Math.max(this.firstBytes, ROWS_BYTES)
    this.memory = this.block.buffer
    return this.see() ? Reader.READY : Reader.TAIL
  }

  /** Asks for rows, or for more: one call that gives all of a few. */
  call (waits) {
    const { engine: { page, handle }, range: { rows } } = this
    const isFirst = this.handle === 0
    page[F.handle] = isFirst ? handle : this.handle
    page[F.flags] = waits ? FLAG.wait : FLAG.none
    if (isFirst) page[F.used] = this.block.utf8Write(rows.request, 0)
    try {
      native.dispatchData(isFirst ? OP.open : OP.next, this.block, this.seqs, null)
    } catch (err) {
      if (isFirst && err.code === 'ERR_BUFFER_TOO_SMALL') this.opened(page[F.handle])
      throw err
    }
    this.isLast = (page[F.flags] & FLAG.ended) !== 0
    if (isFirst && !this.isLast) this.opened(page[F.handle])
    else if (this.isLast) this.closed()
  }

  /** Java has closed the cursor. */
  closed () {
    if (this.handle !== 0) native.offWake(this.handle)
    this.handle = 0
  }

  nothing () {
    const { range, engine } = this
    if (!this.isLast) {
      if ((engine.page[F.flags] & FLAG.pending) !== 0) return Reader.PENDING
      if (range.live && engine.since.value < range.upper && this.left > 0) return Reader.TAIL
    }
    this.end()
    return Reader.ENDED
  }

  /** Hides what was appended after `since`: nobody may be ahead of the log's own observable. */
  see () {
    const since = this.engine.since.value
    if (this.range.rows || this.range.reach) this.visible = this.count
    else if (!this.range.reverse) {
      this.visible = this.count
      while (this.visible > this.position && this.seqs[(this.visible - 1) * 2] > since) this.visible--
    }
    return this.visible > this.position
  }

  /** Memory for the next chunk: small at first, growing while chunks come back full. */
  prepare () {
    if (this.block === null && this.isPooled()) this.borrow()
    const wanted = this.bulk < 0 ? this.firstBytes : BULK_BYTES[this.bulk]
    const size = this.handle === 0 && this.range.rows ? Math.max(wanted, this.range.rows.request.length * 3) : wanted // room for the request
    if (this.block === null || this.isKept || this.block.length < size) this.block = Buffer.allocUnsafeSlow(size)
    const entries = Math.max(16, Math.ceil(this.block.length / BYTES_PER_ENTRY))
    if (this.seqs && this.seqs.length >= entries * 2) return
    this.seqs = new Float64Array(entries * 2)
    this.words = new Uint32Array(this.seqs.buffer)
  }

  /** Rows come by hundreds of small queries: who has ended leaves his chunk to the next. */
  isPooled () {
    return !this.isKept && this.range.rows !== undefined
  }

  borrow () {
    const { spare } = this.engine
    this.engine.spare = null
    if (spare !== null) Object.assign(this, spare)
  }

  grow (needed, waits) {
    this.block = Buffer.allocUnsafeSlow(needed)
    this.firstBytes = Math.max(this.firstBytes, needed)
    const kept = this.isKept
    this.isKept = false // use this very block
    try {
      return this.next(waits)
    } finally {
      this.isKept = kept
    }
  }

  /** Full chunk: the next is larger. Mostly empty one: what is kept of it should not hold all of it. */
  settle (used) {
    const { length } = this.block
    if (used * 2 > length || this.count * BYTES_PER_ENTRY * 2 > length) this.bulk = Math.min(this.bulk + 1, BULK_BYTES.length - 1)
    else if (used * 4 < length) {
      this.block = unpooled(this.block.subarray(0, used))
      this.bulk = -1
    }
  }

  start (record) {
    return this.words[record * 4 + 2]
  }

  length (record) {
    return this.words[record * 4 + 3]
  }

  isDeleted (record) {
    return this.words[record * 4 + 3] === DELETED
  }

  /** A record that stands in the chunk was deleted before it was handed out. */
  forget (seq) {
    for (let record = this.position; record < this.count; record++) {
      if (this.seqs[record * 2] === seq) this.words[record * 4 + 3] = DELETED
    }
  }

  /** The log is opened anew beneath: go on behind the last record that was read. A view's rows have no such place: they end. */
  detach () {
    if (this.handle === 0) return
    if (this.range.rows) return this.logClosed()
    native.offWake(this.handle)
    native.cold('cursor.close', { handle: this.handle })
    this.handle = 0
    const limit = this.left === Infinity ? -1 : this.left
    if (this.lastSeq === undefined) this.range = { ...this.range, limit }
    else if (this.range.reverse) this.range = { ...this.range, limit, upper: this.lastSeq, upperInclusive: false }
    else this.range = { ...this.range, limit, old: true, lower: this.lastSeq, lowerInclusive: false }
  }

  logClosed () {
    this.closeError = coded('ERR_LOG_CLOSED', 'stream: the log was closed while it was read')
    const { onReady } = this
    this.end()
    if (onReady) onReady()
  }

  end () {
    if (this.isEnded) return
    this.isEnded = true
    this.position = this.visible = this.count = 0
    this.engine.readers.delete(this)
    if (this.block !== null && this.isPooled() && this.block.length <= ROWS_BYTES) {
      const { block, seqs, words } = this
      this.engine.spare = { block, seqs, words }
    }
    if (this.handle === 0) return
    native.offWake(this.handle)
    native.cold('cursor.close', { handle: this.handle })
  }
}

function unpooled (bytes) {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

Reader.READY = 0
Reader.PENDING = 1
Reader.TAIL = 2
Reader.ENDED = 3

module.exports = { Reader }
