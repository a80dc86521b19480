'use strict'
// A query that would keep more than the Java heap has, whatever its caller allows, is told so; the process goes on.

const Flume = require('../../../js-bindings')

Flume.start({ maxHeapMb: 16 })
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const db = Flume(Flume.memory({ codec }))
const sorted = [{ $filter: {} }, { $sort: [['text']] }]

async function main () {
  const records = Array.from({ length: 40000 }, (_, i) => ({ n: i, text: 'x'.repeat(400) + i }))
  await db.append(records)
  const failure = await db.query(sorted, { bytesMax: 2 ** 40, timeoutMs: 0 }).then(() => null, (error) => error)
  const few = await db.query([{ $filter: { n: { $lt: 3 } } }, { $sort: [['text']] }])
  console.log(failure.code, /heap, 5 MB/.test(failure.message), few.length)
  await db.close()
}
main()
