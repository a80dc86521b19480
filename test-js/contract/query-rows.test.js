'use strict'
// The way of rows from Java: many stand in one text of JSON, and yet each is its own, also when it is none.

const { test } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { tempDir } = require('../temp')
const { BINDINGS } = require('../subjects')

const json = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const EVERYTHING = []

/** A database over a log with these records, as they are. */
async function opened (t, records, codec = json) {
  const Flume = require(BINDINGS)
  const file = path.join(tempDir(t), 'log.offset')
  const raw = Flume(Flume.OffsetLog(file))
  await raw.append(records.map((record) => Buffer.from(record)))
  await raw.close()
  const db = Flume(Flume.OffsetLog(file, { codec }))
  t.after(() => db.closed ? null : db.close())
  return db
}

/** What was given, then what ended it: true, or an error. */
function walked (source) {
  return new Promise((resolve) => {
    const rows = []
    const next = (end, row) => {
      if (end) return resolve({ rows, end })
      rows.push(row)
      source(null, next)
    }
    source(null, next)
  })
}

for (const [what, broken] of [
  ['a row that is no JSON', ['{"b":']],
  ['two rows that are JSON only together', ['{"b":[1', '2]}']],
  ['as many rows together as there are', ['{"b":[1', '2]},5,{"c":3}']],
  ['two in one', ['{"b":1},{"c":2}']],
  ['an end and a beginning', ['{"b":1}]', '[{"c":2}']],
  ['nothing', [' ']]
]) {
  test(`${what}: the rows before it are given, then its own error`, { timeout: 600000 }, async (t) => {
    const db = await opened(t, ['{"a":1}', '{"a":2}', ...broken, '{"a":3}'])
    const { rows, end } = await walked(db.query(EVERYTHING))
    assert.deepStrictEqual(rows, [{ a: 1 }, { a: 2 }])
    assert.ok(end instanceof SyntaxError, String(end))
    await assert.rejects(Promise.resolve(db.query(EVERYTHING)), SyntaxError)
  })
}

test('rows of every length, more than a chunk holds, some larger than one', { timeout: 600000 }, async (t) => {
  const records = Array.from({ length: 500 }, (_, i) => JSON.stringify({ i, text: 'ä€😀'[i % 3].repeat((i * 37) % 500), many: 'x'.repeat(i % 97 === 0 ? 40000 : i) }))
  const db = await opened(t, records)
  const wanted = records.map((record) => JSON.parse(record))
  for (let i = 0; i < 3; i++) {
    assert.deepStrictEqual(await db.query(EVERYTHING), wanted)
    assert.deepStrictEqual((await walked(db.query(EVERYTHING))).rows, wanted)
  }
  const asked = [db.query(EVERYTHING, { limit: 3 }), db.query(EVERYTHING, { reverse: true, limit: 2 }), db.query(EVERYTHING, { startFrom: 498 })]
  const [first, last, rest] = await Promise.all(asked)
  assert.deepStrictEqual([first, last, rest], [wanted.slice(0, 3), [wanted[499], wanted[498]], wanted.slice(498)])
})

test('a row is its reader\'s: nobody else has it', { timeout: 600000 }, async (t) => {
  const db = await opened(t, ['{"a":{"b":1}}', '{"a":{"b":2}}'])
  for (const row of await db.query(EVERYTHING)) row.a.b = 0
  assert.deepStrictEqual(await db.query(EVERYTHING), [{ a: { b: 1 } }, { a: { b: 2 } }])
})

test('rows awaited twice are the same rows, and an error can be caught', { timeout: 600000 }, async (t) => {
  const db = await opened(t, ['{"a":1}', '{"a":2}'])
  const rows = db.query(EVERYTHING)
  assert.deepStrictEqual([await rows, await rows], [[{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 2 }]])
  const broken = (await opened(t, ['{'])).query(EVERYTHING)
  for (let i = 0; i < 2; i++) await assert.rejects(async () => await broken, SyntaxError)
  assert.ok(await broken.catch((err) => err) instanceof SyntaxError)
})

test('an answer that is known sees what is appended, and misses what is deleted', { timeout: 600000 }, async (t) => {
  const db = await opened(t, ['{"a":1}', '{"a":2}'])
  const [first] = await db.query(EVERYTHING, { seqs: true, values: false })
  assert.strictEqual(await db.query.count(EVERYTHING), 2)
  await db.append({ a: 3 })
  assert.deepStrictEqual(await db.query(EVERYTHING), [{ a: 1 }, { a: 2 }, { a: 3 }])
  assert.strictEqual(await db.query.count(EVERYTHING), 3)
  await db.del(first)
  assert.deepStrictEqual(await db.query(EVERYTHING), [{ a: 2 }, { a: 3 }])
  assert.strictEqual(await db.query.count(EVERYTHING), 2)
})

test('a codec that is not JSON.parse itself is asked row by row', { timeout: 600000 }, async (t) => {
  let decoded = 0
  const codec = { encode: JSON.stringify, decode: (text) => { decoded++; return JSON.parse(text) }, buffer: false }
  const db = await opened(t, ['{"a":1}', '{"a":2}'], codec)
  assert.deepStrictEqual(await db.query(EVERYTHING), [{ a: 1 }, { a: 2 }])
  assert.strictEqual(decoded, 2)
})
