'use strict'
// The SSB stack's own test folders over the chosen subject. ssb-db 19 and 20 carry theirs in their npm tarballs and are installed with
// the example application (interop/stack), where npm's `overrides` have made the swap. The others' are in their repositories only:
// MILLRACE_STACK_TESTS names a folder with checkouts `ssb-server` (v16.0.1), `jitdb` (v7.0.7) and `ssb-db2` (v8.1.0), their
// dependencies installed; without it they are SKIPPED by name. The quick tier runs the files of QUICK, the long one (MILLRACE_TIER=long) all.

const { describe, test, before } = require('node:test')
const path = require('node:path')
const { subjects } = require('../subjects')
const { install } = require('../interop/stack/install')
const { passes } = require('./run-file')

const STACK = path.join(__dirname, '../interop/stack')
const CHECKOUTS = process.env.MILLRACE_STACK_TESTS

/** Assertions of each file on the peer. 0: the file asserts by throwing only. */
const INSTALLED = {
  'ssb-db': {
    'add.js': 20,
    'append.js': 4,
    'box-unbox.js': 111,
    'close.js': 4,
    'create-feed-stream.js': [29, 30], // the test ends by a live row; the last callback of an append comes before it or behind
    'create-log-stream.js': 18,
    'create-sequence-stream.js': 8,
    'create-write-stream.js': 3,
    'del.js': 11,
    'get-feed-state.js': 5,
    'history.js': 33,
    'latest.js': 13,
    'links-types.js': 12,
    'links.js': 20,
    'manifest.js': 24,
    'mesages-by-type.js': 10,
    'msg-encoding.js': 7,
    'validation.js': 4
  },
  'ssb-db-19': {
    'add.js': 7,
    'append.js': 3,
    'close.js': 0,
    'end-to-end.js': 28,
    'feed.js': 24,
    'history.js': 33,
    'latest.js': 12,
    'links.js': 19,
    'linktypes.js': 10,
    'log.js': 21,
    'mesages-by-type.js': 9,
    'msg-encoding.js': 6,
    'validation.js': 3,
    'write-stream.js': 0
  }
}

const CHECKED_OUT = {
  'ssb-server': { 'bin.js': 45, 'caps.js': 4, 'defaults.js': 0, 'multiple-sbots.js': 1 },
  jitdb: {
    'add.js': 40,
    'bump-version.js': 10,
    'compaction.js': 22,
    'del.js': 6,
    'live-then-grow.js': 2,
    'live.js': 12,
    'lookup.js': 12,
    'operators.js': 292,
    'prefix.js': 41,
    'query.js': 70,
    'reindex.js': 15,
    'save-load.js': 59,
    'seq-index-not-uptodate.js': 5,
    'slow-save.js': 1
  },
  'ssb-db2': {
    'base-index.js': 24,
    'basic.js': 113,
    'compaction-resume.js': 11,
    'compaction.js': 39,
    'compat.js': 14,
    'create.js': 74,
    'createHistoryStream.js': 25,
    'createLogStream.js': 28,
    'debounce-batch.js': 5,
    'delete-feed.js': 10,
    'delete.js': 9,
    'ebt.js': 23,
    'feedstate.js': 4,
    'full-mentions.js': 12,
    'index-upgrade.js': 5,
    'migration-alone.js': 4,
    'migration.js': 47,
    'minimal-db2.js': 2,
    'multiple-indexes.js': 5,
    'ooo.js': 12,
    'operators.js': 119,
    'private-without-query.js': 2,
    'private.js': 13,
    'query-decrypted-box2.js': 8,
    'query-waits-migrate.js': 5,
    'reindex-encrypted.js': 26,
    'stream-decrypting.js': 10,
    'validate.js': 17
  }
}

const QUICK = {
  'ssb-db': ['append.js', 'create-log-stream.js', 'del.js', 'get-feed-state.js', 'history.js', 'links.js', 'manifest.js', 'mesages-by-type.js'],
  'ssb-db-19': ['end-to-end.js', 'feed.js', 'latest.js', 'log.js'],
  'ssb-server': ['multiple-sbots.js'],
  jitdb: ['add.js', 'live.js', 'query.js', 'save-load.js'],
  'ssb-db2': ['basic.js', 'createHistoryStream.js', 'ebt.js', 'migration-alone.js']
}
const isLong = process.env.MILLRACE_TIER === 'long'
const filesOf = (name, files) => Object.entries(files).filter(([file]) => isLong || QUICK[name].includes(file))

/** What only the peer passes; docs/DIFFERENCES.md says why. */
const DIFFERENT = {
  'ssb-db2/compaction.js': ['should be msg #7', 'status for base index is latest offset']
}

/** With our flumeview-level besides, what only the stock one passes; docs/DIFFERENCES.md says why. */
const DIFFERENT_ON_LEVEL = { 'ssb-db/del.js': ['should be equal', 'should be equal'] }
const SKIPPED_ON_LEVEL = { 'ssb-db-19/log.js': 'it reads while its deletion is on the way, and expects LevelDB to be slower' }

/** Not run, because ssb-tribes is no npm package that installs by itself. */
const NEED_TRIBES = ['ssb-db/test/rebuild.js', 'ssb-db/test/unbox-with-cache.js']

for (const subject of subjects) {
  describe(`published tests of the stack, installed [${subject.name}]`, { concurrency: 1 }, () => {
    before(install, { timeout: 600000 })
    for (const [name, files] of Object.entries(INSTALLED)) {
      for (const [file, asserts] of filesOf(name, files)) {
        const where = path.join(STACK, 'node_modules', name, 'test', file)
        test(`${name}/${file}`, (t) => passes(t, subject, [where], asserts, { cwd: STACK, swap: !subject.ours }))
        if (!subject.ours) continue
        const failing = DIFFERENT_ON_LEVEL[`${name}/${file}`] || []
        const left = [asserts].flat().map((count) => count - failing.length)
        test(`${name}/${file}, on our flumeview-level`, { skip: SKIPPED_ON_LEVEL[`${name}/${file}`] || false }, (t) => passes(t, subject, [where], left, { cwd: STACK, level: true, failing }))
        const native = path.join(STACK, 'node_modules', name)
        test(`${name}/${file}, with millrace/ssb/db`, { skip: SKIPPED_ON_LEVEL[`${name}/${file}`] || false }, (t) => passes(t, subject, [where], left, { cwd: STACK, native, failing }))
      }
    }
    for (const file of NEED_TRIBES) test(file, { skip: 'it needs ssb-tribes, which needs packages from git' }, () => {})
  })

  describe(`published tests of the stack, checked out [${subject.name}]`, { concurrency: 1 }, () => {
    for (const [name, files] of Object.entries(CHECKED_OUT)) {
      for (const [file, asserts] of filesOf(name, files)) {
        const failing = (subject.ours && DIFFERENT[`${name}/${file}`]) || []
        test(`${name}/${file}`, { skip: CHECKOUTS ? false : 'MILLRACE_STACK_TESTS names no checkouts' }, (t) => {
          const cwd = path.join(CHECKOUTS, name)
          return passes(t, subject, [path.join('test', file)], [asserts - failing.length], { cwd, failing })
        })
      }
    }
  })
}
