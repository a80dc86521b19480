'use strict'
// A disk of 2 MB fills up beneath Node.js: the process lives, the error has a code, everything acknowledged can be read, and
// appending goes on when there is room.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { ENGINES, open, numbered, count } = require('./logs')
const { tinyDisk } = require('./mounts')

const BALLAST_BYTES = 1 << 20
const BATCH = 25
const ATTEMPTS = 5

const batch = (first) => Array.from({ length: BATCH }, (_, i) => numbered(first + i))

/**
 * Appends until it fails: how many records were acknowledged (at level memory: drained), how many taken, and the error.
 * `overlooks`: the planted bug, takes the refused batch for acknowledged.
 */
async function fill (log, level, overlooks = false) {
  let taken = 0
  for (let acknowledged = 0; ; acknowledged = taken) {
    try {
      await log.append(batch(taken))
      taken += BATCH
      if (level === 'memory') await log.drain()
    } catch (err) {
      return { acknowledged: overlooks ? acknowledged + BATCH : acknowledged, taken, err }
    }
  }
}

/** What level memory tried again by itself just before there was room may still be told of. */
async function drained (log) {
  for (let i = 0; i < ATTEMPTS; i++) {
    try {
      return await log.drain()
    } catch (err) {
      if (err.code !== 'ERR_NO_SPACE') throw err
    }
  }
  await log.drain()
}

for (const engine of ENGINES) {
  test(`${engine}: a program that overlooks a full disk is caught`, async (t) => {
    const { dir, skip } = tinyDisk(t)
    if (skip) return t.skip(skip)
    const log = open(engine, path.join(dir, 'log'), 'os')
    const { acknowledged } = await fill(log, 'os', true)
    assert.notStrictEqual(await count(log), acknowledged)
    await log.close()
  })

  for (const level of ['memory', 'os', 'sync']) {
    test(`${engine}, ${level}: a full disk is told, and goes by`, async (t) => {
      const { dir, skip } = tinyDisk(t)
      if (skip) return t.skip(skip)
      const ballast = path.join(dir, 'ballast')
      fs.writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES))
      const file = path.join(dir, 'log')
      let log = open(engine, file, level)
      const { acknowledged, taken, err } = await fill(log, level)
      assert.strictEqual(err.millraceCode, 'ERR_NO_SPACE', err.message)
      assert.ok(acknowledged > 1000, `only ${acknowledged} records fitted`)
      assert.strictEqual(await count(log, level !== 'memory'), acknowledged)
      for (let i = 0; i < ATTEMPTS; i++) {
        // What level memory took waits for room; the other levels refuse it again.
        await assert.rejects(taken > acknowledged ? log.drain() : log.append(Array(10).fill(batch(0)).flat()), { code: 'ERR_NO_SPACE' })
      }
      fs.rmSync(ballast)
      await drained(log)
      let next = taken
      for (let i = 0; i < 40; i++, next += BATCH) await log.append(batch(next))
      await log.drain()
      assert.strictEqual(await count(log), next)
      await log.close()
      log = open(engine, file, level)
      assert.strictEqual(await count(log), next)
      await log.close()
    })
  }
}
