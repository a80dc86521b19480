'use strict'
// Our flumeview-level against the stock one, both over our log: random keys and ranges give the same rows; what is rebuilt, reopened, deleted.

const { test } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const stock = require('flumeview-level')
const { tempDir } = require('../temp')
const { random: seeded, seedFromEnvironment } = require('../random')
const { tap } = require('./harness')
const Flume = require('../../js-bindings')
const level = require('../../js-bindings/flumeview-level')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const WORDS = ['', 'a', 'ab', 'b', 'ba', 'Z', 'é', '漢', '𝄞', '~', '0', '10', '2'] // none has a blank: docs/DIFFERENCES.md
const collect = (source) => promisify((cb) => pull(source, pull.collect(cb)))()

const keysOf = ({ keys }) => keys
const open = (t, file, mapper) => {
  const db = Flume(Flume.OffsetLog(file, { codec }), true, mapper)
  t.after(() => db.close())
  return db
}

function randomKey (random) {
  const part = () => [() => random.of(WORDS), () => random.below(40) - 20, () => random.below(2) === 0, () => null, () => random.below(1000) / 7][random.below(5)]()
  return random.below(3) === 0 ? random.of(WORDS.slice(1)) : Array.from({ length: 1 + random.below(3) }, part)
}

function randomRead (random) {
  const opts = {}
  for (const [low, name] of [[true, ['gt', 'gte']], [false, ['lt', 'lte']]]) {
    if (random.below(2) === 0) opts[random.of(name)] = random.below(3) === 0 ? [random.of(WORDS), low ? null : undefined] : randomKey(random)
  }
  for (const name of ['keys', 'values', 'seqs']) if (random.below(4) === 0) opts[name] = false
  if (opts.keys === false && opts.seqs === false && opts.values === false) delete opts.values
  if (random.below(2) === 0) opts.reverse = true
  if (random.below(3) === 0) opts.limit = random.below(20)
  return opts
}

test('random keys, random ranges: the rows of the stock flumeview-level', async (t) => {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const random = seeded(seed)
  random.of = (list) => list[random.below(list.length)]
  const db = open(t, path.join(tempDir(t), 'log.offset')).use('stock', stock(1, keysOf)).use('ours', level(1, keysOf))
  const made = []
  for (let batch = 0; batch < 10; batch++) {
    await db.append(Array.from({ length: 60 }, (_, n) => ({ n: batch * 60 + n, keys: Array.from({ length: random.below(3) }, () => randomKey(random)) })))
  }
  for await (const { value } of db.records()) made.push(...value.keys)
  for (let i = 0; i < 300; i++) {
    const opts = randomRead(random)
    assert.deepStrictEqual(await collect(db.ours.read({ ...opts })), await collect(db.stock.read({ ...opts })), JSON.stringify(opts))
  }
  for (let i = 0; i < 100; i++) {
    const key = random.of(made)
    assert.deepStrictEqual(await promisify(db.ours.get)(key), await promisify(db.stock.get)(key), JSON.stringify(key))
  }
  await assert.rejects(promisify(db.ours.get)(['nothing']), { name: 'NotFoundError' })
})

test('live rows, after the old ones and {sync: true}; limit; tail', async (t) => {
  const db = open(t, path.join(tempDir(t), 'log.offset')).use('ours', level(1, keysOf))
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  await db.append({ keys: ['a', 'x'] })
  await promisify(db.ours.get)('a')
  const live = tap(pull(db.ours.read({ live: true, gte: 'a', lt: 'm', seqs: false, values: false }), pull.take(3)))
  const tail = tap(pull(db.ours.read({ tail: true, sync: false, keys: false, seqs: false }), pull.take(3)))
  await live.wait(2)
  await tail.wait(2)
  await db.append({ keys: ['y', 'b'] })
  assert.deepStrictEqual(await live.wait(3), ['a', { sync: true }, 'b'])
  assert.deepStrictEqual((await tail.wait(3)).map(({ keys }) => keys[0]), ['a', 'a', 'y'])
})

test('it stands after a reopen; another version and a rebuild build it anew; values come through the mapper', async (t) => {
  const file = path.join(tempDir(t), 'log.offset')
  const taken = []
  const use = (version) => open(t, file, (value, cb) => cb(null, { ...value, isMapped: true })).use('ours', level(version, ({ keys, isMapped }) => {
    taken.push(isMapped)
    return keys
  }))
  const first = use(1)
  await first.append(Array.from({ length: 5000 }, (_, n) => ({ keys: [n] })))
  assert.deepStrictEqual(await collect(first.ours.read({ gte: 4999 })), [{ key: 4999, seq: first.since.value, value: { keys: [4999], isMapped: true } }])
  assert.ok(taken.length === 5000 && taken.every(Boolean))
  await first.close()
  const again = use(1)
  assert.deepStrictEqual((await promisify(again.ours.get)(17)).keys, [17])
  assert.strictEqual(taken.length, 5000)
  await again.rebuild()
  assert.strictEqual(taken.length, 10000)
  assert.strictEqual((await collect(again.ours.read({ values: false }))).length, 5000)
  await again.close()
  const newer = use(2)
  assert.strictEqual((await collect(newer.ours.read({}))).length, 5000)
  assert.strictEqual(taken.length, 15000)
})

test('a deleted record has no keys; a map that throws fails the view until it is rebuilt', async (t) => {
  let isBroken = false
  const db = open(t, path.join(tempDir(t), 'log.offset')).use('ours', level(1, ({ keys }) => {
    if (isBroken) throw new Error('no such thing')
    return keys
  }))
  const gone = await db.append({ keys: ['a'] })
  await db.append({ keys: ['b'] })
  await db.del(gone)
  assert.deepStrictEqual(await collect(db.ours.read({ values: false, seqs: false })), ['b'])
  isBroken = true
  await db.append({ keys: ['c'] })
  await assert.rejects(collect(db.ours.read({})), { code: 'ERR_VIEW_FAILED' })
  isBroken = false
  await db.rebuild()
  assert.deepStrictEqual(await collect(db.ours.read({ values: false, seqs: false })), ['b', 'c'])
})
