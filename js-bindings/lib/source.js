'use strict'
// A pull-stream source over a Reader.

const { randomInt } = require('node:crypto')
const native = require('./native')
const alive = require('./alive')
const { Reader } = require('./reader')

const TURN_MS = 6 // then others of this thread have theirs: who reads all of a log in a loop would keep it for seconds
const RECORDS_BETWEEN_LOOKS = 32 // at the clock; a power of two

/**
 * Between the rows of a chunk that is read as one text of JSON. Nobody who writes records knows it: rows that are no JSON each, but
 * together, cannot have it between them.
 */
const SEPARATOR = randomInt(1e8, 1e9)
const JOINED = `\0rows.separator\0,${SEPARATOR},`

/**
 * Gives what there is at once, without recursion however the reader asks, until `TURN_MS` are over. A live source waits for `since`; between
 * the old records and the new stands no {sync: true}.
 */
class Source {
  constructor (engine, range, codec) {
    this.engine = engine
    this.codec = codec
    this.range = range
    this.wantsValues = range.values
    this.wantsSeqs = range.seqs
    this.reader = new Reader(engine, range, codec.wantsBuffer && range.values)
    this.rows = null // a chunk's values, each at twice its place, when they were read as one text
    this.ended = null
    this.waiting = null // the callback of a read that nothing could be given to yet
    this.stopListening = null
    this.isHolding = false
    this.turnBegan = 0
    this.reading = false
    this.nextAbort = null
    this.nextCallback = null
  }

  read (abort, cb) {
    if (this.reading) { // asked from within a callback of ours: the loop below goes on
      this.nextAbort = abort
      this.nextCallback = cb
      return
    }
    this.reading = true
    try {
      while (cb !== null) {
        this.give(abort, cb)
        abort = this.nextAbort
        cb = this.nextCallback
        this.nextCallback = null
      }
    } finally {
      this.reading = false
    }
  }

  /** Gives all there is in an array: done(err, rows). What stands in a chunk takes no call of `read`. */
  all (done) {
    const rows = []
    const next = (end, item) => {
      if (end) return done(end === true ? null : end, rows)
      rows.push(item)
      const { reader } = this
      while (this.ended === null && reader.position < reader.visible) {
        const record = reader.position++
        if (this.wantsValues && reader.isDeleted(record)) continue
        const value = this.item(reader, record)
        if (this.ended === null) rows.push(value)
      }
      this.read(null, next)
    }
    this.read(null, next)
  }

  give (abort, cb) {
    const { reader } = this
    if (abort) return this.abort(abort, cb)
    if (this.ended !== null) return cb(this.ended)
    if (this.waiting !== null) return cb(new Error('stream: read again before the last read was answered'))
    for (;;) {
      while (reader.position < reader.visible) {
        if ((reader.position & RECORDS_BETWEEN_LOOKS - 1) === 0 && this.isTurnOver()) return this.pause(cb)
        const record = reader.position++
        if (this.wantsValues && reader.isDeleted(record)) continue
        const item = this.item(reader, record)
        return this.ended === null ? cb(null, item) : cb(this.ended)
      }
      if (!this.refill(cb)) return
    }
  }

  /** {value, seq}, value or seq of a record. This runs for every record: no closure, no second look at the range. */
  item (reader, record) {
    if (!this.wantsValues) return reader.seqs[record * 2]
    const { words } = reader
    try {
      const value = this.rows !== null
        ? this.rows[record * 2]
        : this.codec.decode(reader.memory, reader.block, words[record * 4 + 2], words[record * 4 + 3], reader.seqs[record * 2])
      return this.wantsSeqs ? { value, seq: reader.seqs[record * 2] } : value
    } catch (err) { // the codec's
      this.finish(err)
    }
  }

  /** True when there are records; else the callback was answered, or will be. */
  refill (cb) {
    const { reader, engine } = this
    if (engine.since.value === undefined) return this.waitForLoad(cb)
    let state
    try {
      state = reader.fill()
    } catch (err) {
      this.finish(err)
      cb(err)
      return false
    }
    if (state === Reader.READY) {
      if (this.range.rows && this.range.rows.isText) this.rows = parsed(reader)
      return true
    }
    if (state === Reader.ENDED) {
      this.finish(reader.closeError || true)
      cb(this.ended)
      return false
    }
    if (state === Reader.PENDING) this.hold()
    return this.wait(cb)
  }

  /**
   * A turn begins with its first row, not with asking for it: a live reader has what was appended before the append is called back, however
   * long a busy machine let it wait for a core.
   */
  isTurnOver () {
    const now = performance.now()
    if (this.turnBegan === 0) this.turnBegan = now
    return now - this.turnBegan > TURN_MS
  }

  pause (cb) {
    this.waiting = cb
    setImmediate(() => this.resume())
    return false
  }

  /** In turn with others who wait for that. */
  waitForLoad (cb) {
    this.waiting = cb
    this.engine.since.once(() => this.resume())
    return false
  }

  /** For the disk, or for something new. */
  wait (cb) {
    this.waiting = cb
    this.reader.onReady = () => this.resume()
    const { since } = this.range.rows || this.engine
    if (this.stopListening === null) this.stopListening = since(() => { this.resume() }, false)
    return false
  }

  hold () {
    if (!this.isHolding) alive.hold()
    this.isHolding = true
  }

  letGo () {
    if (this.isHolding) alive.release()
    this.isHolding = false
  }

  resume () {
    const cb = this.waiting
    if (cb === null) return
    this.turnBegan = 0
    this.letGo()
    this.waiting = null
    this.reader.onReady = null
    if (this.reader.closeError && this.range.live) this.finish(true) // a live reader that waits just ends with its log
    this.read(null, cb)
  }

  abort (abort, cb) {
    const { waiting } = this
    this.waiting = null
    this.finish(abort)
    if (waiting !== null) waiting(abort)
    cb(abort)
  }

  finish (end) {
    if (this.ended === null) this.ended = end
    this.letGo()
    if (this.stopListening !== null) this.stopListening()
    this.stopListening = null
    this.reader.onReady = null
    this.reader.end()
  }
}

/** What stands in a chunk; null when that is not JSON, row by row: each then speaks for itself. */
function parsed ({ block, used, count }) {
  let all
  try {
    all = JSON.parse(block.utf8Slice(0, used))
  } catch {
    return null
  }
  if (all.length !== count * 2 - 1) return null
  for (let i = 1; i < all.length; i += 2) if (all[i] !== SEPARATOR) return null
  return all
}

/**
 * Rows that Java is asked for by a request, of a query or a view.
 *
 * @param {string} kind query, query.count or view; @param {object} request its arguments
 * @param {object} range of `rangeOf`; @param {object} since observable that says when a live one may go on
 */
function rowSource (engine, kind, request, range, codec, since) {
  const isText = Boolean(codec.isJson) && range.values
  const text = native.requestText(kind, request)
  range.rows = { request: isText ? text + JOINED : text, isText, since }
  return new Source(engine, range, codec)
}

function sourceOf (engine, range, codec) {
  const source = new Source(engine, range, codec)
  return (abort, cb) => source.read(abort, cb)
}

module.exports = { rowSource, sourceOf }
