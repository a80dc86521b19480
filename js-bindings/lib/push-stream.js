'use strict'
// The push-stream that async-append-only-log's `stream` gives: `.pipe({paused, write, end})`, over the same Reader as a pull-stream.

const alive = require('./alive')
const { Reader } = require('./reader')
const { MR_DELETED: DELETED } = require('./abi').constants
const { rangeOf } = require('./range')

const PULL_BUFFERED = 256 // what a pull-stream over a push-stream holds at most

/** The item of one record: offset, value, size, or an object of those that are wanted. A deleted record's value is null. */
function itemOf ({ offsets, values, sizes, headerBytes }) {
  const offset = (reader, record) => reader.seqs[record * 2]
  const value = (reader, record, codec) => {
    const length = reader.words[record * 4 + 3]
    return length === DELETED ? null : codec.decode(reader.memory, reader.block, reader.words[record * 4 + 2], length)
  }
  const size = (reader, record) => headerBytes(reader, record)
  if (offsets && values && sizes) return (r, i, codec) => ({ offset: offset(r, i), value: value(r, i, codec), size: size(r, i) })
  if (offsets && values) {
    return (reader, record, codec) => {
      const { words } = reader
      const length = words[record * 4 + 3]
      return { offset: reader.seqs[record * 2], value: length === DELETED ? null : codec.decode(reader.memory, reader.block, words[record * 4 + 2], length) }
    }
  }
  if (offsets && sizes) return (r, i) => ({ offset: offset(r, i), size: size(r, i) })
  if (values && sizes) return (r, i, codec) => ({ value: value(r, i, codec), size: size(r, i) })
  if (values && !offsets) return value
  if (sizes && !offsets) return size
  return offset
}

class PushStream {
  /** @param {object} log what the log shows its streams: engine, codec, streams, lastAppended(), isCompacting(), sizeOf(seq) */
  constructor (log, opts) {
    opts = opts || {}
    const { gt, gte, lt, lte, limit, live } = opts
    this.log = log
    this.live = Boolean(live)
    this.offsets = opts.offsets !== false
    this.values = opts.values !== false
    this.sizes = opts.sizes === true
    this.limit = limit || 0
    this.range = rangeOf({ gt, gte, lt, lte, limit, live })
    // As the peer: what ends of itself shows also what is on its way to the disk; jitdb's indexes count on it.
    if (!live) this.range.reach = () => log.engine.since.value < 0 ? -1 : log.lastAppended()
    this.hasUpperBound = this.range.upper !== Infinity
    this.min = this.range.lower // kept beside the range: a live reader whose bound is not written yet starts at `since`
    this.cursor = Math.max(this.range.lower, 0)
    this.tailSince = -2 // `since` when everything was given last
    this.ended = false
    this.sink = null
    this.running = false
    this.isHolding = false
    this.item = itemOf({ offsets: this.offsets, values: this.values, sizes: this.sizes, headerBytes: log.sizeOf })
    this.reader = new Reader(log.engine, this.range, this.values && log.codec.wantsBuffer)
    this.reader.onReady = () => this.readAgain()
    log.streams.add(this)
    log.onLoad(() => this.resume())()
  }

  pipe (sink) {
    this.sink = sink
    sink.source = this
    if (!sink.paused) this.resume()
    return sink
  }

  /** Writes to the sink what there is, until it pauses; calls within a write of ours go on with this one. */
  resume () {
    if (this.running || this.ended || this.sink === null || !this.log.isLoaded() || this.log.isCompacting()) return
    this.running = true
    try {
      while (!this.ended && !this.sink.paused && !this.sink.ended) {
        if (this.reader.position < this.reader.visible) this.give()
        else if (!this.refill()) return
      }
    } catch (err) {
      this.abort(err)
    } finally {
      this.running = false
    }
  }

  give () {
    const { sink, reader, item, log: { codec } } = this
    while (reader.position < reader.visible && !sink.paused && !sink.ended && !this.ended) {
      const record = reader.position++
      const seq = this.cursor = reader.seqs[record * 2]
      if (seq <= this.min && (seq < this.min || !this.range.lowerInclusive)) continue
      sink.write(item(reader, record, codec))
    }
  }

