'use strict'
// Arguments: <folder with Neighbour.class>. What Java says of the views that are registered here, then whether it says the same as they.

const BINDINGS = '../../../js-bindings'
const os = require('node:os')
const fs = require('node:fs')
const path = require('node:path')
const millrace = require(BINDINGS)
const OffsetLog = require(BINDINGS + '/flumelog-offset')
const { encodeKey } = require(BINDINGS + '/lib/keys')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

async function main () {
  millrace.start({ classpath: [process.argv[2]] })
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-neighbour-'))
  try {
    const db = millrace(OffsetLog(path.join(dir, 'log.offset'), { codec }))
    db.use('keys', millrace.views.keys())
    db.use('types', millrace.view({ version: 1, select: ['type'], initial: {}, reduce: (counts, { type }) => ({ ...counts, [type]: (counts[type] || 0) + 1 }) }))
    db.use('numbers', millrace.view({ version: 1, select: ['sequence'], map: (row) => [row.sequence] }))
    db.use('neighbour', 'Neighbour')
    for (let i = 0; i < 10; i++) await db.append({ key: `%${i}`, value: { author: '@a', sequence: i, content: { type: i % 3 ? 'post' : 'vote' } } })
    const types = await db.types.get()
    const [{ seq }] = await all(db.numbers.read({ gte: 7, limit: 1 }))
    console.log(Object.keys(await db.neighbour.list()).join())
    await new Promise((resolve) => setTimeout(resolve, 50)) // a reduce is kept when it has caught up
    console.log(JSON.stringify(await db.neighbour.value({ of: 'types' })) === JSON.stringify(types))
    console.log(JSON.stringify(await db.neighbour.rows({ of: 'numbers' })) === JSON.stringify(await all(db.numbers.read({ keys: false, values: false }))))
    console.log(await db.neighbour.find({ of: 'numbers', key: encodeKey(7).toString('hex') }) === seq)
    console.log(await db.neighbour.find({ of: 'keys', key: Buffer.from('%7').toString('hex') }) === seq)
    await db.close()
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function all (read) {
  return new Promise((resolve, reject) => {
    const items = []
    const next = () => read(null, (end, item) => {
      if (end === true) return resolve(items)
      if (end) return reject(end)
      items.push(item)
      next()
    })
    next()
  })
}

main()
