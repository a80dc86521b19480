'use strict'
// No state that only `rm -rf` heals: each file beside the log is damaged in each way there is, one at a time; the log opens, every view
// answers as before - or says that it is damaged and is rebuilt by name - and opens again. The log itself is not touched.

const { test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { setTimeout: delay } = require('node:timers/promises')
const { tempDir } = require('../temp')
const { random, seedFromEnvironment } = require('../random')
const { BINDINGS } = require('../subjects')

const Flume = require(BINDINGS)
const BlockLog = require(path.join(BINDINGS, 'async-append-only-log'))
const FIXTURE = path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz')
const VIEWS = ['keys', 'feeds', 'backlinks', 'type', 'about']
const MESSAGES = 600
const ANSWER_MS = 300000 // a hang, not a slow machine

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const bufferCodec = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: (bytes) => JSON.parse(bytes.toString()) }
const OPENERS = {
  offset: (dir) => Flume.OffsetLog(path.join(dir, 'log'), { codec }),
  block: (dir) => BlockLog(path.join(dir, 'log'), { codec: bufferCodec }),
  wal: (dir) => Flume.wal(path.join(dir, 'log'), { codec, durable: 'os', segmentBytes: 1 << 20 })
}

/** The first messages of the committed log. */
async function fixture (t) {
  const file = path.join(tempDir(t), 'log.offset')
  fs.writeFileSync(file, zlib.gunzipSync(fs.readFileSync(FIXTURE)))
  const db = Flume(Flume.OffsetLog(file, { codec }))
  const messages = []
  for await (const { value } of db.records({ limit: MESSAGES })) messages.push(value)
  await db.close()
  return messages
}

/** A database with its views; a block log by itself, which has no views of ours. */
function open (kind, dir) {
  if (kind === 'block') return OPENERS.block(dir)
  const db = Flume(OPENERS[kind](dir))
  for (const view of VIEWS) db.use(view, Flume.views[view]())
  return db
}

const call = (start) => new Promise((resolve, reject) => start((err, value) => err ? reject(err) : resolve(value)))

/** `since` of a block log moves when it is on the disk. */
const written = (db) => new Promise((resolve) => db.since((seq) => { if (seq >= 0) setImmediate(resolve) }))

function records (log) {
  return new Promise((resolve, reject) => {
    const keys = []
    log.stream().pipe({ paused: false, write: ({ value }) => keys.push(value.key), end: (err) => err ? reject(err) : resolve(keys) })
  })
}

const soon = (promise) => Promise.race([promise, delay(ANSWER_MS, undefined, { ref: false }).then(() => { throw new Error(`no answer within ${ANSWER_MS} ms`) })])

async function answers (db, messages) {
  if (!db.keys) return { records: await records(db) }
  const { author } = messages[0].value
  return {
    key: (await db.keys.get(messages[300].key)).value.sequence,
    clock: await db.feeds.clock(),
    posts: await db.type.count({ type: 'post' }),
    links: await db.backlinks.count({ id: author }),
    name: await db.about.latest({ id: author, field: 'name' })
  }
}

/** The answers; a view whose table rotted says so when it reads there, and rebuild(name) heals it. */
async function healed (db, messages) {
  try {
    return await answers(db, messages)
  } catch (err) {
    const [, view] = /^(?:ERR_\w+ )?view (\w+): /.exec(err.message) || []
    if (err.code !== 'ERR_VIEW_FAILED' || !view) throw err
    await db.rebuild(view)
    return answers(db, messages)
  }
}

function sideFiles (dir) {
  return fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath || entry.path, entry.name)))
    .filter((name) => name.startsWith('millrace') || /^log[.~]/.test(name))
}

/** crc32c, bit by bit. */
function crc32c (bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1))
  }
  return ~crc >>> 0
}

const DAMAGES = {
  'random bytes': (file, rng) => fs.writeFileSync(file, rng.bytes(fs.statSync(file).size || 50)),
  truncation: (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)),
  'one flipped bit': (file, rng) => {
    const bytes = fs.readFileSync(file)
    if (bytes.length > 0) bytes[rng.below(bytes.length)] ^= 1 << rng.below(8)
    fs.writeFileSync(file, bytes)
  },
  emptied: (file) => fs.truncateSync(file, 0),
  removed: (file) => fs.rmSync(file),
  'a directory in its place': (file) => {
    fs.rmSync(file)
    fs.mkdirSync(path.join(file, 'inside'), { recursive: true })
  },
  'a future version, its checksum right': (file) => {
    const bytes = fs.readFileSync(file)
    if (bytes.length < 16) return
    const at = /manifest-\d+$/.test(file) ? 8 : 4
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + 1, at)
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, -4)), bytes.length - 4)
    fs.writeFileSync(file, bytes)
  }
}

for (const kind of Object.keys(OPENERS)) {
  test(`${kind}: every side file, every damage`, { timeout: 1200000 }, async (t) => {
    const seed = seedFromEnvironment()
    t.diagnostic(`MILLRACE_SEED=${seed}`)
    const rng = random(seed)
    const alive = setInterval(() => {}, 1000) // a promise that waits does not keep a process
    t.after(() => clearInterval(alive))
    const messages = await fixture(t)
    const whole = tempDir(t)
    const db = open(kind, whole)
    await call((cb) => db.append(messages, cb))
    await written(db)
    const expected = await answers(db, messages)
    await call((cb) => db.close(cb))
    const files = sideFiles(whole)
    assert.ok(files.length > 0)
    if (kind !== 'block') assert.ok(files.some((name) => /manifest-/.test(name)), files.join(' '))
    let tried = 0
    for (const name of files) {
      for (const [how, damage] of Object.entries(DAMAGES)) {
        if (name.endsWith('.lock') && how === 'a directory in its place') continue // nobody but a person makes that; ERR_FILE_KIND says it
        const dir = path.join(tempDir(t), 'copy')
        fs.cpSync(whole, dir, { recursive: true })
        damage(path.join(dir, name), rng)
        for (const time of ['first', 'second']) {
          const again = open(kind, dir)
          try {
            assert.deepStrictEqual(await soon(healed(again, messages)), expected)
          } catch (err) {
            err.message = `${name}, ${how}, opened the ${time} time: ${err.message}`
            throw err
          } finally {
            await call((cb) => again.close(cb))
          }
        }
        fs.rmSync(dir, { recursive: true })
        tried++
      }
    }
    t.diagnostic(`${tried} damages of ${files.length} files`)
  })
}
