'use strict'
// The benchmarks at smoke size: every row of every subject gives a figure, and what was read is what was written. No timed assertion.

const test = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')

const ROWS = ['append', 'append drained', 'stream', 'stream no cache', 'stream10', 'random']
const OURS = ['batch append', 'batch scan']
const READS = ['get by key', 'thread', 'backlinks', 'vote count', 'feed', 'vector clock', 'mentions']
const QUERIES = ['thread', 'backlinks', 'vote count', 'feed', 'vector clock', 'type', 'last 50 posts', 'mentions', 'posts by author', 'about name',
  'timeline', 'channel', 'unindexed filter']

test('flumelog.js gives every row for the null log, ours and the peers', () => {
  const args = ['--secs', '0.05', '--records', '3000', '--rounds', '1', '--json']
  const lines = execFileSync(process.execPath, [path.join(__dirname, 'flumelog.js'), ...args]).toString().trim().split('\n').map((line) => JSON.parse(line))
  const subjects = [...new Set(lines.map((line) => line.subject))].sort()
  assert.deepStrictEqual(subjects, ['async-append-only-log', 'async-flumelog', 'flumelog-aligned-offset', 'flumelog-memory', 'flumelog-offset', 'millrace', 'millrace block', 'null'])
  for (const subject of subjects) {
    const rows = lines.filter((line) => line.subject === subject)
    assert.deepStrictEqual(rows.map((line) => line.row), subject === 'millrace' ? [...ROWS, ...OURS] : ROWS)
    for (const { bench, opsPerSecond, p99Us } of rows) assert.ok(bench === 'flumelog' && opsPerSecond > 0 && p99Us >= 0)
  }
})

test('queries.js asks the whole workload; every subject gives the same rows', () => {
  const args = [path.join(__dirname, 'queries.js'), '--rounds', '1', '--json']
  const lines = execFileSync(process.execPath, args).toString().trim().split('\n').map((line) => JSON.parse(line))
  const rows = lines.filter((line) => line.subject === 'millrace').map((line) => line.row)
  assert.deepStrictEqual(rows, QUERIES)
  for (const row of rows) {
    const digests = lines.filter((line) => line.row === row).map((line) => line.digest)
    assert.ok(digests.length > 1 && new Set(digests).size === 1, `${row}: ${digests}`)
  }
})

test('reduce.js builds in a fresh process and again in a warm one; all count the same', () => {
  const args = [path.join(__dirname, 'reduce.js'), '--log', path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz'), '--rounds', '1', '--warm', '1', '--json']
  const lines = execFileSync(process.execPath, args, { env: { ...process.env, MILLRACE_AOT_CACHE: 'off' } }).toString().trim().split('\n').map((line) => JSON.parse(line))
  assert.strictEqual(lines.length, 4)
  for (const { seconds, buildSeconds, warmSeconds, blockedMs, noiseMs } of lines) assert.ok(seconds > buildSeconds && warmSeconds > 0 && blockedMs >= 0 && noiseMs >= 0)
})

test('views.js builds, opens again, reads and follows the native views', () => {
  const args = [path.join(__dirname, 'views.js'), '--subjects', 'millrace', '--rounds', '1', '--reads', '5', '--json']
  const lines = execFileSync(process.execPath, args, { env: { ...process.env, MILLRACE_AOT_CACHE: 'off' } }).toString().trim().split('\n').map((line) => JSON.parse(line))
  const rowsOf = (bench) => lines.filter((line) => line.bench === bench)
  for (const { seconds, rssAnonMB, bytes } of rowsOf('rebuild')) assert.ok(seconds > 0 && rssAnonMB > 0 && bytes > 0)
  assert.deepStrictEqual(rowsOf('reopen').map(({ row, seconds }) => [row, seconds > 0]), [['keys, feeds, backlinks', true], ['all native', true]])
  assert.deepStrictEqual(rowsOf('read').map(({ row }) => row), READS)
  for (const { p50Us, p99Us, rows } of [...rowsOf('read'), ...rowsOf('live').map((line) => ({ ...line, rows: 1 }))]) assert.ok(rows > 0 && p50Us > 0 && p99Us >= p50Us)
})
