// Compiled, not run: what users of the types write.
import Flume = require('../../js-bindings/index')
import OffsetLog = require('../../js-bindings/flumelog-offset')

interface Message { key: string }
const codec: Flume.Codec<Message> = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

async function main (): Promise<void> {
  const log = OffsetLog('log.offset', { codec, durable: 'sync' })
  const db = Flume(log).use('keys', Flume.views.keys({ encoding: 'json' }))
  const seq: number = await db.append({ key: '%a' })
  db.get(seq, (err, message) => { if (!err && message) console.log(message.key) })
  for await (const { value } of db.records({ reverse: true, limit: 5 })) console.log(value.key)
  for await (const batch of db.batches()) console.log(batch.bytes.subarray(batch.start(0), batch.start(0) + batch.length(0)))
  const old = OffsetLog<Message>('old.offset', 1024, codec)
  await old.close()
  db.use('types', Flume.view({ version: 1, select: ['type'], initial: {} as Record<string, number>, reduce: (counts, { type }) => ({ ...counts, [type]: 1 }) }))
  db.use('posts', Flume.view({ version: 1, where: { type: ['post'], root: { exists: false } }, select: { by: 'author' }, map: ({ by, seq }) => [[by, seq]] }))
  await db.close()

  const wal = Flume.wal('wal', { durable: 'os', segmentBytes: 1 << 20 })
  const first: number = await wal.trim(seq)
  await wal.close()
  const { whole, damages } = await Flume.verify('log.offset')
  if (!whole) console.log(first, damages[0].offset, (await Flume.repair('log.offset')).quarantine)
  await Flume.convert('log.offset', { target: 'wal', to: 'wal' })
}

main().catch((err: Flume.MillraceError) => console.error(err.code))

async function queries () {
  const db = Flume(Flume.OffsetLog('/tmp/query.log'))
  const { and, type, author } = Flume.operators
  const rows: Array<{ key: string }> = await db.query<{ key: string }>([{ $filter: { value: { content: { type: 'post' } } } }], { limit: 10, reverse: true })
  for await (const row of db.query(and(type('post'), author('@a')), { descending: true })) console.log(rows.length, row)
  const total: number = await db.query.count(type('vote'))
  const { results, nextSeq } = await db.query.paginate(type('vote'), { limit: 10, startFrom: total })
  const plan = db.query.explain(type('vote'))
  console.log(results, nextSeq, plan.index, plan.filter)
}
queries()
