'use strict'
// A day in the life, day.js: twelve seconds and one kill in the quick tier, ten minutes and a kill a minute in the long one
// (MILLRACE_TIER=long), where memory and event loop delay count too.

const { test } = require('node:test')
const assert = require('node:assert')
const { tempDir } = require('../temp')
const { seedFromEnvironment } = require('../random')
const { day, complaints } = require('./day')

const isLong = process.env.MILLRACE_TIER === 'long'
const [secs, life] = isLong ? [600, 60] : [12, 8]

test('a day in the life: killed, nothing lost, nothing twice, no error', { timeout: secs * 2000 + 1200000 }, async (t) => {
  const seed = seedFromEnvironment()
  process.env.MILLRACE_SEED = String(seed) // the application's, too
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const result = await day({ directory: tempDir(t), secs, life, rate: 200, tell: (lived) => t.diagnostic(JSON.stringify(lived)) })
  t.diagnostic(`${result.appended} messages, ${result.acknowledged + 1} acknowledged, ${result.kills} kills`)
  assert.ok(result.kills >= 1)
  if (isLong) assert.deepStrictEqual(complaints(result), [])
})
