'use strict'
// A Java heap that is full is ERR_OUT_OF_MEMORY, for the call that found it so; the next one works.

const { open, native } = require('../log')

native.start({ maxHeapMb: 16 })
const log = open({ format: 'memory' })
const codes = new Set()
for (let megabytes = 1; megabytes <= 32; megabytes += 1) {
  try {
    native.cold('log.open', { format: 'x'.repeat(megabytes << 20) })
  } catch (error) {
    codes.add(error.code)
  }
  log.append(`after ${megabytes}`)
}
console.log([...codes].sort().join(' '), log.get(31))
