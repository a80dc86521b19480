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

  /** The value whose bytes stand in `block` from `start`; the value may keep the memory of `block`. */
  decode (block, start, length) {
    if (!this.wantsBuffer) return this.codec.decode(block.utf8Slice(start, start + length))
    const bytes = new FastBuffer(block.buffer, block.byteOffset + start, length)
    return this.isPlain ? bytes : this.codec.decode(bytes)
  }
}

module.exports = { Codec, FastBuffer }
