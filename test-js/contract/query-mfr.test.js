'use strict'
// db.query against flumeview-query 8 over map-filter-reduce 3 and flumedb 2, the real ones, with ssb-query's indexes: random queries
// over the committed messages (or MILLRACE_SSB_LOG), the same rows in the same order. MILLRACE_SEED runs one again.

const { test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const pull = require('pull-stream')
const { tempDir } = require('../temp')
const { seedFromEnvironment } = require('../random')
const { fixture, codec, openOurs, VIEWS } = require('./query-logs')
const { randomQueries } = require('./query-random')

const QUERIES = Number(process.env.MILLRACE_QUERIES) || 300
if (process.env.MILLRACE_SSB_LOG) process.env.MILLRACE_JVM_OPTIONS ??= '-Xmx2g'
const LIMITS = { bytesMax: 2 ** 30, timeoutMs: 600000 } // the peer has none, and some queries sort all messages
const INDEXES = [
  { key: 'log', value: ['timestamp'] },
  { key: 'clk', value: [['value', 'author'], ['value', 'sequence']] },
  { key: 'typ', value: [['value', 'content', 'type'], ['timestamp']] },
  { key: 'tya', value: [['value', 'content', 'type'], ['value', 'timestamp']] },
  { key: 'cha', value: [['value', 'content', 'channel'], ['timestamp']] },
  { key: 'aty', value: [['value', 'author'], ['value', 'content', 'type'], ['timestamp']] },
  { key: 'ata', value: [['value', 'author'], ['value', 'content', 'type'], ['value', 'timestamp']] },
  { key: 'art', value: [['value', 'content', 'root'], ['value', 'timestamp']] },
  { key: 'lor', value: [['rts']] }
]

/** As ssb-query, but exact: false, with which two records of one index key are both kept. */
function openPeer (t, dir) {
  const file = path.join(dir, 'peer.offset')
  fs.writeFileSync(file, fixture())
  const addRts = (msg) => {
    msg.rts = Math.min(msg.timestamp, msg.value.timestamp) || msg.timestamp
    return msg
  }
  const db = require('flumedb')(require('flumelog-offset')(file, { codec }), true)
  db.use('query', require('flumeview-query')(10, { indexes: INDEXES, map: addRts, exact: false }))
  t.after(() => new Promise((resolve) => db.close(resolve)))
  return db
}

const rowsOf = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))

/** As JSON has it, and without the `rts` that ssb-query adds to what it reads by an index. */
const plain = (rows) => JSON.parse(JSON.stringify(rows, (key, value) => key === 'rts' ? undefined : value))

test('random map-filter-reduce queries: the rows of flumeview-query, in its order', { timeout: 600000 }, async (t) => {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const dir = tempDir(t)
  const { log } = console
  console.log = () => {} // map-filter-reduce prints what it sorts
  t.after(() => { console.log = log })
  const peer = openPeer(t, dir)
  const ours = openOurs(t, dir, VIEWS)
  const bare = openOurs(t, path.join(dir, 'bare'), [])
  const messages = await rowsOf(ours.stream({ seqs: false }))
  const { mapFilterReduce } = randomQueries(messages, seed)
  let withRows = 0
  for (let i = 0; i < QUERIES; i++) {
    const { query, opts } = mapFilterReduce()
    const asked = JSON.stringify({ query, opts, seed, i })
    const limited = { ...opts, ...LIMITS }
    const expected = plain(await rowsOf(peer.query.read({ query, ...opts })).catch((err) => assert.fail(`the peer failed: ${err.stack} ${asked}`)))
    if (expected.length > 0) withRows++
    assert.deepStrictEqual(plain(await ours.query(query, limited)), expected, `${asked} ${JSON.stringify(ours.query.explain(query, opts))}`)
    if (i % 5 === 0) assert.deepStrictEqual(plain(await bare.query(query, limited)), expected, `without views ${asked}`)
  }
  t.diagnostic(`${QUERIES} queries, ${withRows} with rows`)
  assert.ok(withRows > QUERIES / 4)
})
