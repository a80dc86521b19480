'use strict'
// Keys of a `map` view as bytes that sort as the keys do: null < false < true < numbers < strings < arrays < undefined, arrays by
// their elements, strings by their UTF-8. That is the order flumeview-level's users know; `[type, null]` to `[type, undefined]`
// are all keys that begin with `type`. Java compares bytes and knows nothing else of keys.

const { argument } = require('./errors')

const END = 0x01 // of an array; below every mark, so that a shorter array comes first
const NULL = 0x10
const FALSE = 0x11
const TRUE = 0x12
const NUMBER = 0x14
const STRING = 0x18
const ARRAY = 0x1c
const UNDEFINED = 0x7f
const KEY_BYTES_MAX = 32 * 1024
const DEPTH_MAX = 32

/** Keys one behind the other in one block, each with its sequence: an index as mr_record has it. */
class KeyBlock {
  constructor () {
    this.bytes = Buffer.allocUnsafeSlow(16 * 1024)
    this.seqs = new Float64Array(512)
    this.words = new Uint32Array(this.seqs.buffer)
    this.clear()
  }

  clear () {
    this.used = this.count = 0
  }

  /** Adds a key; throws ERR_ARGUMENT, and has added nothing then. */
  add (key, seq) {
    const start = this.used
    try {
      this.put(key, 0)
      if (this.used - start > KEY_BYTES_MAX) throw argument(`a key of ${this.used - start} bytes; at most ${KEY_BYTES_MAX}`)
    } catch (err) {
      this.used = start
      throw err
    }
    if (this.count * 2 === this.seqs.length) this.growIndex()
    this.seqs[this.count * 2] = seq
    this.words[this.count * 4 + 2] = start
    this.words[this.count * 4 + 3] = this.used - start
    this.count++
  }

  put (key, depth) {
    if (depth > DEPTH_MAX) throw argument(`a key with arrays more than ${DEPTH_MAX} deep`)
    if (typeof key === 'string') return this.putString(key)
    if (typeof key === 'number') return this.putNumber(key)
    if (key === null) return this.putByte(NULL)
    if (key === undefined) return this.putByte(UNDEFINED)
    if (typeof key === 'boolean') return this.putByte(key ? TRUE : FALSE)
    if (!Array.isArray(key)) throw argument(`a key is a ${typeof key}, expected a string, a number, a boolean, null, or an array of those`)
    this.putByte(ARRAY)
    for (const element of key) this.put(element, depth + 1)
    this.putByte(END)
  }

  putByte (byte) {
    this.room(1)
    this.bytes[this.used++] = byte
  }

  /** Ends with 0; a 0 in the text is followed by 255. */
  putString (text) {
    this.room(text.length * 3 + 2)
    this.bytes[this.used++] = STRING
    const from = this.used
    this.used += this.bytes.utf8Write(text, from)
    if (text.includes('\0')) this.escape(from)
    this.bytes[this.used++] = 0
  }

  escape (from) {
    const raw = Buffer.from(this.bytes.subarray(from, this.used))
    this.room(raw.length + 1)
    this.used = from
    for (const byte of raw) {
      this.bytes[this.used++] = byte
      if (byte === 0) this.bytes[this.used++] = 255
    }
  }

  /** Big-endian with the sign turned, all bits of negative ones. */
  putNumber (number) {
    if (Number.isNaN(number)) throw argument('a key is NaN')
    this.room(9)
    const { bytes } = this
    const at = this.used + 1
    bytes[this.used] = NUMBER
    bytes.writeDoubleBE(number + 0, at)
    if (bytes[at] < 128) bytes[at] |= 128
    else for (let i = at; i < at + 8; i++) bytes[i] = ~bytes[i]
    this.used += 9
  }

  room (more) {
    if (this.used + more <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.used + more))
    this.bytes.copy(larger, 0, 0, this.used)
    this.bytes = larger
  }

  growIndex () {
    const larger = new Float64Array(this.seqs.length * 2)
    larger.set(this.seqs)
    this.seqs = larger
    this.words = new Uint32Array(larger.buffer)
  }
}

/** The bytes of one key. */
function encodeKey (key) {
  const block = new KeyBlock()
  block.add(key, 0)
  return block.bytes.subarray(0, block.used)
}

/** The key whose bytes stand in `bytes` from `start` to `end`. */
function decodeKey (bytes, start, end = bytes.length) {
  return new Decoder(bytes, start, end).next()
}

class Decoder {
  constructor (bytes, at, end) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  next () {
    switch (this.bytes[this.at++]) {
      case NULL: return null
      case FALSE: return false
      case TRUE: return true
      case NUMBER: return this.number()
      case STRING: return this.string()
      case ARRAY: return this.array()
      default: return undefined
    }
  }

  number () {
    const raw = Buffer.from(this.bytes.subarray(this.at, this.at + 8))
    this.at += 8
    if (raw[0] >= 128) raw[0] &= 127
    else for (let i = 0; i < 8; i++) raw[i] = ~raw[i]
    return raw.readDoubleBE(0)
  }

  string () {
    const start = this.at
    let isEscaped = false
    let end = this.bytes.indexOf(0, start)
    while (end + 1 < this.end && this.bytes[end + 1] === 255) { // beyond its end the byte is not this key's
      isEscaped = true
      end = this.bytes.indexOf(0, end + 2)
    }
    this.at = end + 1
    return isEscaped ? unescape(this.bytes.subarray(start, end)) : this.bytes.utf8Slice(start, end)
  }

  array () {
    const elements = []
    while (this.bytes[this.at] !== END) elements.push(this.next())
    this.at++
    return elements
  }
}

function unescape (bytes) {
  const raw = []
  for (let i = 0; i < bytes.length; i++) {
    raw.push(bytes[i])
    if (bytes[i] === 0) i++
  }
  return Buffer.from(raw).toString()
}

module.exports = { KeyBlock, encodeKey, decodeKey }
