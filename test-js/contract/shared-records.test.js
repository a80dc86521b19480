'use strict'
// JavaScript views over our logs: a record is decoded once for those that take it at about the same time; nobody waits long for one that does
// not move, and each gets every record, in order, in an outermost object of its own.

const { test } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { tempDir } = require('../temp')
const Flume = require('../../js-bindings')
const Observable = require('../../js-bindings/lib/obv')
const { delay } = require('./harness')

const COUNT = 10000

/** A view that takes `seen`; `pause(count)` may give a promise to wait for before the next record. */
function counting ({ upto = -1, pause = () => null, loads = Promise.resolve() } = {}) {
  const since = Observable()
  const seen = []
  loads.then(() => since.set(upto))
  const create = () => ({
    since,
    methods: { count: 'async' },
    count: (opts, cb) => cb(null, seen.length),
    createSink: (cb) => (read) => {
      const next = (end, item) => {
        if (end) return cb(end === true ? null : end)
        seen.push(item.value)
        since.set(item.seq)
        const waits = pause(seen.length)
        if (waits) waits.then(() => read(null, next))
        else read(null, next)
      }
      read(null, next)
    },
    destroy: (cb) => {
      seen.length = 0
      since.set(upto)
      cb()
    },
    close: (cb) => cb()
  })
  return { create, seen, since }
}

async function open (t, mapper) {
  const decoded = { count: 0 }
  const codec = { encode: JSON.stringify, decode: (text) => { decoded.count++; return JSON.parse(text) }, buffer: false }
  const db = Flume(Flume.OffsetLog(path.join(tempDir(t), 'log.offset'), { codec }), true, mapper)
  t.after(() => db.close())
  await db.append(Array.from({ length: COUNT }, (_, n) => ({ n, inner: { n } })))
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  const reached = (view) => until(() => view.since.value === db.since.value)
  return { db, decoded, reached }
}

async function until (condition) {
  while (!condition()) await delay(2)
}

const inOrder = (seen) => assert.ok(seen.every(({ n }, i) => n === i), 'every record once, in order')

test('views that catch up together decode a record once, also those that open late and take turns', async (t) => {
  const { db, decoded, reached } = await open(t, (value, cb) => cb(null, value))
  const views = [
    counting(),
    counting({ loads: delay(60) }),
    counting({ pause: (count) => count % 512 === 0 ? delay(1) : null })
  ]
  views.forEach(({ create }, i) => db.use(`v${i}`, create))
  await Promise.all(views.map(reached))
  assert.strictEqual(decoded.count, COUNT)
  views.forEach(({ seen }) => assert.strictEqual(seen.length, COUNT))
  views.forEach(({ seen }) => inOrder(seen))
  await db.append({ n: COUNT, inner: {} })
  await Promise.all(views.map(reached))
  await db.rebuild()
  assert.ok(decoded.count <= COUNT * 2 + 4, `${decoded.count} decoded after a rebuild of all three`)
  views.forEach(({ seen }) => assert.strictEqual(seen.length, COUNT + 1))
})

test('what one view writes into the outermost object no other sees; deeper they share', async (t) => {
  const { db, reached } = await open(t)
  const [one, two] = [counting(), counting()]
  db.use('one', one.create).use('two', two.create)
  await Promise.all([one, two].map(reached))
  one.seen.forEach((value) => { value.rts = 1 })
  assert.ok(two.seen.every((value) => !('rts' in value)))
  assert.strictEqual(one.seen[5].inner, two.seen[5].inner)
})

test('a view that does not move, or never opens, holds nobody up for long', async (t) => {
  const { db, reached } = await open(t)
  let go
  const stuck = counting({ pause: (count) => count === 100 ? new Promise((resolve) => { go = resolve }) : null })
  const never = counting({ loads: new Promise(() => {}) })
  const quick = counting()
  db.use('stuck', stuck.create).use('quick', quick.create).use('never', never.create)
  let ticks = 0 // as many as the looks that find out who does not move, also where a busy machine lets timers wait
  const timer = setInterval(() => { ticks++ }, 50)
  t.after(() => clearInterval(timer))
  await reached(quick)
  assert.ok(ticks < 1000, `${ticks} ticks`)
  inOrder(quick.seen)
  go()
  await reached(stuck)
  inOrder(stuck.seen)
})

test('views that stand at different places get what each lacks', async (t) => {
  const { db, reached } = await open(t)
  const seqs = []
  for await (const { seq } of db.records()) seqs.push(seq)
  const [all, half, last] = [counting(), counting({ upto: seqs[COUNT / 2 - 1] }), counting({ upto: db.since.value })]
  db.use('last', last.create).use('half', half.create).use('all', all.create)
  await Promise.all([all, half, last].map(reached))
  await db.append({ n: COUNT, inner: {} })
  await Promise.all([all, half, last].map(reached))
  assert.deepStrictEqual([all, half, last].map(({ seen }) => seen.length), [COUNT + 1, COUNT / 2 + 1, 1])
  inOrder(all.seen)
})

test('a view closed while it waits for others ends; the others go on', async (t) => {
  const { db, reached } = await open(t)
  const slow = counting({ pause: (count) => count % 100 === 0 ? delay(2) : null })
  const quick = counting()
  db.use('quick', quick.create).use('slow', slow.create)
  await until(() => quick.seen.length >= 2000)
  db.quick.abortStream()
  await reached(slow)
  inOrder(slow.seen)
})
