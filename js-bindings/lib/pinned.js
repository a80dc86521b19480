'use strict'
// Memory of JavaScript's that Java may be told the address of.

const native = require('./native')
const { FastBuffer } = require('./codec')

/** `address` is good until `unpin()`; Buffers made of `memory` keep it longer. */
function pinned (length) {
  const memory = new ArrayBuffer(length)
  const address = native.pin(memory)
  return { memory, address, length, bytes: new FastBuffer(memory, 0, length), unpin: () => native.unpin(address) }
}

module.exports = { pinned }
