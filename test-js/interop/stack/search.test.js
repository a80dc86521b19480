'use strict'
// Our view of words against flumeview-search over the same log: random texts and queries find the same messages; and what of ssb-search's
// behaviour is a defect and not kept (docs/DIFFERENCES.md).

const { test, before } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const { tempDir } = require('../../temp')
const { random, seedFromEnvironment } = require('../../random')
const { install } = require('./install')
const Flume = require('../../../js-bindings')
const plugin = require('../../../js-bindings/ssb/search')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const LETTERS = [...'abABa1_']
const BETWEEN = [...' \n"\\/.,-:%@\0\u007f\u0085\u00a0é\u017f\u212aİß漢\u0301\ud800\udc00\ufffd', '𝄞', '.ed25519)']
const MESSAGES = 300
const QUERIES = 300
const collect = (source) => promisify((cb) => pull(source, pull.collect(cb)))()
const id = (sequence) => `%${String(sequence).padStart(42, '0')}A=.sha256`
const keysOf = (messages) => messages.map(({ key }) => key).sort()

before(install, { timeout: 600000 })

function open (t) {
  const db = Flume(Flume.OffsetLog(path.join(tempDir(t), 'log.offset'), { codec }))
    .use('stock', require('flumeview-search')(1, 3, ({ value }) => value.content.text)) // as ssb-search has it
    .use('ours', Flume.views.search())
  const plugged = plugin.init({ _flumeUse: () => db.ours })
  const alive = setInterval(() => {}, 1000)
  t.after(() => {
    clearInterval(alive)
    return db.close()
  })
  let sequence = 0
  const say = (content) => {
    sequence++
    return promisify(db.append)({ key: id(sequence), value: { author: '@a', sequence, timestamp: sequence, content }, timestamp: sequence })
  }
  const stock = async (query) => keysOf(await collect(db.stock.query({ query })))
  const ours = async (query) => keysOf(await collect(plugged.query({ query })))
  return { db, say, stock, ours, query: async (opts) => (await collect(plugged.query(opts))).map(({ key, rank }) => [Number(key.slice(1, 43)), rank]) }
}

test('the rule of TextWordsTest is V8\'s: no other character is in \\w when case is ignored', () => {
  for (let c = 0; c <= 0x10ffff; c++) {
    const character = String.fromCodePoint(c)
    assert.strictEqual(/\w/ig.test(character), /[A-Za-z0-9_]/.test(character), `U+${c.toString(16)}`)
  }
})

test('random texts and queries: the messages that flumeview-search finds', { timeout: 600000 }, async (t) => {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const { below } = random(seed)
  const one = (list) => list[below(list.length)]
  const list = (count, make) => Array.from({ length: count }, make)
  const word = () => list(1 + below(7), () => one(LETTERS)).join('')
  const text = (count) => list(count, () => word() + one(BETWEEN)).join('')
  const { say, stock, ours } = open(t)
  for (let i = 0; i < MESSAGES; i++) await say(one([{ type: 'post', text: text(below(60)) }, { type: 'post', text: '' }, { type: 'vote' }, 'c2VjcmV0.box', []]))
  let found = 0
  for (let i = 0; i < QUERIES; i++) {
    const terms = list(1 + below(3), (_, at) => list(at === 0 ? 3 : 1 + below(5), () => one(LETTERS)).join('').toLowerCase())
    const query = one(BETWEEN) + terms.join(one(BETWEEN) + one(BETWEEN)) + one(BETWEEN)
    const expected = await stock(query)
    assert.deepStrictEqual(await ours(query), expected, JSON.stringify(query))
    found += expected.length
  }
  t.diagnostic(`${QUERIES} queries, ${found} messages`)
  assert.ok(found > QUERIES)
})

test('a word of a query in capitals, a word that Object.prototype has: flumeview-search finds nothing', async (t) => {
  const { say, stock, ours } = open(t)
  await say({ type: 'post', text: 'the Constructor' })
  await say({ type: 'post', text: 'the constructor' })
  for (const [query, few, all] of [['The', 0, 2], ['constructor', 1, 2], ['the', 2, 2]]) {
    assert.strictEqual((await stock(query)).length, few, query)
    assert.strictEqual((await ours(query)).length, all, query)
  }
})

test('a deleted message is left out; flumeview-search ends there with an error', async (t) => {
  const { db, say, stock, ours } = open(t)
  await say({ type: 'post', text: 'the first' })
  const second = await say({ type: 'post', text: 'the second' })
  assert.strictEqual((await stock('the')).length, 2)
  await promisify(db.del)(second)
  await assert.rejects(stock('the'), /deleted/)
  assert.strictEqual((await ours('the')).length, 1)
})

test('a text that is no string is not searched; flumeview-search has what JavaScript makes of it', async (t) => {
  const { say, stock, ours } = open(t)
  for (const text of [{ a: 1 }, ['an object'], 12345]) await say({ type: 'post', text })
  assert.strictEqual((await stock('object')).length, 2)
  assert.deepStrictEqual(await ours('object'), [])
})

test('ssb-search\'s ranking; words that are too short, and what is no query, find nothing and end', async (t) => {
  const { say, query } = open(t)
  await say({ type: 'post', text: 'hello' })
  await say({ type: 'post', text: 'hello there', root: id(1), branch: [id(1), null] })
  await say({ type: 'post', text: 'there', root: id(2) })
  await say({ type: 'post', text: 'hello hello', root: id(1) })
  const rows = [[1, 3], [4, undefined], [2, undefined]]
  assert.deepStrictEqual(await query({ query: 'hello' }), rows)
  assert.deepStrictEqual(await query({ query: 'hello\0hel', limit: 2 }), rows.slice(0, 2))
  for (const opts of [{ query: 'is it' }, { query: '' }, { query: 7 }, {}, undefined]) assert.deepStrictEqual(await query(opts), [])
})
