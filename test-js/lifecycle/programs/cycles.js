'use strict'
// argv: directory, cycles. Opens, uses and closes a log many times: no descriptor, no mapping, no handle is left behind.

const fs = require('node:fs')
const path = require('node:path')
const { open, all } = require('../log')

const [, , dir, cycles] = process.argv
const left = () => ({
  descriptors: fs.readdirSync('/proc/self/fd').filter((fd) => {
    try { return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir) } catch { return false }
  }).length,
  mappings: fs.readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => line.includes(dir)).length
})

for (let i = 0; i < Number(cycles); i++) {
  const log = open({ format: 'offset', path: path.join(dir, 'log.offset'), durable: ['memory', 'os', 'sync'][i % 3] })
  const text = `cycle ${i}`
  const seq = log.append(text, text)
  if (i % 3 === 0) log.drain()
  const reader = log.cursor()
  if (i % 2) reader.close() // else the reader outlives its log
  if (i % 3 === 1 && log.get(seq) !== text) throw new Error(`cycle ${i}`)
  log.close()
}
const last = open({ format: 'offset', path: path.join(dir, 'log.offset') })
const count = all(last).length
last.close()
console.log(JSON.stringify({ count, ...left() }))
