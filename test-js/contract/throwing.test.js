'use strict'
// What a callback or a listener throws is an uncaught exception and takes nothing from others. In a process of its own, because node's test
// runner takes every uncaught exception for its own.

const { test } = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { tempDir } = require('../temp')

const HANGS_MS = 600000

test('a callback that throws: the others are called, the view goes on, close closes', (t) => {
  const out = execFileSync(process.execPath, [path.join(__dirname, 'programs/throwing.js'), tempDir(t)], { encoding: 'utf8', timeout: HANGS_MS })
  assert.deepStrictEqual(out.trim().split('\n'), [
    'written: append, drain',
    'closed: append, drain, get',
    'built: read, since, value',
    'live, true,1001: live row, since, value',
    'views closed: read'
  ])
})
