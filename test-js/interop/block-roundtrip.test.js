'use strict'
// The real async-append-only-log and ours on one file in turn, blocks of 1,024 and 65,536 bytes: what either wrote, deleted and
// compacted the other reads and goes on with (only ours compacts here; what the peer compacts is in the golden files). Random, seed printed. With MILLRACE_SUBJECT=peer the peer plays both parts.

const { describe, test } = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { subject, subjects } = require('../subjects')
const { workspace, call } = require('../contract/harness')
const { random, seedFromEnvironment } = require('../random')

const ROUNDS = 8
const peer = subject('peer')
const drained = (log) => new Promise((resolve) => log.onDrain(resolve))

function collect (log) {
  return new Promise((resolve, reject) => {
    const items = []
    log.stream({}).pipe({ paused: false, write: ({ offset, value }) => items.push([offset, value && value.toString('hex')]), end: (err) => err ? reject(err) : resolve(items) })
  })
}

async function appendSome (log, rng, model, blockSize) {
  for (let i = rng.below(30) + 1; i > 0; i--) {
    const bytes = () => Buffer.concat([Buffer.from([1]), rng.bytes(rng.below(rng.below(5) ? 100 : blockSize - 4))])
    if (rng.below(4)) {
      const value = bytes()
      model.push([await call(log.append, value), value.toString('hex')])
    } else {
      const values = [1, 2, 3].map(() => Buffer.concat([Buffer.from([1]), rng.bytes(rng.below(blockSize / 4))]))
      const offsets = await call(log.appendTransaction, values)
      values.forEach((value, at) => model.push([offsets[at], value.toString('hex')]))
    }
  }
  await drained(log)
}

async function deleteSome (log, rng, model) {
  for (const record of model) {
    if (rng.below(6)) continue
    await call(log.del, record[0])
    record[1] = null
  }
  await call(log.onDeletesFlushed)
}

async function compact (log, model) {
  await call(log.compact)
  const kept = model.filter(([, value]) => value)
  const found = await collect(log)
  assert.deepStrictEqual(found.map(([, value]) => value), kept.map(([, value]) => value))
  model.splice(0, model.length, ...found)
}

async function takeTurns (t, ours, blockSize) {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const rng = random(seed)
  const { dir } = workspace(t, ours)
  const file = path.join(dir, 'log')
  const model = []
  for (let round = 0; round < ROUNDS; round++) {
    const who = round % 2 ? peer : ours
    const log = who.BlockLog(file, { blockSize, writeTimeout: 1 })
    await drained(log)
    const said = `round ${round}, ${who.name}, seed ${seed}`
    assert.deepStrictEqual(await collect(log), model, said)
    await appendSome(log, rng, model, blockSize)
    if (rng.below(2)) await deleteSome(log, rng, model)
    if (who.ours && round % 4 > 1) await compact(log, model) // the peer may leave an empty last block, which it then reads as a record
    assert.deepStrictEqual(await collect(log), model, said)
    for (let i = 0; i < 5; i++) {
      const [offset, value] = model[rng.below(model.length)]
      if (value) assert.strictEqual((await call(log.get, offset)).toString('hex'), value, said)
    }
    await call(log.close)
  }
}

for (const ours of subjects) {
  describe(`block log in turns with the peer [${ours.name}]`, () => {
    for (const blockSize of [1024, 65536]) {
      test(`blocks of ${blockSize} bytes`, { timeout: 600000 }, (t) => takeTurns(t, ours, blockSize))
    }
  })
}
