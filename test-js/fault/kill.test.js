'use strict'
// Node.js killed while it appends, again and again: no acknowledged record is lost, doubled or out of order.
// MILLRACE_KILLS=<number> for each engine and level, after at most MILLRACE_KILL_LINES=<number> acknowledgements; MILLRACE_SEED=<number>.

const assert = require('node:assert')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')
const { tempDir } = require('../temp')
const { random, seedFromEnvironment } = require('../random')
const tier = require('../tier')
const { ENGINES, open, count } = require('./logs')
const { Victim } = require('./victim')

const KILLS = tier.count('MILLRACE_KILLS', 4, 100)
const LINES_MAX = tier.count('MILLRACE_KILL_LINES', 300, 3500)
const CANARY_KILLS = 20
const seed = seedFromEnvironment()
const { below } = random(seed)

/** How many records are there when the log is opened again. */
async function countIn (engine, file, level) {
  const log = open(engine, file, level)
  try {
    return await count(log)
  } finally {
    await log.close()
  }
}

for (const engine of ENGINES) {
  for (const level of ['memory', 'os', 'sync']) {
    test(`${engine}, ${level}: ${KILLS} kills lose nothing acknowledged`, async (t) => {
      t.diagnostic(`MILLRACE_SEED=${seed}`)
      const file = path.join(tempDir(t), 'log')
      let acknowledged = 0
      for (let i = 0; i < KILLS; i++) {
        const child = new Victim('append', [engine, file, level, 'none'])
        if (i % 4 === 3) await sleep(below(600)) // early: it may still open or recover
        else await child.heard(2 + below(LINES_MAX))
        acknowledged = Math.max(acknowledged, await child.kill() + 1)
        const there = await countIn(engine, file, level)
        assert.ok(there >= acknowledged, `${there} records, acknowledged ${acknowledged}`)
      }
      t.diagnostic(`${acknowledged} records acknowledged`)
      assert.ok(acknowledged > KILLS)
    })
  }

  test(`${engine}: a program that acknowledges before the write is caught`, async (t) => {
    const file = path.join(tempDir(t), 'log')
    let lost = false
    for (let i = 0; i < CANARY_KILLS && !lost; i++) {
      const child = new Victim('append', [engine, file, 'os', 'early'])
      await child.heard(40)
      const last = await child.kill()
      lost = await countIn(engine, file, 'os') <= last // else it was just written, and not acknowledged yet
    }
    assert.ok(lost, `${CANARY_KILLS} kills, and nothing was lost`)
  })

  test(`${engine}: a program that forgets a record is caught`, async (t) => {
    const file = path.join(tempDir(t), 'log')
    const child = new Victim('append', [engine, file, 'os', 'forget'])
    await child.heard(100)
    await child.kill()
    await assert.rejects(countIn(engine, file, 'os'), /record 999 is 1000/)
  })
}
