'use strict'
// async-append-only-log's own test folder over the chosen subject. Its npm tarball carries no tests: MILLRACE_AAOL_TESTS names a
// checkout of its repository at 4.3.10 with its dependencies installed; without one every file is SKIPPED by name.

const { describe, test } = require('node:test')
const path = require('node:path')
const { subjects } = require('../subjects')
const { passes } = require('./run-file')

const CHECKOUT = process.env.MILLRACE_AAOL_TESTS

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

for (const subject of subjects) {
  describe(`published tests of async-append-only-log 4.3.10 [${subject.name}]`, { concurrency: 1 }, () => {
    for (const [file, asserts] of Object.entries(FILES)) {
      test(file, { skip: CHECKOUT ? false : 'MILLRACE_AAOL_TESTS names no checkout' }, (t) => passes(t, subject, [path.join(CHECKOUT, 'test', file)], asserts, { cwd: CHECKOUT }))
    }
  })
}
