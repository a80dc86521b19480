'use strict'
// Status and control beyond flumedb's: one view rebuilt by name, while the others stand, native ones and JavaScript ones.

const { test } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const Reduce = require('flumeview-reduce')
const { tempDir } = require('../temp')
const { BINDINGS } = require('../subjects')

const Flume = require(BINDINGS)
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const COUNT = 500

async function open (t) {
  const calls = { count: 0 }
  const db = Flume(Flume.OffsetLog(path.join(tempDir(t), 'log.offset'), { codec }))
    .use('keys', Flume.views.keys())
    .use('types', Flume.views.type())
    .use('sum', Reduce(1, (sum, { n }) => { calls.count++; return (sum || 0) + n }))
  t.after(() => db.closed ? null : db.close())
  const messages = Array.from({ length: COUNT }, (_, n) => ({ key: `%${n}`, n, value: { author: '@a', content: { type: n % 2 ? 'post' : 'vote' } } }))
  await db.append(messages)
  await db.keys.get('%7')
  await new Promise((resolve) => db.sum.get(resolve))
  return { db, calls }
}

test('db.rebuild(name) rebuilds that view alone, and says when it is there', async (t) => {
  const { db, calls } = await open(t)
  assert.strictEqual(calls.count, COUNT)
  await db.rebuild('keys')
  assert.strictEqual((await db.keys.get('%7')).n, 7)
  assert.strictEqual(calls.count, COUNT, 'the other view was built again too')
  await db.rebuild('sum')
  assert.strictEqual(calls.count, 2 * COUNT)
  assert.strictEqual(await new Promise((resolve) => db.sum.get((_, sum) => resolve(sum))), COUNT * (COUNT - 1) / 2)
  await new Promise((resolve, reject) => db.rebuild('types', (err) => err ? reject(err) : resolve()))
  assert.strictEqual(await db.types.count({ type: 'post' }), COUNT / 2)
})

test('views[name].rebuild is the same, also where an application has replaced db.rebuild', async (t) => {
  const { db, calls } = await open(t)
  db.rebuild = () => assert.fail('not this one')
  await db.views.sum.rebuild()
  assert.strictEqual(calls.count, 2 * COUNT)
  await db.keys.rebuild()
  assert.strictEqual(db.status().views.keys.isReady, true)
})

test('a name that no view has: ERR_ARGUMENT, with the names there are', async (t) => {
  const { db } = await open(t)
  await assert.rejects(db.rebuild('key'), { code: 'ERR_ARGUMENT', message: /no view 'key', expected one of: keys, types, sum/ })
})
