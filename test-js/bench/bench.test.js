'use strict'
// The benchmarks at smoke size: every row of every subject gives a figure, and what was read is what was written. No timed assertion.

const test = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')

const ROWS = ['append', 'append drained', 'stream', 'stream no cache', 'stream10', 'random']
const OURS = ['batch append', 'batch scan']

test('flumelog.js gives every row for the null log, ours and the peers', () => {
  const args = ['--secs', '0.05', '--records', '3000', '--rounds', '1', '--json']
  const lines = execFileSync(process.execPath, [path.join(__dirname, 'flumelog.js'), ...args]).toString().trim().split('\n').map((line) => JSON.parse(line))
  const subjects = [...new Set(lines.map((line) => line.subject))].sort()
  assert.deepStrictEqual(subjects, ['async-append-only-log', 'async-flumelog', 'flumelog-aligned-offset', 'flumelog-memory', 'flumelog-offset', 'millrace', 'null'])
  for (const subject of subjects) {
    const rows = lines.filter((line) => line.subject === subject)
    assert.deepStrictEqual(rows.map((line) => line.row), subject === 'millrace' ? [...ROWS, ...OURS] : ROWS)
    for (const { bench, opsPerSecond, p99Us } of rows) assert.ok(bench === 'flumelog' && opsPerSecond > 0 && p99Us >= 0)
  }
})
