'use strict'
// System calls that fail beneath Node.js, put in by strace: nothing is acknowledged that is not there, and the process lives.

const assert = require('node:assert')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { tempDir } = require('../temp')
const { ENGINES, open, count } = require('./logs')

const PROGRAM = path.join(__dirname, 'programs/append-few.js')
const RECORDS = 40
const TIMEOUT_MS = 600000 // a hang, not a slow machine

const hasStrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0
const skip = hasStrace ? false : 'SKIPPED system calls: no strace that may trace'

/** The file that an append writes to and syncs. */
const written = (engine, file) => engine === 'wal' ? path.join(file, fs.readdirSync(file).find((name) => name.endsWith('.wal'))) : file

function run (engine, file, injection, bug = 'none') {
  const args = [PROGRAM, engine, file, String(RECORDS), bug]
  const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', encoding: 'utf8' }
  if (!injection) return JSON.parse(execFileSync(process.execPath, args, options))
  const trace = `${file}.trace`
  const strace = ['-f', '-qq', '-o', trace, '-P', written(engine, file), '-e', 'trace=pwrite64,fdatasync', '-e', `inject=${injection}`]
  const out = execFileSync('strace', [...strace, process.execPath, ...args], options)
  assert.match(fs.readFileSync(trace, 'utf8'), /INJECTED/, 'the fault was met')
  return JSON.parse(out)
}

const CASES = [
  ['fdatasync:error=EIO:when=6+', 'ERR_LOG_SYNC_FAILED'],
  ['pwrite64:error=ENOSPC:when=6', 'ERR_NO_SPACE'],
  ['pwrite64:error=EIO:when=6+', 'ERR_LOG_FAILED'],
  ['pwrite64:error=EINTR:when=3..6', 'none']
]

async function check (engine, file, told) {
  assert.ok(told.readable >= told.acknowledged, JSON.stringify(told))
  const log = open(engine, file, 'os')
  const there = await count(log)
  await log.close()
  assert.ok(there >= told.acknowledged, `${there} there, acknowledged ${told.acknowledged}`)
}

for (const engine of ENGINES) {
  test(`${engine}: a program that overlooks errors is caught`, { skip }, async (t) => {
    const file = path.join(tempDir(t), 'log')
    run(engine, file)
    const told = run(engine, file, 'pwrite64:error=EIO:when=6+', 'overlooks')
    await assert.rejects(check(engine, file, told), assert.AssertionError)
  })

  for (const [injection, code] of CASES) {
    test(`${engine}: ${injection}`, { skip }, async (t) => {
      const file = path.join(tempDir(t), 'log')
      const { acknowledged: before } = run(engine, file)
      const told = run(engine, file, injection)
      assert.strictEqual(told.code, code)
      assert.ok(code === 'none' ? told.acknowledged === before + RECORDS : told.acknowledged < before + RECORDS, JSON.stringify(told))
      await check(engine, file, told)
    })
  }
}
