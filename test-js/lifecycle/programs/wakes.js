'use strict'
// Wakes come after Java's threads have done something, hold no process alive, and a callback that throws is an uncaught exception.

const { open, native } = require('../log')

const log = open({ format: 'offset', path: process.argv[2], durable: 'memory', writeTimeoutMs: 20 })
let wakes = 0
process.once('uncaughtException', (error) => {
  console.log(`uncaught ${error.message}`)
  log.append('b')
  target = log.drain()
})
native.onWake(log.handle, () => {
  wakes++
  if (wakes === 1) throw new Error('planted')
  const { since, durableSince } = log.state()
  if (durableSince === target) {
    console.log(`durable ${since === durableSince}`)
    native.offWake(log.handle)
    clearTimeout(limit)
  }
})
let target = -2
const limit = setTimeout(() => console.log('no wake'), 600000)
log.append('a')
