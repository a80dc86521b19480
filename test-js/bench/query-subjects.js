'use strict'
// Who answers the workload of queries.js, each over its own copy of the same messages: ours, flumeview-query with ssb-query's indexes
// on flumedb and flumelog-offset, and jitdb on async-append-only-log with ssb-db2's ways to index. `ask(name)` gives the rows, a
// number, or null when the subject has no such question.

const fs = require('node:fs')
const path = require('node:path')
const bipf = require('bipf')
const pull = require('pull-stream')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))
const loaded = (obv) => new Promise((resolve) => obv.once(resolve))
const INDEXES = [['timestamp'], [['value', 'author'], ['value', 'sequence']], [['value', 'content', 'type'], ['timestamp']],
  [['value', 'content', 'type'], ['value', 'timestamp']], [['value', 'content', 'channel'], ['timestamp']],
  [['value', 'author'], ['value', 'content', 'type'], ['timestamp']], [['value', 'author'], ['value', 'content', 'type'], ['value', 'timestamp']],
  [['value', 'content', 'root'], ['value', 'timestamp']], [['rts']]].map((value, i) => ({ key: 'i' + i, value }))

/** The questions as map-filter-reduce asks them; `of` names what they ask for. */
function flumeQueries (of) {
  const content = (wanted) => [{ $filter: { value: { content: wanted } } }]
  return {
    thread: { query: content({ root: of.root }) },
    'vote count': { query: [...content({ type: 'vote', vote: { link: of.voted } }), { $reduce: { $count: true } }] },
    feed: { query: [{ $filter: { value: { author: of.author } } }] },
    'vector clock': { query: [{ $reduce: { author: ['value', 'author'], last: { $max: ['value', 'sequence'] } } }] },
    type: { query: content({ type: 'about' }) },
    'last 50 posts': { query: content({ type: 'post' }), limit: 50, reverse: true },
    'posts by author': { query: [{ $filter: { value: { author: of.author, content: { type: 'post' } } } }] },
    'about name': { query: content({ type: 'about', about: of.named, name: { $truthy: true } }) },
    timeline: { query: [{ $filter: { timestamp: { $gt: of.time } } }], limit: 100, reverse: true },
    channel: { query: content({ channel: of.channel }) },
    'unindexed filter': { query: content({ text: { $prefix: of.prefix } }) }
  }
}

async function millrace (dir, of) {
  const Flume = require('../../js-bindings')
  const db = Flume(Flume.OffsetLog(path.join(dir, 'log.offset'), { codec }))
  for (const view of ['keys', 'feeds', 'backlinks', 'time', 'type', 'about']) db.use(view, Flume.views[view]())
  await loaded(db.since)
  const { or, hasRoot, hasBranch, votesFor, mentions } = Flume.operators
  const queries = flumeQueries(of)
  const own = {
    backlinks: () => db.query(or(hasRoot(of.root), hasBranch(of.root), votesFor(of.root), mentions(of.root))),
    'vote count': () => db.query.count(queries['vote count'].query.slice(0, 1)),
    'vector clock': () => db.feeds.clock(),
    mentions: () => db.query(mentions(of.mentioned))
  }
  const ask = async (name) => own[name] ? own[name]() : db.query(queries[name].query, queries[name])
  return { ask, ready: () => db.query.count([{ $filter: { key: '%' } }]), close: () => db.close() }
}

async function flume (dir, of) {
  const db = require('flumedb')(require('flumelog-offset')(path.join(dir, 'log.offset'), { codec }), true)
  const addRts = (msg) => Object.assign(msg, { rts: Math.min(msg.timestamp, msg.value.timestamp) || msg.timestamp })
  db.use('query', require('flumeview-query')(10, { indexes: INDEXES, map: addRts }))
  await loaded(db.since)
  const queries = flumeQueries(of)
  const ask = async (name) => {
    if (!queries[name]) return null
    const rows = await collect(db.query.read(queries[name]))
    return name === 'vote count' ? rows[0] : name === 'vector clock' ? Object.fromEntries(rows.map(({ author, last }) => [author, last])) : rows
  }
  const ready = () => collect(db.query.read({ query: [{ $filter: { value: { author: 'none' } } }] }))
  return { ask, ready, close: () => new Promise((resolve) => db.close(resolve)) }
}

