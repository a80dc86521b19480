'use strict'
// Appending: records gather in pinned memory, one call a tick hands them to Java, then `since` moves and callbacks run.

const native = require('./native')
const alive = require('./alive')
const apart = require('./apart')
const { FastBuffer } = require('./codec')
const { coded } = require('./errors')

const { F, OP } = native
const BY_RECORD = ['ERR_RECORD_TOO_LARGE', 'ERR_RECORD_EMPTY', 'ERR_LOG_FULL'] // the fault of one record, not of its neighbours

const DATA_BYTES = 512 * 1024 // bound of what waits; a call that does not fit makes room by writing at once
const RECORDS = 8192
const ENDS_BYTES = RECORDS * 4
const WAITING_MAX = 1024 * 1024 // bound of the appends whose callback is still to come, where the option waitingMax says nothing else
const TICKS_PER_TURN = 32 // appends made by callbacks of appends must not starve the event loop

class Staging {
  constructor (engine, waitingMax = WAITING_MAX) {
    this.engine = engine
    this.data = new ArrayBuffer(DATA_BYTES)
    this.bytes = new FastBuffer(this.data, 0, DATA_BYTES)
    this.index = new ArrayBuffer(ENDS_BYTES + RECORDS * 8)
    this.ends = new Uint32Array(this.index, 0, RECORDS)
    this.seqs = new Float64Array(this.index, ENDS_BYTES, RECORDS)
    this.dataAddress = native.pin(this.data)
    this.indexAddress = native.pin(this.index)
    this.used = 0
    this.count = 0
    this.waitingMax = waitingMax
    this.waiting = [] // callbacks of what stands in staging,
    this.lasts = [] // and the index of the last record of each
    this.done = [] // callbacks of what is written,
    this.results = [] // and the sequence or the error of each
    this.sinceAfter = this.durableAfter = -1 // where the last call left the log
    this.scheduled = false
    this.ticks = 0
    this.isHolding = false
    this.tick = () => this.run()
  }

  /** One encoded record, a Uint8Array or a string; `cb` is never called before this returns. */
  append (record, cb) {
    if (this.isFull()) return this.refuse(cb)
    const fits = typeof record === 'string' ? this.putString(record) : this.putBytes(record)
    if (!fits) return this.appendDirectly([record], cb)
    this.ends[this.count++] = this.used
    this.waiting.push(cb)
    this.lasts.push(this.count - 1)
    if (!this.scheduled) this.schedule()
  }

  /** Many records, all or nothing. */
  appendAll (records, cb) {
    if (this.isFull()) return this.refuse(cb)
    const list = records.map((record) => typeof record === 'string' ? Buffer.from(record) : record)
    const total = list.reduce((sum, record) => sum + record.length, 0)
    if (total > DATA_BYTES || list.length > RECORDS || list.length === 0) return this.appendDirectly(list, cb)
    if (!this.hasRoom(total, list.length)) this.write()
    for (const record of list) {
      this.bytes.set(record, this.used)
      this.used += record.length
      this.ends[this.count++] = this.used
    }
    this.waiting.push(cb)
    this.lasts.push(this.count - 1)
    if (!this.scheduled) this.schedule()
  }

  putBytes (record) {
    const { length } = record
    if (!this.hasRoom(length, 1)) {
      if (length > DATA_BYTES / 2) return false
      this.write()
    }
    this.bytes.set(record, this.used)
    this.used += length
    return true
  }

  putString (record) {
    if (!this.hasRoom(record.length * 3, 1)) { // UTF-8 takes at most three bytes for a UTF-16 unit
      if (record.length * 3 > DATA_BYTES / 2) return false
      this.write()
    }
    this.used += this.bytes.utf8Write(record, this.used)
    return true
  }

  /** What waits is bounded: at level sync a loop of appends is faster than any disk. */
  isFull () {
    return this.waiting.length + this.done.length >= this.waitingMax
  }

  refuse (cb) {
    process.nextTick(cb, coded('ERR_BACKPRESSURE', `append: ${this.waitingMax} appends wait for their callback; this one was not appended, append it again when some of those have been called`))
  }

  hasRoom (bytes, records) {
    return this.used + bytes <= DATA_BYTES && this.count + records <= RECORDS
  }

  appendDirectly (records, cb) {
    const list = records.map((record) => typeof record === 'string' ? Buffer.from(record) : record)
    const ends = new Uint32Array(list.length)
    let end = 0
    list.forEach((record, i) => { ends[i] = end += record.length })
    this.appendBatch(list.length === 1 ? list[0] : Buffer.concat(list), ends, cb)
  }

  /** Records one behind the other in `bytes`; written at once, the callback comes later. */
  appendBatch (bytes, ends, cb) {
    if (this.isFull()) return this.refuse(cb)
    this.write()
    const { page, handle } = this.engine
    page[F.handle] = handle
    try {
      native.dispatchData(OP.append, bytes, ends, null)
      this.note([cb], [page[F.seq]])
    } catch (err) {
      this.fail([cb], err)
    }
    if (!this.scheduled) this.schedule()
  }

