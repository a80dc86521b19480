'use strict'
// argv: file, early?. Appends messages, builds views of them, deletes every second one while more are appended, and says a number once it is
// deleted; with `early` as soon as `del` has returned, and then kills itself.

const fs = require('node:fs')
const millrace = require('../../../js-bindings')

const [, , file, early] = process.argv
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, content: { type: 'post' } } })

async function main () {
  const db = millrace(millrace.OffsetLog(file, { codec }))
  db.use('keys', millrace.views.keys())
  db.use('count', millrace.view({ version: 1, select: ['key'], initial: 0, reduce: (sum) => sum + 1 }))
  let next = await db.count.get() * 1000 // behind all numbers there were: half of each life's stay
  for (;;) {
    const seqs = []
    for (let i = 0; i < 20; i++) seqs.push(await db.append(message(next + i)))
    await db.keys.get(`%${next}`)
    for (let i = 0; i < 20; i += 2) {
      const number = next + i
      const acknowledge = () => fs.writeSync(1, `${number}\n`)
      const deleting = db.del(seqs[i])
      if (early) {
        acknowledge()
        process.kill(process.pid, 'SIGKILL')
      }
      deleting.then(acknowledge)
      if (i % 6 === 0) await deleting
    }
    next += 20
  }
}

main().catch((err) => { console.error(err); process.exitCode = 1 })
