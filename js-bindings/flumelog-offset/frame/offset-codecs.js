'use strict'
// flumelog-offset/frame/offset-codecs' module: what applications hand to `offsetCodec`. A log of ours reads the width only; encode
// and decode are there for who calls them.

const unsigned = (byteWidth) => ({
  byteWidth,
  encode: (buffer, value, offset) => { buffer.writeUIntBE(value, offset, byteWidth) },
  decode: (buffer, offset) => buffer.readUIntBE(offset, byteWidth)
})

module.exports = {
  32: unsigned(4),
  48: unsigned(6),
  53: {
    byteWidth: 8,
    encode: (buffer, value, offset) => { buffer.writeBigUInt64BE(BigInt(value), offset) },
    decode: (buffer, offset) => Number(buffer.readBigUInt64BE(offset))
  }
}
