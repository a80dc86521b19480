'use strict'
// SIGINT set before the JVM boots, SIGTERM after: both handlers run, and nothing else happens.

const seen = []
const done = (name) => {
  seen.push(name)
  if (seen.length === 2) {
    console.log(seen.sort().join(' '))
    clearInterval(alive)
  }
}
const alive = setInterval(() => {}, 1000)
process.on('SIGINT', () => done('SIGINT'))
require('../log').open({ format: 'memory' }).append('x')
process.on('SIGTERM', () => done('SIGTERM'))
process.kill(process.pid, 'SIGINT')
process.kill(process.pid, 'SIGTERM')
