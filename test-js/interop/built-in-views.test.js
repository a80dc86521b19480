'use strict'
// The built-in views in Java, read from JavaScript, against a slow oracle over JSON.parse on real messages.

const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const pull = require('pull-stream')
const { tempDir } = require('../temp')
const Flume = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, items) => err ? reject(err) : resolve(items))))

async function open (t, ...views) {
  const file = path.join(tempDir(t), 'log.offset')
  fs.writeFileSync(file, zlib.gunzipSync(fs.readFileSync(path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz'))))
  const db = Flume(OffsetLog(file, { codec }))
  t.after(() => db.closed ? null : db.close())
  for (const view of views) db.use(view, Flume.views[view]())
  const messages = []
  for await (const item of db.records()) messages.push(item)
  return { db, messages, file }
}

const keysOf = (items) => items.map(({ value }) => value.key).sort()
const content = ({ value }) => value.value.content

test('feeds.read gives an author\'s messages in the order of their numbers; clock the last of each', async (t) => {
  const { db, messages } = await open(t, 'feeds')
  const clock = {}
  for (const { value } of messages) clock[value.value.author] = Math.max(clock[value.value.author] || 0, value.value.sequence)
  assert.deepStrictEqual(await db.feeds.clock(), clock)
  for (const id of Object.keys(clock).slice(0, 50)) {
    const feed = await collect(db.feeds.read({ id }))
    const expected = messages.filter(({ value }) => value.value.author === id).sort((a, b) => a.value.value.sequence - b.value.value.sequence)
    assert.deepStrictEqual(feed, expected.map(({ seq, value }) => ({ value, seq })))
  }
})

test('last and clock answer as ssb-db\'s do', async (t) => {
  const { db, messages } = await open(t, 'last', 'clock')
  const last = {}
  for (const { value: { key, value } } of messages) {
    if (!last[value.author] || last[value.author].sequence < value.sequence) last[value.author] = { id: key, sequence: value.sequence, ts: value.timestamp }
  }
  assert.deepStrictEqual(await db.last.get(), last)
  const [[author, newest]] = Object.entries(last)
  assert.deepStrictEqual(await db.last.get({ id: author }), newest)
  assert.strictEqual(await db.last.get({ id: '@nobody' }), null)
  for (const { value } of messages.slice(0, 300)) {
    assert.strictEqual((await db.clock.get([value.value.author, value.value.sequence])).key, value.key)
  }
  await assert.rejects(db.clock.get([author, newest.sequence + 1]), { name: 'NotFoundError' })
  const { seq, value } = messages.find(({ value }) => value.key === newest.id)
  await db.del(seq)
  assert.strictEqual((await db.last.get({ id: author })).sequence, value.value.sequence - 1)
})

test('backlinks.read and count by relation', async (t) => {
  const { db, messages } = await open(t, 'backlinks')
  const votes = new Map()
  for (const item of messages) {
    const { vote } = content(item)
    if (vote && typeof vote.link === 'string') votes.set(vote.link, [...(votes.get(vote.link) || []), item])
  }
  assert.ok(votes.size > 100)
  for (const [id, items] of [...votes].slice(0, 100)) {
    const read = await collect(db.backlinks.read({ id, relation: 'vote' }))
    assert.deepStrictEqual(keysOf(read), keysOf(items))
    assert.strictEqual(await db.backlinks.count({ id, relation: 'vote' }), items.length)
  }
})

test('type.read, with limit and reverse', async (t) => {
  const { db, messages } = await open(t, 'type')
  const posts = messages.filter((item) => content(item).type === 'post')
  assert.deepStrictEqual(keysOf(await collect(db.type.read({ type: 'post' }))), keysOf(posts))
  const all = await collect(db.type.read({ type: 'post', seqs: false, values: true, reverse: true }))
  assert.deepStrictEqual(await collect(db.type.read({ type: 'post', seqs: false, reverse: true, limit: 5 })), all.slice(0, 5))
})

test('a live read of a view shows what is appended, and ends when it is aborted', async (t) => {
  const { db } = await open(t, 'type')
  const alive = setInterval(() => {}, 1000) // a live read alone does not keep a process
  t.after(() => clearInterval(alive))
  const seen = []
  const done = new Promise((resolve) => pull(
    db.type.read({ type: 'news', live: true }),
    pull.take(2),
    pull.drain(({ value }) => { seen.push(value.key) }, resolve)
  ))
  const news = (key, time) => ({ key, value: { author: '@a', timestamp: time, content: { type: 'news' } }, timestamp: time })
  await db.append(news('%1', 1))
  await db.append(news('%2', 2))
  await done
  assert.deepStrictEqual(seen, ['%1', '%2'])
})

test('a deleted record vanishes from every view', async (t) => {
  const { db, messages } = await open(t, 'keys', 'type', 'feeds')
  const gone = messages.find((item) => content(item).type === 'post')
  const before = await db.type.count({ type: 'post' })
  await db.del(gone.seq)
  assert.strictEqual(await db.type.count({ type: 'post' }), before - 1)
  await assert.rejects(db.keys.get(gone.value.key), { name: 'NotFoundError' })
  const feed = await collect(db.feeds.read({ id: gone.value.value.author }))
  assert.ok(feed.every(({ seq }) => seq !== gone.seq))
})

test('views stand where they were when the log is opened again', async (t) => {
  const { db, messages, file } = await open(t, 'keys', 'backlinks')
  const { key } = messages[messages.length - 1].value
  await db.keys.get(key)
  await db.close()
  const again = Flume(OffsetLog(file, { codec })).use('keys', Flume.views.keys())
  t.after(() => again.close())
  assert.ok(fs.readdirSync(path.join(path.dirname(file), 'millrace/log.offset/views/keys')).some((name) => name.startsWith('manifest')))
  assert.strictEqual((await again.keys.get(key)).key, key)
})
