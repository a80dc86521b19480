'use strict'
// argv: worker? Recursion that calls Java at every level ends in JavaScript's RangeError, again and again; Java still answers.

const { Worker, isMainThread } = require('node:worker_threads')

function dive (log, depth) {
  log.state()
  return dive(log, depth + 1) + 1
}

function main () {
  const { open, native } = require('../log')
  const log = open({ format: 'memory' })
  log.append('x')
  const run = () => {
    let ranges = 0
    for (let i = 0; i < 20; i++) {
      try {
        dive(log, 0)
      } catch (error) {
        if (error instanceof RangeError) ranges++
        else console.log(`not a RangeError: ${error.code} ${error.message}`)
      }
    }
    console.log(`${ranges} ${log.get(0)} ${native.isHot ? 'hot' : 'cold'}`)
  }
  run() // most likely by JNI still
  const wait = setInterval(() => {
    if (!native.isHot) return
    clearInterval(wait)
    run()
  }, 10)
}

if (isMainThread && process.argv[2] === 'worker') {
  const worker = new Worker(__filename)
  worker.on('error', (error) => { throw error })
} else {
  main()
}
