'use strict'
// async-append-only-log's own test folder over the chosen subject. Its npm tarball carries no tests: MILLRACE_AAOL_TESTS names a
// checkout of its repository at 4.3.10 with its dependencies installed; without one every file is SKIPPED by name.

const { describe, test } = require('node:test')
const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { subjects } = require('../subjects')

const FILE_TIMEOUT_MS = 180000
const CHECKOUT = process.env.MILLRACE_AAOL_TESTS
const SWAP = path.join(__dirname, '../contract/swap.js')

/** Assertions of each file on the peer. Benchmarks, and stress-test.js, which throttles itself by the machine's load, are not run. */
const FILES = {
  'bad-offset.js': 12,
  'basic.js': 13,
  'compaction.js': 139,
  'delete.js': 31,
  'fix-buggy-write.js': 4,
  'fix-concurrency-write-drain-bug.js': 0,
  'idempotent-resume.js': 2,
  'jacob.js': 5,
  'stream-abort.js': 8,
  'stream-pausable.js': 2,
  'stream.js': 39
}

function passes (subject, file, asserts) {
  const env = { ...process.env, MILLRACE_SUBJECT: subject.name }
  delete env.NODE_TEST_CONTEXT
  const args = ['--require', SWAP, path.join(CHECKOUT, 'test', file)]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { env, cwd: CHECKOUT, timeout: FILE_TIMEOUT_MS })
  const output = `${stdout}${stderr}`
  const tail = output.split('\n').filter((line) => /^not ok|Error|^ {4,}at /.test(line)).join('\n')
  assert.strictEqual(signal, null, `did not end within ${FILE_TIMEOUT_MS} ms\n${tail}`)
  assert.strictEqual(status, 0, `exit status ${status}\n${tail}`)
  assert.strictEqual((output.match(/^ok/gm) || []).length, asserts, tail)
}

for (const subject of subjects) {
  describe(`published tests of async-append-only-log 4.3.10 [${subject.name}]`, { concurrency: 1 }, () => {
    for (const [file, asserts] of Object.entries(FILES)) {
      test(file, { skip: CHECKOUT ? false : 'MILLRACE_AAOL_TESTS names no checkout' }, () => passes(subject, file, asserts))
    }
  })
}
