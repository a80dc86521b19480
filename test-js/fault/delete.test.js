'use strict'
// Node.js killed while it deletes: what was called back is gone from the log and its views, and those answer as if built anew.
// MILLRACE_KILLS_DELETING=<number>; MILLRACE_SEED=<number>.

const assert = require('node:assert')
const path = require('node:path')
const { test } = require('node:test')
const { tempDir } = require('../temp')
const { random, seedFromEnvironment } = require('../random')
const tier = require('../tier')
const { collect } = require('./logs')
const { Victim } = require('./victim')
const millrace = require('../../js-bindings')

const KILLS = tier.count('MILLRACE_KILLS_DELETING', 8, 200)
const seed = seedFromEnvironment()
const { below } = random(seed)
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

/** Of these numbers those that the log or a view still has. The views must say what the log says. */
async function leftOf (numbers, file) {
  const db = millrace(millrace.OffsetLog(file, { codec }))
  db.use('keys', millrace.views.keys())
  db.use('count', millrace.view({ version: 1, select: ['key'], initial: 0, reduce: (sum) => sum + 1 }))
  try {
    const messages = await collect(db.stream({ seqs: false }))
    assert.strictEqual(await db.count.get(), messages.length)
    for (const message of messages) assert.deepStrictEqual(await db.keys.get(message.key), message)
    const there = new Set(messages.map(({ key }) => key))
    const left = []
    for (const number of numbers) {
      const err = await db.keys.get(`%${number}`).then(() => null, (err) => err)
      if (there.has(`%${number}`) || err === null || err.name !== 'NotFoundError') left.push(number)
    }
    return left
  } finally {
    await db.close()
  }
}

class Deleter extends Victim {
  /** @param {Set<number>} heard of all lives */
  constructor (heard, ...args) {
    super('delete', args)
    this.numbers = heard
  }

  hear (data) {
    for (const line of (this.text + data).split('\n').slice(0, -1)) this.numbers.add(Number(line))
    super.hear(data)
  }
}

test(`${KILLS} kills leave nothing whose deletion was called back, and views as of a rebuild`, async (t) => {
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const file = path.join(tempDir(t), 'log.offset')
  const heard = new Set()
  for (let i = 0; i < KILLS; i++) {
    const child = new Deleter(heard, file)
    await child.heard(1 + below(60))
    await child.kill()
    assert.deepStrictEqual(await leftOf(heard, file), [])
  }
  t.diagnostic(`${heard.size} deletions called back`)
  assert.ok(heard.size >= KILLS)
})

test('a program that acknowledges before the callback is caught', async (t) => {
  const file = path.join(tempDir(t), 'log.offset')
  const heard = new Set()
  await new Deleter(heard, file, 'early').ended
  assert.strictEqual(heard.size, 1)
  assert.deepStrictEqual(await leftOf(heard, file), [...heard])
})
