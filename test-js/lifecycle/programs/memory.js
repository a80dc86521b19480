'use strict'
// Pinned memory stays in place while the collector moves everything else, and may be used by one call after the other.

const { open, native } = require('../log')
const { F, OP, page } = native

const log = open({ format: 'memory' })
const bytes = new ArrayBuffer(4096)
const ends = new ArrayBuffer(64)
const data = native.pin(bytes)
const index = native.pin(ends)
for (let i = 0; i < 2000; i++) {
  const { written } = new TextEncoder().encodeInto(`record ${i}`, new Uint8Array(bytes))
  new Uint32Array(ends)[0] = written
  if (i % 100 === 0) Array.from({ length: 10000 }, () => Buffer.alloc(100))
  Object.assign(page, { [F.handle]: log.handle, [F.data]: data, [F.dataLength]: written, [F.index]: index, [F.indexLength]: 4, [F.seqs]: 0 })
  native.dispatch(OP.append)
}
native.unpin(data)
native.unpin(index)
console.log(log.get(0), log.get(1999))
