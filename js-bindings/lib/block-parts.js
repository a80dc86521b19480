'use strict'
// What async-append-only-log shows of its blocks to those who look inside: jitdb's and ssb-db2's tools. The only JavaScript that
// knows a record's header; reading, writing and compaction are Java's.

const HEADER_BYTES = 2
const END_BYTES = 2

/** The members that need only the block size, the codec and `since`. */
function blockParts (blockSize, codec, since) {
  const offsetInBlock = (offset) => offset % blockSize
  const getNextBlockStart = (offset) => offset - offsetInBlock(offset) + blockSize

  function hasNoSpaceFor (dataBuf, at) {
    return at + HEADER_BYTES + dataBuf.length + END_BYTES > blockSize
  }

  /** [next offset, value, size]; next: -1 = end of the log, 0 = in the next block. A deleted record's value is null. */
  function getDataNextOffset (blockBuf, offset, asRaw = false) {
    const start = offsetInBlock(offset)
    const size = HEADER_BYTES + blockBuf.readUInt16LE(start)
    const data = blockBuf.subarray(start + HEADER_BYTES, start + size)
    let next = offset + size
    if (blockBuf.readUInt16LE(start + size) === 0) next = getNextBlockStart(offset) > since.value ? -1 : 0
    if (data.every((byte) => byte === 0)) return [next, null, size]
    return [next, asRaw ? data : codec.value(data), size]
  }

  /** True where a record's length would be zero: the end of a block. */
  function isZeroAt (blockBuf, offset) {
    const at = offsetInBlock(offset)
    return blockBuf.subarray(at, at + HEADER_BYTES).every((byte) => byte === 0)
  }

  return { getNextBlockStart, getDataNextOffset, hasNoSpaceFor, isZeroAt }
}

/** Bytes of a record with its header, of one that a Reader stands at. A deleted one's length is asked of its block. */
function sizeReader (blockSize, getBlockNow) {
  return (reader, record) => {
    const length = reader.length(record)
    if (length !== 0xffffffff) return HEADER_BYTES + length
    const seq = reader.seqs[record * 2]
    return HEADER_BYTES + getBlockNow(seq).readUInt16LE(seq % blockSize)
  }
}

module.exports = { blockParts, sizeReader }