  schedule () {
    this.scheduled = true
    if (++this.ticks % TICKS_PER_TURN === 0) setImmediate(this.tick)
    else process.nextTick(this.tick)
  }

  run () {
    this.scheduled = false
    if (this.engine.closed) return
    if (this.engine.since.value === undefined) { // not loaded yet
      this.scheduled = true
      setImmediate(this.tick)
      return
    }
    this.write()
    this.settle()
  }

  /** Hands what stands in staging to Java. No callback runs. */
  write () {
    if (this.count === 0) return
    const { count, waiting, lasts, seqs } = this
    this.waiting = []
    this.lasts = []
    try {
      this.dispatch(this.dataAddress, this.used, 0, count)
      for (let i = 0; i < lasts.length; i++) lasts[i] = seqs[lasts[i]]
      this.note(waiting, lasts)
    } catch (err) {
      if (waiting.length > 1 && BY_RECORD.includes(err.code)) this.writeEach(waiting, lasts)
      else this.fail(waiting, err)
    }
    this.used = this.count = 0
  }

  /** One call to Java for each append, so that a bad record fails alone. */
  writeEach (callbacks, lasts) {
    const { ends, seqs } = this
    let first = 0
    let start = 0
    callbacks.forEach((cb, i) => {
      const next = lasts[i] + 1
      const end = ends[next - 1]
      for (let record = first; record < next; record++) ends[record] -= start
      try {
        this.dispatch(this.dataAddress + start, end - start, first, next)
        this.note([cb], [seqs[next - 1]])
      } catch (err) {
        this.fail([cb], err)
      }
      first = next
      start = end
    })
  }

  dispatch (address, length, first, next) {
    const { page, handle } = this.engine
    page[F.handle] = handle
    page[F.data] = address
    page[F.dataLength] = length
    page[F.index] = this.indexAddress + first * 4
    page[F.indexLength] = (next - first) * 4
    page[F.seqs] = this.indexAddress + ENDS_BYTES + first * 8
    native.dispatch(OP.append)
  }

  /** These appends are written, and this is where the log stands now. */
  note (callbacks, seqs) {
    this.add(callbacks, seqs)
    this.sinceAfter = this.engine.sinceNow()
    this.durableAfter = this.engine.page[F.durableSince]
  }

  fail (callbacks, err) {
    this.add(callbacks, callbacks.map(() => err))
  }

  add (callbacks, results) {
    if (this.done.length === 0) {
      this.done = callbacks
      this.results = results
      return
    }
    for (let i = 0; i < callbacks.length; i++) {
      this.done.push(callbacks[i])
      this.results.push(results[i])
    }
  }

  /**
   * Runs the callbacks of what is done at the log's level. `since` moves record by record: it equals the sequence inside each
   * callback, and its listeners run before. When a callback throws, those behind it still run.
   */
  settle () {
    if (this.done.length === 0) return
    this.letGo()
    const { engine } = this
    const { since } = engine
    if (engine.durableSince.value !== this.durableAfter) engine.durableSince.set(this.durableAfter)
    const acknowledged = engine.level === 'memory' ? Infinity : this.sinceAfter
    const done = this.done
    const results = this.results
    this.done = []
    this.results = []
    let i = 0
    try {
      while (i < done.length) {
        const cb = done[i]
        const result = results[i]
        if (typeof result !== 'number') {
          i++
          cb(result)
          continue
        }
        if (result > acknowledged) break // its wake is still to come
        if (result <= this.sinceAfter && !(since.value >= result)) since.set(result)
        i++
        cb(null, result)
      }
    } finally {
      if (i < done.length) this.again(done.slice(i), results.slice(i))
    }
  }

  /** The log moved by itself: what waited for that is done. */
  settleTo (since, durableSince) {
    this.sinceAfter = since
    this.durableAfter = durableSince
    this.settle()
  }

  again (done, results) {
    this.done = done.concat(this.done)
    this.results = results.concat(this.results)
    if (!this.scheduled && !(results[0] > this.sinceAfter)) this.schedule()
    if (this.isHolding) return
    this.isHolding = true
    alive.hold()
  }

  letGo () {
    if (!this.isHolding) return
    this.isHolding = false
    alive.release()
  }

  /** The log failed: what was not acknowledged will not be. */
  failAll (err) {
    const { done } = this
    this.done = []
    this.results = []
    this.letGo()
    for (const cb of done) apart(cb, err)
  }

  /** The last write before close; callbacks that wait are called. */
  finish () {
    this.write()
    for (let left = Infinity; this.done.length < left;) { // again when a callback threw
      left = this.done.length
      apart(() => this.settle())
    }
    if (this.done.length > 0) this.failAll(coded('ERR_LOG_CLOSED', 'append: the log was closed before the record reached its durability level; it may be there'))
  }

  release () {
    native.unpin(this.dataAddress)
    native.unpin(this.indexAddress)
  }
}

module.exports = { Staging }
