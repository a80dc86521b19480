'use strict'
// argv: directory, seed, rounds. Workers open logs, append, stream and are woken, and are terminated at any moment: counted from their
// start in one round, so in the middle of booting too, and from their first record in the next, however slow the machine is. The main
// thread works on meanwhile. Every append that a worker reported before it was gone is in its file.

const path = require('node:path')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
const { open, all, native } = require('../log')
const { random } = require('../../random')

const TERMINATE_MS_MAX = 500

function work () {
  const log = open({ format: 'offset', path: workerData.path, durable: workerData.durable })
  native.onWake(log.handle, () => log.state())
  const step = (i) => {
    log.append(`record ${i}`)
    parentPort.postMessage(i)
    if (i % 10 === 0) log.drain()
    if (i % 25 === 0) all(log)
    setImmediate(step, i + 1)
  }
  step(0)
}

async function main ([dir, seed, rounds]) {
  const { next } = random(Number(seed))
  const own = open({ format: 'memory' })
  let records = 0
  for (let round = 0; round < Number(rounds); round++) {
    const files = Array.from({ length: 3 }, (_, i) => path.join(dir, `log-${round}-${i}.offset`))
    await Promise.all(files.map((file, i) => new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: { path: file, durable: ['memory', 'os', 'sync'][i] } })
      let seen = -1
      const end = () => setTimeout(() => worker.terminate().then(() => resolve(check(file, seen))).catch(reject), next() * TERMINATE_MS_MAX)
      worker.on('message', (n) => { seen = n })
      worker.on('error', reject)
      if (round % 2 === 0) end()
      else worker.once('message', end)
    }))).then((counts) => counts.forEach((count) => { records += count }))
    own.append(`round ${round}`)
  }
  console.log(JSON.stringify({ records, rounds: all(own).length }))
}

function check (file, seen) {
  if (seen < 0) return 0
  const log = open({ format: 'offset', path: file })
  const texts = all(log)
  log.close()
  if (texts.length <= seen) throw new Error(`${file}: record ${seen} was reported, the file has ${texts.length}`)
  texts.forEach((text, i) => { if (text !== `record ${i}`) throw new Error(`${file}: record ${i} is ${text}`) })
  return texts.length
}

if (isMainThread) main(process.argv.slice(2))
else work()
