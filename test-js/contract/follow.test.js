'use strict'
// A log that is opened read-only follows its writer, of this process or another: since, streams, gets.

const assert = require('node:assert')
const path = require('node:path')
const { contract, onOurs, workspace, text, call, until } = require('./harness')
const { BINDINGS } = require('../subjects')

const RECORDS = 300
const KINDS = {
  'offset log': { module: 'flumelog-offset', toRead: { flags: 'r' } },
  'block log': { module: 'async-append-only-log', toRead: { flags: 'r' } },
  'write-ahead log': { module: 'wal', toRead: { readOnly: true } }
}

/** Calls `each(value)` for every record that is there and that comes. */
function tail (log, each) {
  const source = log.stream({ live: true, gt: -1, seqs: false })
  if (source.pipe) return source.pipe({ paused: false, write: ({ value }) => each(value), end () {} })
  const next = () => source(null, (end, value) => {
    if (end) return
    each(value)
    next()
  })
  next()
}

contract('a reader beside a writer', (subject) => {
  if (!subject.ours) return
  for (const [kind, { module, toRead }] of Object.entries(KINDS)) {
    const Log = require(`${BINDINGS}/${module}`)

    onOurs(subject, `${kind}: the reader has what is written after it was opened`, async (t) => {
      const { dir, keep } = workspace(t, subject)
      const file = path.join(dir, 'log')
      const writer = keep(Log(file, { codec: text }))
      await call(writer.append, 'record 0')
      await call(writer.onDrain)
      const reader = keep(Log(file, { codec: text, ...toRead }))
      const seen = []
      const all = new Promise((resolve) => tail(reader, (value) => { if (seen.push(String(value)) === RECORDS) resolve() }))
      await until(reader.since, (since) => since >= 0)
      let last
      for (let i = 1; i < RECORDS; i++) last = await call(writer.append, `record ${i}`)
      await call(writer.onDrain)
      await all
      assert.deepStrictEqual(seen, Array.from({ length: RECORDS }, (_, i) => `record ${i}`))
      assert.strictEqual(reader.since.value, last)
      assert.strictEqual(String(await call(reader.get, last)), `record ${RECORDS - 1}`)
    })

    onOurs(subject, `${kind}: who opens it again for writing shares the writer, not the reader`, async (t) => {
      const { dir, keep } = workspace(t, subject)
      const file = path.join(dir, 'log')
      const writer = keep(Log(file, { codec: text }))
      const first = await call(writer.append, 'a')
      const reader = keep(Log(file, { codec: text, ...toRead }))
      const beside = keep(Log(file, { codec: text }))
      assert.ok(await call(beside.append, 'b') > first)
      await call(reader.close)
      assert.ok(await call(keep(Log(file, { codec: text })).append, 'c') > first)
    })
  }
})