async function jitdb (dir, of) {
  const log = require('async-append-only-log')(path.join(dir, 'log.bipf'), { blockSize: 64 * 1024 })
  const db = require('jitdb')(log, path.join(dir, 'indexes'))
  const o = require('jitdb/operators')
  await new Promise((resolve) => db.onReady(resolve))
  await new Promise((resolve) => log.onDrain(resolve))
  const seek = (...keys) => {
    const encoded = keys.map((key) => bipf.allocAndEncode(key))
    return (buffer, start, pValue) => encoded.reduce((at, key) => at < 0 ? -1 : bipf.seekKey2(buffer, at, key, 0), pValue)
  }
  const link = bipf.allocAndEncode('link')
  const map = (keys, value) => o.equal(seek(...keys), value, { prefix: 32, prefixOffset: 1, useMap: true, indexType: 'value_' + keys.join('_') })
  const type = (value) => o.equal(seek('content', 'type'), value, { indexType: 'value_content_type' })
  const author = (value) => o.equal(seek('author'), value, { prefix: 32, prefixOffset: 22, indexType: 'value_author', version: 2 })
  const mentions = (value) => o.includes(seek('content', 'mentions'), value, { pluck: (buffer, at) => bipf.seekKey2(buffer, at, link, 0), indexType: 'value_content_mentions_link' })
  const votesFor = (id) => o.and(type('vote'), map(['content', 'vote', 'link'], id))
  const hasRoot = (id) => map(['content', 'root'], id)
  const startsWith = (text) => typeof text === 'string' && text.startsWith(of.prefix)
  const all = (...steps) => o.query(o.fromDB(db), ...steps, o.toPromise())
  const questions = {
    thread: () => all(o.where(hasRoot(of.root))),
    backlinks: () => all(o.where(o.or(hasRoot(of.root), map(['content', 'branch'], of.root), votesFor(of.root), mentions(of.root)))),
    'vote count': () => all(o.where(votesFor(of.voted)), o.count()),
    feed: () => all(o.where(author(of.author))),
    type: () => all(o.where(type('about'))),
    'last 50 posts': () => all(o.where(type('post')), o.descending(), o.paginate(50)).then(({ results }) => results),
    mentions: () => all(o.where(mentions(of.mentioned))),
    'posts by author': () => all(o.where(o.and(type('post'), author(of.author)))),
    'about name': () => all(o.where(o.and(type('about'), map(['content', 'about'], of.named)))).then((rows) => rows.filter(({ value }) => value.content.name)),
    timeline: () => all(o.where(o.gt(of.time, 'timestamp')), o.descending(), o.paginate(100)).then(({ results }) => results),
    channel: () => all(o.where(o.equal(seek('content', 'channel'), of.channel, { indexType: 'value_content_channel' }))),
    'unindexed filter': () => all(o.where(o.predicate(seek('content', 'text'), startsWith, { indexType: 'value_content_text', name: 'startsWith' })))
  }
  return { ask: async (name) => questions[name] ? questions[name]() : null, ready: async () => {}, close: () => new Promise((resolve) => log.close(resolve)) }
}

function readMessages (bytes) {
  const messages = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (bytes[at + 4] !== 0) messages.push(JSON.parse(bytes.toString('utf8', at + 4, at + 4 + length)))
    at += length + 12
  }
  return messages
}

/** What the questions ask for: of each kind the one with the most rows. */
function pick (messages) {
  const counts = {}
  const add = (kind, id) => {
    if (typeof id !== 'string') return
    counts[kind] = counts[kind] || new Map()
    counts[kind].set(id, (counts[kind].get(id) || 0) + 1)
  }
  for (const { value: { author, content } } of messages) {
    add('author', author)
    add('root', content.root)
    add('channel', content.channel)
    if (content.type === 'vote' && content.vote) add('voted', content.vote.link)
    if (content.type === 'about' && content.name) add('named', content.about)
    if (Array.isArray(content.mentions)) for (const link of new Set(content.mentions.map((mention) => mention && mention.link))) add('mentioned', link)
    if (typeof content.text === 'string') add('prefix', content.text.slice(0, 4))
  }
  const most = (kind) => [...(counts[kind] || [['none', 0]])].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0][0]
  const times = messages.map(({ timestamp }) => timestamp).sort((a, b) => a - b)
  return { ...Object.fromEntries(['author', 'root', 'channel', 'voted', 'named', 'mentioned', 'prefix'].map((kind) => [kind, most(kind)])), time: times[Math.floor(times.length / 2)] }
}

/** A copy of the messages for each subject. */
function prepare (dir, bytes, messages) {
  for (const name of ['millrace', 'flume', 'jitdb']) fs.mkdirSync(path.join(dir, name), { recursive: true })
  for (const name of ['millrace', 'flume']) fs.writeFileSync(path.join(dir, name, 'log.offset'), bytes)
  const log = require('async-append-only-log')(path.join(dir, 'jitdb/log.bipf'), { blockSize: 64 * 1024 })
  return new Promise((resolve, reject) => {
    const failed = (err) => { if (err) reject(err) }
    for (const message of messages) log.append(bipf.allocAndEncode(message), failed)
    log.onDrain(() => log.close(resolve))
  })
}

module.exports = { subjects: { millrace, flume, jitdb }, prepare, pick, readMessages }
