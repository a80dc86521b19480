'use strict'
// `npx millrace`: the command line as users start it, on logs that are good, damaged, empty, missing or no logs. What it does to
// each is tested in Java (cli/MainTest, log/LogFilesTest); here: arguments, streams, exit codes, and that the real peer opens what
// was repaired.

const assert = require('node:assert')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { BINDINGS } = require('../subjects')
const { tempDir } = require('../temp')

const PeerLog = require('flumelog-offset')
const BIN = path.join(BINDINGS, require(path.join(BINDINGS, 'package.json')).bin.millrace)
const RECORDS = ['{"key":"%a"}', '{"key":"%b","n":1}', '{"key":"%c"}', '{"key":"%d"}']

function millrace (args, options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', ...options })
  return { status, stdout, stderr }
}

/** A log written by the real peer. */
function peerLog (t) {
  const file = path.join(tempDir(t), 'log.offset')
  return new Promise((resolve, reject) => {
    PeerLog(file, {}).append(RECORDS.map((text) => Buffer.from(text)), (err) => err ? reject(err) : resolve(file))
  })
}

function readByPeer (file) {
  return new Promise((resolve, reject) => {
    const log = PeerLog(file, {})
    const records = []
    log.since.once(() => {
      const read = log.stream({ seqs: false })
      read(null, function next (end, record) {
        if (end) return end === true ? resolve(records) : reject(end)
        records.push(record.toString())
        read(null, next)
      })
    })
  })
}

test('verify, stat and stream of a log that the peer wrote', async (t) => {
  const file = await peerLog(t)
  const verify = millrace(['verify', file, '--json'])
  assert.strictEqual(verify.status, 0, verify.stderr)
  const { whole, records, format } = JSON.parse(verify.stdout)
  assert.deepStrictEqual({ whole, records, format }, { whole: true, records: 4, format: 'offset-32' })
  assert.strictEqual(JSON.parse(millrace(['stat', file, '--json']).stdout).bytes, fs.statSync(file).size)
  assert.deepStrictEqual(millrace(['stream', file]).stdout.trim().split('\n'), RECORDS)
})

test('a truncated log: exit 1, repair, and the peer opens it', async (t) => {
  const file = await peerLog(t)
  fs.truncateSync(file, fs.statSync(file).size - 3)
  assert.strictEqual(millrace(['verify', file]).status, 1)
  const repaired = JSON.parse(millrace(['repair', file, '--json']).stdout)
  assert.ok(repaired.changed && fs.existsSync(repaired.quarantine[0]))
  assert.strictEqual(JSON.parse(millrace(['repair', file, '--json']).stdout).changed, false)
  assert.deepStrictEqual(await readByPeer(file), RECORDS.slice(0, 3))
})

test('a record that is noise: repair leaves the others where they were, for the peer too', async (t) => {
  const file = await peerLog(t)
  const bytes = fs.readFileSync(file)
  const second = RECORDS[0].length + 12
  bytes.fill(0x7f, second, second + RECORDS[1].length + 12)
  fs.writeFileSync(file, bytes)
  assert.strictEqual(millrace(['verify', file]).status, 1)
  assert.strictEqual(millrace(['repair', file]).status, 0)
  assert.strictEqual(fs.statSync(file).size, bytes.length)
  assert.deepStrictEqual(await readByPeer(file), [RECORDS[0], RECORDS[2], RECORDS[3]])
})

test('append from standard input, get, view', async (t) => {
  const file = await peerLog(t)
  const appended = millrace(['append', file, '--json'], { input: '{"key":"%e"}' })
  assert.strictEqual(appended.status, 0, appended.stderr)
  const { seq } = JSON.parse(appended.stdout)
  assert.strictEqual(millrace(['get', file, String(seq)]).stdout, '{"key":"%e"}\n')
  assert.strictEqual(millrace(['view', file, 'keys', 'get', '%b']).stdout, RECORDS[1] + '\n')
  assert.deepStrictEqual(await readByPeer(file), [...RECORDS, '{"key":"%e"}'])
})

test('missing, a directory, another kind of file, wrong usage: a coded line on stderr and the exit code', (t) => {
  const dir = tempDir(t)
  const letter = path.join(dir, 'letter')
  fs.writeFileSync(letter, 'Dear reader, '.repeat(20))
  for (const [args, status, code] of [
    [['verify', path.join(dir, 'missing')], 4, 'ERR_FILE_NOT_FOUND'],
    [['verify', dir], 3, 'ERR_FILE_KIND'],
    [['repair', letter], 3, 'ERR_LOG_FORMAT']
  ]) {
    const ran = millrace(args)
    assert.strictEqual(ran.status, status, ran.stderr)
    assert.ok(ran.stderr.startsWith(`millrace: ${code} `), ran.stderr)
    assert.strictEqual(ran.stderr.trim().split('\n').length, 1)
  }
  assert.strictEqual(millrace(['verify']).status, 2)
  const help = millrace(['--help'])
  assert.strictEqual(help.status, 0)
  assert.match(help.stdout, /repair/)
})

test('no Java: ERR_JAVA_NOT_FOUND or ERR_JAVA_VERSION, exit 3', (t) => {
  const home = tempDir(t)
  fs.mkdirSync(path.join(home, 'lib/server'), { recursive: true })
  fs.writeFileSync(path.join(home, 'lib/server/libjvm.so'), '')
  fs.writeFileSync(path.join(home, 'release'), 'JAVA_VERSION="17.0.1"\n')
  const code = `require(${JSON.stringify(path.join(BINDINGS, 'lib/java-home.js'))}).findJava(${JSON.stringify(home)})`
  const { stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
  assert.match(stderr, /ERR_JAVA_VERSION/)
})

test('stream --live shows what is appended and ends with SIGTERM', async (t) => {
  const file = await peerLog(t)
  const live = spawn(process.execPath, [BIN, 'stream', file, '--live'])
  t.after(() => live.kill('SIGKILL'))
  let shown = ''
  const seen = (text) => new Promise((resolve) => {
    const look = () => shown.includes(text) && resolve()
    live.stdout.on('data', (data) => { shown += data; look() })
    look()
  })
  await seen(RECORDS[3])
  assert.strictEqual(millrace(['append', file, '{"late":true}']).status, 0)
  await seen('{"late":true}')
  const ended = new Promise((resolve) => live.on('exit', resolve))
  live.kill('SIGTERM')
  assert.notStrictEqual(await ended, 0)
})
