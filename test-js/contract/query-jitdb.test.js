'use strict'
// db.query with jitdb's operators against jitdb 7 over async-append-only-log 4, the real ones: random operator trees over the
// committed messages (or MILLRACE_SSB_LOG), the same rows in the same order. Ours reads them as JSON and as bipf.

const { test, before, after, describe } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const bipf = require('bipf')
const pull = require('pull-stream')
const { BINDINGS } = require('../subjects')
const { seedFromEnvironment } = require('../random')
const { openOurs, VIEWS } = require('./query-logs')
const { randomQueries } = require('./query-random')

const Flume = require(BINDINGS)
const ours = Flume.operators
const QUERIES = Number(process.env.MILLRACE_QUERIES) || 200
const peers = require('jitdb/operators')

/** The same tree in jitdb's own objects. */
function ofPeer (operator) {
  const [name, value] = Object.entries(operator)[0]
  const equal = (path, target) => peers.slowEqual(path, target)
  const typed = (type, path) => peers.and(equal('value.content.type', type), equal(path, value))
  return {
    and: () => peers.and(...value.map(ofPeer)),
    or: () => peers.or(...value.map(ofPeer)),
    not: () => peers.not(ofPeer(value)),
    type: () => equal('value.content.type', value),
    author: () => equal('value.author', value),
    channel: () => equal('value.content.channel', value),
    hasRoot: () => equal('value.content.root', value),
    votesFor: () => typed('vote', 'value.content.vote.link'),
    contact: () => typed('contact', 'value.content.contact'),
    about: () => typed('about', 'value.content.about'),
    mentions: () => peers.slowIncludes('value.content.mentions', value, { pluck: 'link' }),
    isRoot: () => equal('value.content.root', undefined),
    isPublic: () => equal('meta', undefined),
    isEncrypted: () => peers.slowPredicate('value.content', (content) => typeof content === 'string', { name: 'encrypted' }),
    equal: () => equal(value[0].join('.'), value[1]),
    absent: () => peers.slowAbsent(value.join('.')),
    gt: () => peers.gt(value[1], value[0]),
    gte: () => peers.gte(value[1], value[0]),
    lt: () => peers.lt(value[1], value[0]),
    lte: () => peers.lte(value[1], value[0])
  }[name]()
}

const time = ({ timestamp, value }) => Math.min(timestamp, value.timestamp)

