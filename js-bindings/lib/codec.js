'use strict'
// A flumelog codec, {encode, decode, buffer}, checked once and turned into what reading and appending need.

const { argument } = require('./errors')

const FastBuffer = Buffer[Symbol.species] // what Buffer.slice makes, without its argument checks
const same = (value) => value
const NONE = { encode: same, decode: same, buffer: true }

/** How values of one log become bytes and come back. `isPlain`: Buffers go in and come out as they are. */
class Codec {
  constructor (codec) {
    for (const name of ['encode', 'decode']) {
      if (typeof codec[name] !== 'function') throw argument(`codec.${name} is a ${typeof codec[name]}, expected a function; the log was not opened`)
    }
    this.codec = codec
    this.isPlain = codec === NONE || (codec.encode === same && codec.decode === same)
    this.wantsBuffer = Boolean(codec.buffer)
    this.isJson = codec.decode === JSON.parse && !this.wantsBuffer
  }

  static of (codec) {
    if (codec === undefined || codec === null) return new Codec(NONE)
    if (typeof codec !== 'object' && typeof codec !== 'function') throw argument(`codec is a ${typeof codec}, expected {encode, decode, buffer}; the log was not opened`)
    return new Codec(codec)
  }

  /** A Uint8Array or a string. */
  encode (value) {
    const encoded = this.isPlain ? value : this.codec.encode(value)
    if (typeof encoded === 'string' || encoded instanceof Uint8Array) return encoded
    if (encoded instanceof ArrayBuffer) return new Uint8Array(encoded)
    const what = encoded === null ? 'null' : Array.isArray(encoded) ? 'an array' : typeof encoded
    throw argument(`append: the codec made ${what} of the value, expected a Buffer or a string; nothing was appended`)
  }

  /**
   * The value whose bytes stand in `memory` from `start`; it may keep that memory. `block` is a Buffer over all of it: to ask a
   * Buffer for its memory, or where it begins there, costs as much as half the making of a small one.
   */
  decode (memory, block, start, length) {
    return this.wantsBuffer ? this.value(new FastBuffer(memory, start, length)) : this.codec.decode(block.utf8Slice(start, start + length))
  }

  /** The value of a Buffer, of a codec that wants Buffers. */
  value (bytes) {
    return this.isPlain ? bytes : this.codec.decode(bytes)
  }
}

module.exports = { Codec, FastBuffer }