  /** The next item, without the sink; undefined when there is none now, or no more. */
  take () {
    const { reader } = this
    try {
      do {
        while (reader.position < reader.visible) {
          const record = reader.position++
          const seq = this.cursor = reader.seqs[record * 2]
          if (seq > this.min || (seq === this.min && this.range.lowerInclusive)) return this.item(reader, record, this.log.codec)
        }
      } while (!this.ended && this.log.isLoaded() && !this.log.isCompacting() && this.refill())
    } catch (err) {
      this.abort(err)
    }
  }

  /** True when there are records. */
  refill () {
    const { reader } = this
    const state = reader.fill()
    if (state === Reader.READY) return true
    if (state === Reader.PENDING) {
      if (!this.isHolding) alive.hold()
      this.isHolding = true
      return false
    }
    if (state === Reader.ENDED) this.abort(reader.closeError)
    else this.tailSince = this.log.engine.since.value
    return false
  }

  readAgain () {
    this.letGo()
    if (this.reader.closeError && this.live) return this.log.engine.isLost ? this.leave() : this.abort()
    this.resume()
  }

  letGo () {
    if (this.isHolding) alive.release()
    this.isHolding = false
  }

  /** Something was written. */
  liveResume () {
    this.resume()
  }

  /** True when nothing that a compaction would move is still to be given. */
  isDone () {
    return this.ended || this.sink === null || this.tailSince >= this.log.engine.since.value
  }

  postCompactionReset (since) {
    this.cursor = Math.min(since, this.cursor)
    this.tailSince = since
    this.min = -1
  }

  /** Gives nothing more, and says nothing: as the peer's, when its file was replaced. */
  leave () {
    this.ended = true
    this.letGo()
    this.reader.onReady = null
    this.reader.end()
    this.log.streams.delete(this)
  }

  abort (err) {
    if (this.ended) return
    this.leave()
    const { sink } = this
    if (sink === null || sink.ended || !sink.end) return
    sink.ended = true
    sink.end(err === true || err === undefined ? null : err)
  }
}

/** A pull-stream source over a push-stream: over ours it takes items one by one, over any other it buffers some. */
function pullOf (stream) {
  return stream instanceof PushStream ? taking(stream) : buffering(stream)
}

function taking (stream) {
  let ended = null
  let waiting = null
  const answer = (end, item) => {
    const cb = waiting
    waiting = null
    if (cb !== null) cb(end, item)
  }
  const sink = {
    paused: true,
    ended: false,
    write (item) {
      sink.paused = true
      answer(null, item)
    },
    end (err) {
      ended = err || true
      answer(ended)
    }
  }
  stream.pipe(sink)
  return function read (abort, cb) {
    if (abort) {
      ended = ended || abort
      sink.ended = true
      stream.abort(abort)
      answer(abort)
      return cb(abort)
    }
    const item = ended === null ? stream.take() : undefined
    if (item !== undefined) return cb(null, item)
    if (ended !== null) return cb(ended)
    waiting = cb
    sink.paused = false // what comes next is written to it
  }
}

function buffering (stream) {
  const buffer = []
  let head = 0
  let ended = null
  let waiting = null
  let asking = false
  const sink = {
    paused: true,
    ended: false,
    write (item) {
      buffer.push(item)
      if (buffer.length - head >= PULL_BUFFERED) sink.paused = true
      if (!asking) answer()
    },
    end (err) {
      ended = err || true
      if (!asking) answer()
    }
  }
  stream.pipe(sink)

  function answer () {
    if (waiting === null || (head === buffer.length && ended === null)) return
    const cb = waiting
    waiting = null
    if (head === buffer.length) return cb(ended)
    const item = buffer[head++]
    if (head === buffer.length) head = buffer.length = 0
    cb(null, item)
  }

  return function read (abort, cb) {
    if (abort) {
      const earlier = waiting
      waiting = null
      head = buffer.length = 0
      ended = ended || abort
      stream.abort(abort)
      if (earlier) earlier(abort)
      return cb(abort)
    }
    waiting = cb
    if (head === buffer.length && ended === null) {
      asking = true
      sink.paused = false
      stream.resume()
      asking = false
    }
    answer()
  }
}

module.exports = { PushStream, pullOf }