describe('jitdb', { timeout: 900000 }, () => {
  const opened = []
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-jitdb-'))
  const t = { after: (close) => opened.push(close) }
  let db, messages, peer, ofBipf

  before(async () => {
    db = openOurs(t, path.join(dir, 'ours'), VIEWS)
    messages = await new Promise((resolve, reject) => pull(db.stream({ seqs: false }), pull.collect((err, all) => err ? reject(err) : resolve(all))))
    peer = await openPeer()
    const log = Flume.OffsetLog(path.join(dir, 'bipf.offset'), { codec: { encode: bipf.allocAndEncode, decode: (bytes) => bipf.decode(bytes, 0), buffer: true } })
    ofBipf = Flume(log)
    opened.push(() => ofBipf.close())
    for (const view of VIEWS) ofBipf.use(view, Flume.views[view]({ encoding: 'bipf' }))
    await new Promise((resolve, reject) => ofBipf.append(messages, (err) => err ? reject(err) : resolve()))
  })

  after(async () => {
    for (const close of opened) await close()
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  })

  async function openPeer () {
    const log = require('async-append-only-log')(path.join(dir, 'peer.bipf'), { blockSize: 64 * 1024 })
    for (const message of messages) await new Promise((resolve, reject) => log.append(bipf.allocAndEncode(message), (err) => err ? reject(err) : resolve()))
    await new Promise((resolve) => log.onDrain(resolve))
    const jitdb = require('jitdb')(log, path.join(dir, 'indexes'))
    opened.push(() => new Promise((resolve) => log.close(resolve)))
    await new Promise((resolve) => jitdb.onReady(resolve))
    return jitdb
  }

  /** All rows, cut here: jitdb's own pages leave rows out now and then (kSmallest of fastpriorityqueue; docs/DIFFERENCES.md). */
  async function peerRows (operator, { descending, sortBy, startFrom, limit }) {
    const ask = (...steps) => peers.query(peers.fromDB(peer), peers.where(ofPeer(operator)), ...steps, peers.toPromise())
    const all = await ask(descending && peers.descending(), sortBy && peers.sortByArrival())
    const results = all.slice(startFrom, limit ? startFrom + limit : undefined)
    return { results, total: await ask(peers.count()), nextSeq: startFrom + (results.length || limit) }
  }

  /** jitdb's heap gives rows of one time in any order: those are compared as sets. */
  function settled (rows, byArrival) {
    return byArrival ? rows.map(({ key }) => key) : rows.map((row) => `${time(row)} ${row.key}`).sort()
  }

  test('random trees of operators: the rows of jitdb, in its order; its totals and counts', async (t) => {
    const seed = seedFromEnvironment()
    t.diagnostic(`MILLRACE_SEED=${seed}`)
    const { jitdb } = randomQueries(messages, seed)
    let withRows = 0
    for (let i = 0; i < QUERIES; i++) {
      const { operator, opts } = jitdb()
      const asked = JSON.stringify({ operator, opts, seed, i })
      const expected = await peerRows(operator, opts)
      const page = opts.limit ? await db.query.paginate(operator, opts) : { results: await db.query(operator, opts) }
      if (expected.results.length > 0) withRows++
      const explained = `${asked} ${JSON.stringify(db.query.explain(operator, opts))}`
      assert.deepStrictEqual(page.results.map(time), expected.results.map(time), explained)
      const isCut = opts.limit || opts.startFrom
      if (!isCut || opts.sortBy) assert.deepStrictEqual(settled(page.results, opts.sortBy), settled(expected.results, opts.sortBy), explained)
      if (opts.limit) assert.deepStrictEqual([page.total, page.nextSeq], [expected.total, expected.nextSeq], asked)
      const again = await ofBipf.query(operator, opts)
      assert.deepStrictEqual(again, page.results, `as bipf ${explained}`)
    }
    t.diagnostic(`${QUERIES} queries, ${withRows} with rows`)
    assert.ok(withRows > QUERIES / 3)
  })

  test('query(fromDB, where, ..., toCallback | toPromise | toPullStream | toAsyncIter) as in jitdb', async () => {
    const { query, fromDB, where, and, type, author, descending, paginate, count, startFrom, asOffsets, toPromise, toPullStream, toAsyncIter, toCallback } = ours
    const { value } = messages.find((message) => message.value.content.type === 'post')
    const mine = messages.filter((message) => message.value.content.type === 'post' && message.value.author === value.author).sort((a, b) => time(a) - time(b))
    const base = [fromDB(db), where(type('post')), where(author(value.author))]
    assert.deepStrictEqual(await query(...base, toPromise()), mine)
    assert.deepStrictEqual(await new Promise((resolve, reject) => query(...base, descending(), toCallback((err, rows) => err ? reject(err) : resolve(rows)))), [...mine].reverse())
    assert.strictEqual(await query(...base, count(), toPromise()), mine.length)
    const posts = await query(fromDB(db), where(and(type('post'))), toPromise())
    const pages = await new Promise((resolve, reject) => pull(query(fromDB(db), where(type('post')), paginate(100), toPullStream()), pull.collect((err, all) => err ? reject(err) : resolve(all))))
    assert.deepStrictEqual(pages.flat(), posts)
    assert.ok(pages.slice(0, -1).every((page) => page.length === 100))
    const second = await query(fromDB(db), where(type('post')), startFrom(100), paginate(100), toPromise())
    assert.deepStrictEqual(second, { results: pages[1], total: posts.length, nextSeq: 200 })
    const iterated = []
    for await (const row of query(fromDB(db), where(type('post')), toAsyncIter())) iterated.push(row)
    assert.deepStrictEqual(iterated, posts)
    const seqs = await query(fromDB(db), where(type('post')), asOffsets(), toPromise())
    assert.deepStrictEqual(await db.get(seqs[3]), posts[3])
  })
})
