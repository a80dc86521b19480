'use strict'
// millrace/ssb/migrate: ssb-db's log for ssb-db2 and back, while an application moves between the stacks; killed and gone on with; a
// target of other messages. What it writes is compared with what the stacks' own code writes: JSON, and bipf by npm's encoder.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { execFile, spawnSync } = require('node:child_process')
const { promisify } = require('node:util')
const { tempDir } = require('../../temp')
const { BINDINGS, subject } = require('../../subjects')
const { install } = require('./install')

const MIGRATE = path.join(BINDINGS, 'ssb/migrate')
const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')
const bipf = require('bipf')
const migrate = require(MIGRATE)
const peer = subject('peer')

before(install, { timeout: 600000 })

async function run (app, directory, replies) {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, app), directory, String(replies)], { timeout: 600000 })
  return JSON.parse(stdout)
}

function withFixture (t) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  fs.writeFileSync(path.join(directory, 'flume/log.offset'), zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  return directory
}

/** Records of a bipf log, by the real async-append-only-log. */
function bipfRecords (directory) {
  const log = peer.BlockLog(path.join(directory, 'db2/log.bipf'), { blockSize: 65536 })
  return new Promise((resolve, reject) => {
    const records = []
    log.stream({ offsets: false }).pipe({
      paused: false,
      write: (record) => records.push(Buffer.from(record)),
      end: (err) => log.close(() => err ? reject(err) : resolve(records))
    })
  })
}

/** Records of an offset log, by the real flumelog-offset. */
function jsonRecords (directory) {
  const pull = require('pull-stream')
  const log = peer.OffsetLog(path.join(directory, 'flume/log.offset'), { codec: { encode: String, decode: String, buffer: false } })
  return new Promise((resolve, reject) => pull(log.stream({ seqs: false }), pull.collect((err, records) => err ? reject(err) : resolve(records))))
}

test('an application moves from ssb-db to ssb-db2 and back; both see every message', async (t) => {
  const directory = tempDir(t)
  const [flume, aside] = ['flume', 'flume.old'].map((name) => path.join(directory, name))
  const old = await run('app.js', directory, 5)
  const there = await migrate(directory, { to: 'ssb-db2' })
  assert.deepStrictEqual([there.records, there.resumed], [old.log.length, 0])
  fs.renameSync(flume, aside) // ssb-db2 publishes nothing as long as there are two logs
  const moved = await run('app-db2.js', directory, 2)
  const posts = [...old.posts, 'a thread', 'reply 1', 'reply 2'].sort()
  assert.deepStrictEqual([...moved.posts].sort(), posts)
  fs.renameSync(aside, flume)
  const back = await migrate(directory, { to: 'ssb-db' })
  assert.deepStrictEqual([back.resumed, back.records], [old.log.length, old.log.length + 5])
  const again = await run('app.js', directory, 0)
  assert.deepStrictEqual(again.log.slice(0, old.log.length), old.log)
  assert.deepStrictEqual([...again.posts].sort(), posts)
  assert.deepStrictEqual(again.feed, again.log.map((_, i) => i + 1))
  assert.strictEqual((await migrate(directory, { to: 'ssb-db2' })).resumed, again.log.length)
})

test('each record is what the stack itself writes', async (t) => {
  const directory = withFixture(t)
  const json = await jsonRecords(directory)
  const told = []
  const { records } = await migrate(directory, { to: 'ssb-db2', onProgress: (progress) => told.push(progress) })
  assert.strictEqual(records, json.length)
  assert.deepStrictEqual(told.at(-1), { records, percent: 1 })
  const written = await bipfRecords(directory)
  json.forEach((text, i) => assert.ok(written[i].equals(bipf.allocAndEncode(JSON.parse(text))), `record ${i}`))

  fs.rmSync(path.join(directory, 'flume'), { recursive: true })
  await migrate(directory, { to: 'ssb-db' })
  assert.deepStrictEqual(await jsonRecords(directory), json.map((text) => JSON.stringify(JSON.parse(text))))
})

test('killed, the same call goes on where it was', async (t) => {
  const directory = withFixture(t)
  const program = `require(${JSON.stringify(MIGRATE)})(${JSON.stringify(directory)}, { to: 'ssb-db2', onProgress: () => process.kill(process.pid, 'SIGKILL') })`
  const { signal } = spawnSync(process.execPath, ['-e', program], { cwd: path.join(__dirname, '../..') })
  assert.strictEqual(signal, 'SIGKILL')
  const { records, resumed } = await migrate(directory, { to: 'ssb-db2' })
  assert.ok(resumed > 0 && resumed < records, `${resumed} of ${records}`)
  assert.deepStrictEqual((await bipfRecords(directory)).length, records)
  assert.strictEqual((await migrate(directory, { to: 'ssb-db2' })).resumed, records)
})

test('a target with other messages, no source, a wrong name: refused, nothing changed', async (t) => {
  const directory = tempDir(t)
  await assert.rejects(migrate(directory, { to: 'ssb-db2' }), { code: 'ERR_FILE_NOT_FOUND' })
  assert.throws(() => migrate(directory, { to: 'db3' }), { code: 'ERR_ARGUMENT' })
  await run('app.js', directory, 1)
  const other = tempDir(t)
  await run('app-db2.js', other, 1)
  fs.cpSync(path.join(other, 'db2'), path.join(directory, 'db2'), { recursive: true })
  const log = path.join(directory, 'db2/log.bipf')
  const bytes = fs.readFileSync(log)
  await assert.rejects(migrate(directory, { to: 'ssb-db2' }), { code: 'ERR_ARGUMENT', message: /message 1, %.*is not that of the other log/ })
  assert.ok(fs.readFileSync(log).equals(bytes))
})
