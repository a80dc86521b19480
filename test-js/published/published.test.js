'use strict'
// The peers' own test folders, as their npm tarballs carry them, over the chosen subject (contract/swap.js). Each file runs in a
// process of its own and must end by itself with status 0, no "not ok", and as many "ok" as it gives on the real peer.

const { describe, test } = require('node:test')
const path = require('node:path')
const { subjects } = require('../subjects')
const { passes } = require('./run-file')

/** Assertions of each file on the peer. 0: the file asserts by throwing only. */
const FILES = {
  'flumelog-offset/test/flumelog.js': 0,
  'flumelog-offset/test/restore.js': 24,
  'flumelog-offset/test/simple.js': 20,
  'flumelog-offset/test/stream.js': 3,
  'flumedb/test/level.js': 18,
  'flumedb/test/memlog-map.js': 8,
  'flumedb/test/memlog.js': 36,
  'flumedb/test/offset.js': 44,
  'flumedb/test/rebuild.js': 16,
  'flumeview-reduce/test/index.js': 14,
  'flumeview-reduce/test/persistant.js': 14,
  'flumeview-reduce/test/reload.js': 5,
  'flumeview-reduce/test/stream.js': 0,
  'flumeview-level/test/index.js': 6,
  'flumeview-level/test/live.js': 1,
  'flumeview-query/test/exact.js': 22,
  'flumeview-query/test/nested-links.js': 4,
  'flumeview-query/test/query.js': 8,
  'flumeview-query/test/random.js': 2001,
  'flumeview-query/test/select.js': 6,
  'flumeview-query/test/ssb-query.js': 7,
  'flumeview-query/test/util.js': 6,
  'flumeview-links/test/links.js': 4,
  'flumeview-hashtable/test/flumeview-index.js': 6,
  'flumeview-hashtable/test/index.js': 2006,
  'flumeview-hashtable/test/multi.js': 2107,
  'flumeview-hashtable/test/reconstruct.js': 22,
  'flumeview-hashtable/test/simple.js': 4
}

const ON_LEVEL = /^flumeview-(level|query|links)/

/** Not run, because they cannot pass on the peer either; benchmarks (bench.js) and folders named broken are no tests. */
const FAIL_ON_THE_PEER = {
  'flumeview-query/test/memory.js': 'its memory view has no close(), which flumedb 2.1.8 demands',
  'flumeview-query/test/scan.js': 'flumelog-offset 3.4.4 reads at a negative position and throws uncaught'
}

for (const subject of subjects) {
  describe(`published tests [${subject.name}]`, { concurrency: 1 }, () => {
    for (const bits of [32, 48, 53]) {
      test(`test-flumelog 1.0.1, ${bits} bits`, (t) => passes(t, subject, [path.join(__dirname, 'test-flumelog.js'), bits], 33))
    }
    for (const [file, asserts] of Object.entries(FILES)) {
      test(file, (t) => passes(t, subject, [path.join(__dirname, '../node_modules', file)], asserts))
    }
    for (const [file, asserts] of Object.entries(FILES).filter(([file]) => subject.ours && ON_LEVEL.test(file))) {
      test(`${file}, on our flumeview-level`, (t) => passes(t, subject, [path.join(__dirname, '../node_modules', file)], asserts, { level: true }))
    }
    for (const [file, reason] of Object.entries(FAIL_ON_THE_PEER)) test(file, { skip: reason }, () => {})
  })
}
