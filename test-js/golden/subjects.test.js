'use strict'
// Every golden file through every chosen subject: read as the index says, written again byte for byte.
// Where the peer itself cannot (empty records, the legacy log's del) only ours is asked.

const { describe } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { subjects } = require('../subjects')
const { both, workspace, call, callArgs, collect, loaded } = require('../contract/harness')
const { DIRECTORY } = require('./make')

const index = JSON.parse(fs.readFileSync(path.join(DIRECTORY, 'index.json')))
const codec = { encode: (bytes) => bytes, decode: (bytes) => bytes, buffer: true }

const bytesOf = ({ hex, times = 1 }) => Buffer.concat(Array(times).fill(Buffer.from(hex, 'hex')))
const isZeros = (bytes) => bytes.length > 0 && bytes.every((byte) => byte === 0)
const open = (subject, golden, file) => golden.codec === 'legacy'
  ? subject.LegacyLog(file, 16384, codec)
  : subject.OffsetLog(file, { codec, offsetCodec: golden.codec })

async function reads (t, subject, golden) {
  const { dir, keep } = workspace(t, subject)
  const file = path.join(dir, golden.file)
  fs.copyFileSync(path.join(DIRECTORY, golden.file), file)
  const log = keep(open(subject, golden, file))
  assert.strictEqual(await loaded(log.since), golden.since)
  const records = golden.records.map((record) => ({ seq: record.seq, bytes: bytesOf(record) }))
  const gone = ({ seq, bytes }) => golden.deleted.includes(seq) || isZeros(bytes)
  const kept = records.filter((record) => !gone(record)).map(({ seq, bytes }) => ({ seq, value: bytes }))
  assert.deepStrictEqual(await collect(log.stream()), kept)
  assert.deepStrictEqual(await collect(log.stream({ reverse: true })), [...kept].reverse())
  assert.deepStrictEqual(await collect(log.stream({ values: false })), records.map(({ seq }) => seq))
  for (const record of records) {
    const [err, value] = await callArgs(log.get, record.seq)
    if (gone(record)) assert.strictEqual(err.code, 'flumelog:deleted')
    else assert.deepStrictEqual([err, value], [null, record.bytes])
  }
  assert.ok(fs.readFileSync(file).equals(fs.readFileSync(path.join(DIRECTORY, golden.file))), 'reading changed the file')
}

async function writes (t, subject, golden) {
  const { dir, keep } = workspace(t, subject)
  const file = path.join(dir, golden.file)
  const log = keep(open(subject, golden, file))
  await loaded(log.since)
  const records = golden.records.map(bytesOf)
  for (const count of golden.batches) {
    const batch = records.splice(0, count)
    await call(log.append, count === 1 ? batch[0] : batch)
  }
  for (const seq of golden.deleted) await call(log.del, seq)
  if (log.close) await call(log.close)
  assert.ok(fs.readFileSync(file).equals(fs.readFileSync(path.join(DIRECTORY, golden.file))), `${golden.file} differs`)
}

for (const subject of subjects) {
  describe(`golden files [${subject.name}]`, () => {
    for (const golden of index.files) {
      const hasEmpty = golden.records.some((record) => record.length === 0)
      if (subject.ours || !hasEmpty) both(`reads ${golden.file}`, (t) => reads(t, subject, golden))
      both(`writes ${golden.file}`, (t) => writes(t, subject, golden))
    }
  })
}
