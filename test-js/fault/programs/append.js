'use strict'
// argv: engine, file, level, bug. Appends numbered records for ever, sixteen appends under way; a line for each acknowledgement
// (at level memory: for each drain).

const fs = require('node:fs')
const { open, numbered, count } = require('../logs')

const [, , engine, file, level, bug] = process.argv
const UNDER_WAY = 16
const BATCH_MAX = 40

async function main () {
  const log = open(engine, file, bug === 'early' ? 'memory' : level)
  let next = await count(log)
  const appendOne = async (lane) => {
    for (let i = lane; ; i++) {
      const first = next
      const size = 1 + i * 7 % BATCH_MAX
      next += size
      const lie = bug === 'forget' ? Math.floor(first / 1000) * 1000 + 999 : -1
      const texts = Array.from({ length: size }, (_, i) => numbered(first + i === lie ? lie + 1 : first + i))
      await log.append(texts)
      if (level === 'memory') await log.drain()
      fs.writeSync(1, `${first + size - 1}\n`)
    }
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, (_, lane) => appendOne(lane)))
}

main().catch((err) => { console.error(err); process.exitCode = 1 })
