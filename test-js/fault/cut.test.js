'use strict'
// Another program cuts a log's file while JavaScript reads it: by stream, get, batches and a native view. Every read is right or an
// error with a code, and the process lives. MILLRACE_CUTS=<number> for each engine.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const Flume = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')
const { tempDir } = require('../temp')
const { random, seedFromEnvironment } = require('../random')
const tier = require('../tier')
const { ENGINES, open, collect, numbered } = require('./logs')
const { Cutter } = require('./cutter')

const CUTS = tier.count('MILLRACE_CUTS', 170, 5000)
const VIEW_CUTS = Math.ceil(CUTS / 4)
const RECORDS = 3000
const PAGE = 4096
const CODES = ['ERR_READ_FAULT', 'ERR_LOG_CORRUPT', 'ERR_SEQ_RANGE', 'ERR_SEQ_INVALID', 'ERR_LOG_FORMAT']
const seed = seedFromEnvironment()
const { below } = random(seed)

/** Every read ends well or so; anything else fails the test. */
const attempt = async (faults, read) => {
  try {
    await read()
  } catch (err) {
    assert.ok(CODES.includes(err.millraceCode), `${err.stack}`)
    faults.push(err.millraceCode)
  }
}

/** The file to be cut, at a whole page: inside the last page a reader would see zeros. */
function cutOf (engine, file) {
  const victim = engine === 'wal' ? path.join(file, fs.readdirSync(file).filter((name) => name.endsWith('.wal')).sort()[0]) : file
  const pages = Math.floor(fs.statSync(victim).size / PAGE)
  return [victim, below(pages) * PAGE]
}

async function readWhile (log, seqs, cut, faults) {
  let seen = 0
  await attempt(faults, () => log.readAll((text) => {
    assert.strictEqual(text, numbered(seen))
    if (++seen === 10) return cut()
  }))
  for (const i of [0, 1, 2, 3].map(() => below(RECORDS))) {
    await attempt(faults, async () => assert.strictEqual(await log.get(seqs[i]), numbered(i)))
  }
  if (!log.log.batches) return
  await attempt(faults, () => {
    const batches = log.log.batches()
    for (let batch = batches.next(), next = 0; batch; batch = batches.next()) {
      for (let i = 0; i < batch.count; i++, next++) {
        assert.strictEqual(batch.bytes.toString('utf8', batch.start(i), batch.start(i) + batch.length(i)), numbered(next))
      }
    }
  })
}

for (const engine of ENGINES) {
  test(`${engine}: ${CUTS} cuts beneath stream, get and batches`, async (t) => {
    t.diagnostic(`MILLRACE_SEED=${seed}`)
    const dir = tempDir(t)
    const whole = path.join(dir, 'whole')
    const cutter = new Cutter()
    t.after(() => cutter.end())
    const made = open(engine, whole, 'os')
    const seqs = []
    for (let i = 0; i < RECORDS; i++) seqs.push(await made.append(numbered(i)))
    await made.drain()
    await made.close()
    const faults = []
    for (let i = 0; i < CUTS; i++) {
      const file = path.join(dir, `cut${i}`)
      fs.cpSync(whole, file, { recursive: true })
      const log = open(engine, file, 'os')
      await readWhile(log, seqs, () => cutter.cut(...cutOf(engine, file)), faults)
      await log.close().catch((err) => assert.ok(err.millraceCode, err.stack))
      fs.rmSync(file, { recursive: true })
    }
    t.diagnostic(`${faults.length} reads met the cut: ${[...new Set(faults)]}`)
    assert.ok(faults.length > CUTS / 2, `only ${faults.length} reads met the cut`)
  })
}

for (const engine of ['offset', 'block']) { // the write-ahead log's checksum would tell
  test(`${engine}: a record that changed unnoticed is caught`, async (t) => {
    const file = path.join(tempDir(t), 'log')
    const log = open(engine, file, 'os')
    const seqs = []
    for (let i = 0; i < RECORDS; i++) seqs.push(await log.append(numbered(i)))
    await log.drain()
    const change = () => {
      const fd = fs.openSync(file, 'r+')
      fs.writeSync(fd, 'X', seqs[20] + 4)
      fs.closeSync(fd)
    }
    change()
    await assert.rejects(readWhile(log, seqs, () => {}, []), assert.AssertionError)
    await log.close()
  })
}

test(`${VIEW_CUTS} cuts beneath native views`, async (t) => {
  const dir = tempDir(t)
  const cutter = new Cutter()
  t.after(() => cutter.end())
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
  const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: 1 + Math.floor(i / 7), content: { type: 'post', text: 'x'.repeat(100), root: `%${i % 5}` } } })
  const faults = []
  for (let i = 0; i < VIEW_CUTS; i++) {
    const file = path.join(dir, `db${i}`, 'log.offset')
    const db = Flume(OffsetLog(file, { codec })).use('keys', Flume.views.keys()).use('feeds', Flume.views.feeds())
    await db.append(Array.from({ length: 500 }, (_, n) => message(n)))
    assert.strictEqual((await db.keys.get('%7')).key, '%7')
    await cutter.cut(file, below(Math.floor(fs.statSync(file).size / PAGE)) * PAGE)
    for (const n of [0, 100, 300, 499]) await attempt(faults, async () => assert.deepStrictEqual(await db.keys.get(`%${n}`), message(n)))
    await attempt(faults, () => collect(db.feeds.read({ id: '@3', seqs: false })))
    await db.close().catch((err) => assert.ok(err.millraceCode || err.code, err.stack))
  }
  t.diagnostic(`${faults.length} reads met the cut: ${[...new Set(faults)]}`)
  assert.ok(faults.length > VIEW_CUTS / 2, `only ${faults.length} reads met the cut`)
})
