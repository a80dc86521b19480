'use strict'
// The real flumelog-offset and ours on one file in turn: what either wrote the other reads, appends to and deletes from.
// Random batches, seed printed. With MILLRACE_SUBJECT=peer the peer plays both parts, which proves the test itself.

const { describe, test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { subject, subjects } = require('../subjects')
const { workspace, call, collect, loaded, json } = require('../contract/harness')
const { random, seedFromEnvironment } = require('../random')

const ROUNDS = 6
const FIXTURE = path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz')
const raw = { encode: (bytes) => bytes, decode: (bytes) => bytes, buffer: true }
const peer = subject('peer')

const openers = {
  32: (who, file) => who.OffsetLog(file, { codec: raw, offsetCodec: 32 }),
  48: (who, file) => who.OffsetLog(file, { codec: raw, offsetCodec: 48 }),
  53: (who, file) => who.OffsetLog(file, { codec: raw, offsetCodec: 53 }),
  legacy: (who, file) => who.LegacyLog(file, 16384, raw)
}

async function using (log, body) {
  await loaded(log.since)
  try {
    return await body(log)
  } finally {
    if (log.close) await call(log.close)
  }
}

/** Each round: one writes and deletes, the other opens the file and must see exactly the model. */
async function takeTurns (t, ours, codec) {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const rng = random(seed)
  const { file } = workspace(t, ours)
  const width = { 32: 4, 48: 6, 53: 8, legacy: 0 }[codec]
  const model = []
  let end = 0
  for (let round = 0; round < ROUNDS; round++) {
    const [writer, reader] = round % 2 ? [ours, peer] : [peer, ours]
    await using(openers[codec](writer, file), async (log) => {
      for (let i = 0; i < 10; i++) {
        const batch = Array.from({ length: 1 + rng.below(20) }, () => Buffer.concat([Buffer.from([1]), rng.bytes(rng.below(300))]))
        await call(log.append, batch)
        for (const value of batch) {
          model.push({ seq: end, value })
          end += value.length + 8 + width
        }
      }
      if (codec === 'legacy') return
      for (let i = 0; i < 5; i++) await call(log.del, model.splice(rng.below(model.length - 1), 1)[0].seq)
    })
    await using(openers[codec](reader, file), async (log) => {
      assert.deepStrictEqual(await collect(log.stream()), model, `round ${round}: ${writer.name} wrote, ${reader.name} read`)
      assert.strictEqual(log.since.value, model[model.length - 1].seq)
    })
    assert.strictEqual(fs.statSync(file).size, end)
  }
}

/** A real SSB log: served by ours, one message appended, and the peer still opens it and reads the same. */
async function ssbLog (t, ours) {
  const { file } = workspace(t, ours)
  fs.writeFileSync(file, zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  const read = (log) => collect(log.stream({ seqs: false }))
  const before = await using(peer.OffsetLog(file, { codec: json }), read)
  assert.strictEqual(before.length, 3000)
  const seen = await using(ours.OffsetLog(file, { codec: json }), async (log) => {
    const messages = await read(log)
    await call(log.append, { key: 'appended' })
    return messages
  })
  assert.deepStrictEqual(seen, before)
  assert.deepStrictEqual(await using(peer.OffsetLog(file, { codec: json }), read), [...before, { key: 'appended' }])
}

for (const ours of subjects) {
  describe(`round trips with the real flumelog-offset [${ours.name}]`, () => {
    for (const codec of Object.keys(openers)) test(`taking turns on one file, codec ${codec}`, (t) => takeTurns(t, ours, codec))
    test('a real SSB log', (t) => ssbLog(t, ours))
  })
}
