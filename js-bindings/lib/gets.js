'use strict'
// Getting single records: those asked for in one tick are copied by one call of Java's, straight into the memory of the Buffers given.

const native = require('./native')
const apart = require('./apart')
const { pinned } = require('./pinned')
const { coded } = require('./errors')

const { F, OP } = native

const POOL_BYTES = 8 * 1024 // what a record that is kept may hold on to: no more than one of Buffer.allocUnsafe
const RECORDS = 64 // of one call: about what fits into a pool
const ENTRY_BYTES = 16
const TICKS_PER_TURN = 32 // gets made by callbacks of gets must not starve the event loop

/** The gets of one log through one codec. `failed(err, cb)` tells a callback what went wrong. */
class Gets {
  constructor (engine, codec, failed = (err, cb) => cb(err)) {
    this.engine = engine
    this.codec = codec
    this.failed = failed
    this.index = pinned(RECORDS * ENTRY_BYTES)
    this.seqs = new Float64Array(this.index.memory)
    this.words = new Uint32Array(this.index.memory)
    this.pool = pinned(POOL_BYTES)
    this.used = 0
    this.asked = [] // sequences not read yet
    this.waiting = [] // callbacks of what is read, then of what is not
    this.values = [] // of what is read,
    this.errors = [] // or what went wrong; else null
    this.scheduled = false
    this.ticks = 0
    this.tick = () => this.run()
    this.isOver = false
    engine.gets.add(this)
  }

  /** Callback (err, value); never called before this returns. */
  get (seq, cb) {
    this.asked.push(seq)
    this.waiting.push(cb)
    if (!this.scheduled) this.schedule()
  }

  /** The value, at once; throws what is wrong. */
  now (seq) {
    this.seqs[0] = seq
    this.copy(1)
    return this.decode(0)
  }

  schedule () {
    this.scheduled = true
    if (++this.ticks % TICKS_PER_TURN === 0) setImmediate(this.tick)
    else process.nextTick(this.tick)
  }

  run () {
    this.scheduled = false
    this.read()
    this.settle()
  }

  /** Reads what was asked for. No callback runs. */
  read () {
    const { asked } = this
    if (asked.length === 0) return
    this.asked = []
    for (let done = 0; done < asked.length;) done += this.readSome(asked, done)
    if (this.pool.length > POOL_BYTES) this.renew(0) // a large record's, which is its user's now
  }

  /** Returns how many of `asked`, from `first`, are answered: one at least. */
  readSome (asked, first) {
    const { seqs } = this
    const wanted = Math.min(asked.length - first, RECORDS)
    for (let i = 0; i < wanted; i++) seqs[i * 2] = asked[first + i]
    let failure = null
    let copied
    try {
      copied = this.copy(wanted)
    } catch (err) {
      failure = err
      copied = this.engine.page[F.count]
    }
    for (let i = 0; i < copied; i++) this.answer(i)
    if (failure === null) return copied
    this.values.push(undefined)
    this.errors.push(failure)
    return copied + 1
  }

  /** Copies the first `wanted` records of the index, or as many as there is room for, one at least; returns how many. */
  copy (wanted) {
    const { page } = this.engine
    page[F.count] = 0
    if (this.isOver) throw coded('ERR_LOG_CLOSED', 'get: the log was closed before the record was read')
    this.base = this.codec.wantsBuffer ? this.used : 0 // of a string nobody kept the bytes
    try {
      if (this.call(wanted) === 0) {
        this.renew(page[F.needed])
        this.call(wanted)
      }
    } finally {
      const last = (page[F.count] - 1) * 4
      if (last >= 0) this.used = this.base + this.words[last + 2] + this.words[last + 3]
    }
    return page[F.count]
  }

  call (wanted) {
    const { pool, engine: { page, handle } } = this
    page[F.handle] = handle
    page[F.data] = pool.address + this.base
    page[F.dataLength] = pool.length - this.base
    page[F.index] = this.index.address
    page[F.indexLength] = wanted * ENTRY_BYTES
    native.dispatch(OP.get)
    return page[F.count]
  }

  /** Room for a record of `length`: another pool, or memory of its own. */
  renew (length) {
    this.pool.unpin()
    this.pool = pinned(length > POOL_BYTES / 2 ? length : POOL_BYTES)
    this.base = this.used = 0
  }

  decode (record) {
    const at = record * 4
    return this.codec.decode(this.pool.memory, this.pool.bytes, this.base + this.words[at + 2], this.words[at + 3])
  }

  answer (record) {
    let value
    let error = null
    try {
      value = this.decode(record)
    } catch (err) { // the codec's
      error = err
    }
    this.values.push(value)
    this.errors.push(error)
  }

  /** Runs the callbacks of what is read. When one throws, those behind it still run. */
  settle () {
    const { waiting, values, errors } = this
    const count = values.length
    this.waiting = []
    this.values = []
    this.errors = []
    let i = 0
    try {
      while (i < count) {
        const cb = waiting[i]
        const error = errors[i]
        const value = values[i++]
        if (error === null) cb(null, value)
        else this.failed(error, cb)
      }
    } finally {
      if (i < count) this.again(waiting.slice(i), values.slice(i), errors.slice(i))
    }
  }

  again (waiting, values, errors) {
    this.waiting = waiting.concat(this.waiting)
    this.values = values.concat(this.values)
    this.errors = errors.concat(this.errors)
    if (!this.scheduled) this.schedule()
  }

  /** The last reads before close; the callbacks that wait are called. */
  finish () {
    this.read()
    this.release()
    apart(() => this.settle())
  }

  release () {
    if (this.isOver) return
    this.isOver = true
    this.engine.gets.delete(this)
    this.pool.unpin()
    this.index.unpin()
  }
}

module.exports = { Gets }
