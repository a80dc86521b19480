'use strict'
// Appends that answer at once: every call is one call of Java's, over memory that Java knows.

const alive = require('./alive')
const native = require('./native')
const { FastBuffer } = require('./codec')
const { appendError } = require('./block-errors')

const { F, OP } = native

class BlockAppends {
  constructor (engine, codec) {
    const { staging } = engine
    this.engine = engine
    this.codec = codec
    this.staging = staging
    this.bytes = staging.bytes
    this.ends = staging.ends
    this.last = engine.foundAt.since // of what was appended, durable or not
    this.isHolding = false
    engine.since((since) => {
      if (since < this.last) return
      this.last = since // a reader's grows with its writer
      this.letGo()
    })
  }

  /** The process goes on until what was appended is durable, as it does with the peer's timer. */
  appended (seq) {
    this.last = seq
    if (!this.isHolding && !(this.engine.since.value >= seq)) {
      this.isHolding = true
      alive.hold()
    }
    return seq
  }

  letGo () {
    if (this.isHolding) alive.release()
    this.isHolding = false
  }

  /** The offset of one value. */
  one (value) {
    const { staging, bytes } = this
    const record = this.codec.encode(value)
    const { length } = record
    if ((typeof record === 'string' ? length * 3 : length) > bytes.length) return this.encoded([record])
    let used = length
    if (typeof record === 'string') used = bytes.utf8Write(record, 0)
    else bytes.set(record, 0)
    this.ends[0] = used
    const { page, handle } = this.engine
    page[F.handle] = handle
    page[F.data] = staging.dataAddress
    page[F.dataLength] = used
    page[F.index] = staging.indexAddress
    page[F.indexLength] = 4
    page[F.seqs] = 0
    try {
      native.dispatch(OP.append)
    } catch (err) {
      throw appendError(err)
    }
    return this.appended(page[F.seq])
  }

  /** The last offset of many values, all or nothing. */
  all (values) {
    if (values.length === 0) return 0 // as the peer
    return this.encoded(values.map((value) => this.codec.encode(value)))
  }

  encoded (records) {
    const { bytes, ends } = gather(records)
    const { page, handle } = this.engine
    page[F.handle] = handle
    try {
      native.dispatchData(OP.append, bytes, ends, null)
    } catch (err) {
      throw appendError(err)
    }
    return this.appended(page[F.seq])
  }

  /** The offsets of values that share a block. */
  transaction (values) {
    if (values.length === 0) return []
    const { bytes, ends } = gather(values.map((value) => this.codec.encode(value)))
    const seqs = new Float64Array(values.length)
    const pins = [bytes, ends, seqs].map(({ buffer }) => native.pin(buffer))
    try {
      native.cold('block.transaction', {
        log: this.engine.handle,
        data: pins[0] + bytes.byteOffset,
        dataLength: bytes.length,
        ends: pins[1],
        endsLength: ends.byteLength,
        seqs: pins[2]
      })
    } catch (err) {
      throw appendError(err)
    } finally {
      pins.forEach(native.unpin)
    }
    this.appended(seqs[seqs.length - 1])
    return Array.from(seqs)
  }
}

/** Records one behind the other, and where each ends. */
function gather (records) {
  const list = records.map((record) => typeof record === 'string' ? Buffer.from(record) : record)
  const ends = new Uint32Array(list.length)
  let end = 0
  list.forEach((record, i) => { ends[i] = end += record.length })
  const bytes = new FastBuffer(new ArrayBuffer(end), 0, end)
  list.forEach((record, i) => { bytes.set(record, ends[i] - record.length) })
  return { bytes, ends }
}

module.exports = { BlockAppends }
