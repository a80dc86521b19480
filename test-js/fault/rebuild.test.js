'use strict'
// A process killed while it builds a view: the next start goes on from what was saved, and ends with the same answers.

const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { tempDir } = require('../temp')
const { VIEWS, RECORDS, message } = require('./programs/build-view-kinds')
const millrace = require('../../js-bindings')

const BATCH = 10000
const TIMEOUT_MS = 600000 // a hang, not a slow machine

async function write (file) {
  const log = millrace.OffsetLog(file, { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } })
  for (let i = 0; i < RECORDS; i += BATCH) {
    await new Promise((resolve, reject) => log.append(Array.from({ length: BATCH }, (_, n) => message(i + n)), (err) => err ? reject(err) : resolve()))
  }
  await new Promise((resolve) => log.onDrain(resolve)) // else saving a view waits for the disk until the view is there
  await log.close()
}

function build (...args) {
  const { signal, status, stdout } = spawnSync(process.execPath, [path.join(__dirname, 'programs/build-view.js'), ...args], { stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS, killSignal: 'SIGTERM' })
  return { signal, status, ...(status === 0 ? JSON.parse(stdout) : {}) }
}

test('a build of a view that was killed goes on from what was saved', async (t) => {
  const dir = tempDir(t)
  const file = path.join(dir, 'log.offset')
  await write(file)
  for (const [kind, { expected }] of Object.entries(VIEWS)) {
    await t.test(kind, (t) => {
      let built
      do { // again when the view was there before the process that builds it had its turn to look
        fs.rmSync(path.join(dir, 'millrace'), { recursive: true, force: true })
        built = build(file, kind, 'kill').signal === 'SIGKILL' ? build(file, kind) : null
      } while (!built || built.began === built.since)
      const { began, since, records, rows, answer } = built
      assert.ok(began > 0 && began < since, `began at ${began} of ${since}`)
      assert.ok(records > 0 && records < RECORDS, `${records} records taken in after the kill`)
      assert.ok(rows < RECORDS, `${rows} rows seen after the kill`)
      assert.deepStrictEqual(answer, expected)
      t.diagnostic(`went on at ${(began / since).toFixed(2)} of the log, ${records} records`)
    })
  }
})
