'use strict'
// argv: file. Streams a log whose pages were dropped from the page cache: where the disk would be waited for, the call answers "pending"
// and a wake tells when to come back. How often depends on the kernel's read-ahead; HostCursorTest forces it.

const { execFileSync } = require('node:child_process')
const { open, native } = require('../log')

const path = process.argv[2]
const filler = 'x'.repeat(200)
const limit = setTimeout(() => console.log('no wake'), 600000) // wakes do not keep the process alive

const writer = open({ format: 'offset', path })
for (let i = 0; i < 200; i++) writer.append(...Array.from({ length: 100 }, (_, k) => `${i * 100 + k} ${filler}`))
writer.close() // drains, and unmaps: a mapped page stays in the cache
execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])

const reader = open({ format: 'offset', path }).cursor()
let count = 0
let pending = 0
function turn () {
  for (;;) {
    const texts = reader.next()
    if (texts === null) return pending++
    if (texts.length === 0) break
    for (const text of texts) {
      if (Number.parseInt(text) !== count++) throw new Error(`record ${count - 1} is ${text.slice(0, 20)}`)
    }
  }
  clearTimeout(limit)
  console.log(JSON.stringify({ count, pending }))
}
native.onWake(reader.handle, turn)
turn()
