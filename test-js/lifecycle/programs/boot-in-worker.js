'use strict'
// The JVM is booted by a worker, which ends; another worker and the main thread go on with it.

const { once } = require('node:events')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')

function use () {
  const log = require('../log').open({ format: 'memory' })
  log.append('a', 'b')
  return log.get(1)
}

async function main () {
  for (let i = 0; i < 2; i++) {
    const worker = new Worker(__filename)
    const [[answer]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
    if (answer !== 'b') throw new Error(answer)
  }
  console.log(use())
}

if (isMainThread) main()
else parentPort.postMessage(use())
