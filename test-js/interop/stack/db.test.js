'use strict'
// millrace/ssb/db beside the ssb-db that it is made of: the same rows for everything that ssb-db asks its indexes, on real messages, odd and
// private ones, after kills and deletions; the keys of each index beside those of its own map on random hostile messages. Over the
// committed messages; over those of MILLRACE_SSB_LOG (unpacked) too when it names a log.

const { test, before } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const { tempDir } = require('../../temp')
const { random, seedFromEnvironment } = require('../../random')
const { count } = require('../../tier')
const { install } = require('./install')
const { oddMessages, survivable } = require('./odd-messages')
const Flume = require('../../../js-bindings')
const { nativeDb } = require('../../../js-bindings/ssb/native-db')
const { ownCopy } = require('../../../js-bindings/ssb/own-copy')
const { encodeKey, decodeKey } = require('../../../js-bindings/lib/keys')
const { SELF_FED } = require('../../../js-bindings/lib/symbols')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')
const SWAP = path.join(__dirname, '../../contract/swap.js')
const PACKAGES = ['ssb-db', 'ssb-db-19']
const SORTED = ['clock', 'time', 'feed', 'links']
const INDEXES = ['keys', ...SORTED]
const FUZZED = count('MILLRACE_ODD_MESSAGES', 3000, 60000)
const KILLS = count('MILLRACE_KILLS', 4, 20)
const installed = (name) => path.join(__dirname, 'node_modules', name)
const text = { encode: (record) => record, decode: (record) => record, buffer: false }
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

before(install, { timeout: 600000 })

const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))
const fixture = () => zlib.gunzipSync(fs.readFileSync(FIXTURE))

/** A directory with this log, and further records of these texts. */
async function directoryWith (t, log, texts = [], secret) {
  const directory = tempDir(t)
  fs.mkdirSync(path.join(directory, 'flume'))
  const file = path.join(directory, 'flume/log.offset')
  if (log) fs.writeFileSync(file, log)
  if (secret) fs.writeFileSync(path.join(directory, 'secret'), secret)
  if (texts.length > 0) {
    const db = Flume.OffsetLog(file, { codec: text })
    await promisify(db.append)(texts)
    await promisify(db.close)()
  }
  return directory
}

function start (directory, which, name = 'ssb-db') {
  const preload = which === 'stock' ? ['--require', SWAP] : []
  const env = { ...process.env, MILLRACE_SUBJECT: 'peer' }
  delete env.NODE_TEST_CONTEXT
  return spawn(process.execPath, [...preload, path.join(__dirname, 'db.js'), directory, which, name], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Question by question what ssb-db answers. */
async function read (directory, which, name) {
  const child = start(directory, which, name)
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  const [status] = await once(child, 'close')
  assert.strictEqual(status, 0)
  const lines = Buffer.concat(chunks).toString().split('\n').filter((line) => line.startsWith('{"question"'))
  return new Map(lines.map((line) => [JSON.parse(line).question, line]))
}

function same (t, native, stock) {
  assert.deepStrictEqual([...native.keys()], [...stock.keys()])
  let rows = 0
  for (const [question, expected] of stock) {
    if (native.get(question) !== expected) assert.deepStrictEqual(JSON.parse(native.get(question)), JSON.parse(expected), question)
    rows += JSON.parse(expected).rows.length
  }
  t.diagnostic(`${stock.size} questions, ${rows} rows`)
  assert.ok(rows > 5000, `only ${rows} rows were compared`)
}

async function compare (t, log, name, isOdd) {
  const ssbKeys = require(installed('ssb-keys'))
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const keys = ssbKeys.generate()
  const texts = isOdd ? survivable([keys], random(seed), 400) : []
  const [stock, native] = [await directoryWith(t, log, texts), await directoryWith(t, log, texts)]
  for (const directory of [stock, native]) fs.writeFileSync(path.join(directory, 'secret'), JSON.stringify(keys))
  const expected = await read(stock, 'stock', name)
  same(t, await read(native, 'native', name), expected)
  return { native, expected }
}

for (const name of PACKAGES) {
  test(`${name}: the rows of its own indexes, the manifest, on real, odd and private messages`, async (t) => {
    const { native, expected } = await compare(t, fixture(), name, true)
    same(t, await read(native, 'native', name), expected) // from what is on disk
  })
}

test('ssb-db over the log of MILLRACE_SSB_LOG', { skip: process.env.MILLRACE_SSB_LOG ? false : 'MILLRACE_SSB_LOG names no log', timeout: 900000 }, (t) => compare(t, fs.readFileSync(process.env.MILLRACE_SSB_LOG), 'ssb-db', false))

test('killed while it builds, again and again, it has the same rows', async (t) => {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const { below } = random(seed)
  const log = fixture()
  const stock = await directoryWith(t, log)
  const expected = await read(stock, 'stock')
  const directory = await directoryWith(t, log, [], fs.readFileSync(path.join(stock, 'secret')))
  for (let i = 0; i < KILLS; i++) {
    const child = start(directory, 'native')
    child.stdout.resume()
    const killing = setTimeout(() => child.kill('SIGKILL'), 100 + below(1500))
    await once(child, 'close')
    clearTimeout(killing)
  }
  same(t, await read(directory, 'native'), expected)
})

/** The maps of a package's indexes, by index. */
function mapsOf (directory) {
  const maps = {}
  const own = ownCopy(directory, (name, file) => name === 'flumeview-level'
    ? (version, map) => {
        maps[{ 'db.js': 'keys', 'extras.js': 'time' }[file] || path.basename(file, '.js')] = map
        return () => ({})
      }
    : undefined)
  for (const index of INDEXES) if (fs.existsSync(path.join(directory, `indexes/${index}.js`))) own(`./indexes/${index}.js`)()
  return maps
}

/** The keys of a map, in order, each with the newest record that gave it; none of a record that it throws at. */
function keysOf (map, records) {
  const found = new Map()
  for (const { seq, value } of records) {
    let keys = []
    try {
      keys = map(JSON.parse(value), seq)
    } catch {}
    for (const key of keys) {
      let bytes
      try {
        bytes = encodeKey(key)
      } catch {
        continue
      }
      found.set(Buffer.from(bytes).toString('latin1'), seq)
    }
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([bytes, seq]) => ({ key: decodeKey(Buffer.from(bytes, 'latin1'), 0), seq }))
}

for (const isWild of [false, true]) {
  test(`the keys of each index are those of its map, on ${FUZZED} ${isWild ? 'hostile' : 'odd'} messages`, { timeout: 600000 }, async (t) => {
    const seed = seedFromEnvironment()
    t.diagnostic(`MILLRACE_SEED=${seed}`)
    const next = oddMessages(random(seed))
    const directory = await directoryWith(t, null, Array.from({ length: FUZZED }, () => next(isWild)))
    const file = path.join(directory, 'flume/log.offset')
    const reader = Flume.OffsetLog(file, { codec: text })
    const records = await collect(reader.stream({ gt: -1 }))
    await promisify(reader.close)()
    const maps = mapsOf(installed('ssb-db'))
    assert.deepStrictEqual(Object.keys(maps).sort(), [...INDEXES].sort())
    const dbIndex = require('../../../js-bindings/ssb/db-index')
    const db = Flume(Flume.OffsetLog(file, { codec }))
    let asked = 0
    for (const index of SORTED) {
      const map = (value, seq) => {
        asked++
        return maps[index](value, seq)
      }
      db.use(index, dbIndex(index, () => {})(1, map))
    }
    let rows = 0
    for (const index of SORTED) {
      const expected = keysOf(maps[index], records)
      assert.deepStrictEqual(await collect(db[index].read({ values: false })), expected, index)
      rows += expected.length
    }
    t.diagnostic(`${rows} keys; the maps saw ${asked} of ${FUZZED * SORTED.length} records`)
    assert.ok(asked < FUZZED * SORTED.length * 0.6, 'Java left nearly all to the maps')
    await promisify(db.close)()
  })
}

function peer (t, directory, plugin = nativeDb(installed('ssb-db')), others = []) {
  const ssbKeys = require(installed('ssb-keys'))
  const create = require(installed('secret-stack'))({ caps: require(installed('ssb-caps')) }).use(plugin)
  for (const other of others) create.use(other)
  return create({ path: directory, keys: ssbKeys.loadOrCreateSync(path.join(directory, 'secret')), connections: { incoming: {}, outgoing: {} } })
}

test('a list with null in it, at which ssb-db\'s map throws, and a box that is too short to be opened harm nobody', async (t) => {
  const next = oddMessages(random(1))
  const [message, boxed] = [JSON.parse(next(false)), JSON.parse(next(false))]
  boxed.value.content = 'c2VjcmV0.box'
  Object.assign(message.value, { author: '@a', sequence: 1, content: { type: 'post', mentions: [null, { link: message.key }] } })
  message.timestamp = 5
  const ssb = peer(t, await directoryWith(t, null, [JSON.stringify(boxed), JSON.stringify(message)]), undefined, [require(installed('ssb-private1'))])
  assert.deepStrictEqual((await collect(ssb.messagesByType('post'))).map(({ key }) => key), [message.key])
  assert.deepStrictEqual(await collect(ssb.links({ dest: message.key, meta: false })), [message.key])
  await promisify(ssb.close)()
})

test('last keeps the number of a deleted message, also when it is opened again; the other indexes forget it', async (t) => {
  const directory = tempDir(t)
  const ssb = peer(t, directory)
  const publish = promisify(ssb.publish)
  await publish({ type: 'post', text: 'one' })
  const { key } = await publish({ type: 'post', text: 'two' })
  await promisify(ssb.del)(key)
  assert.strictEqual(await promisify(ssb.latestSequence)(ssb.id), 2)
  await promisify(ssb.close)()
  const again = peer(t, directory)
  assert.strictEqual(await promisify(again.latestSequence)(again.id), 2)
  assert.strictEqual((await promisify(again.publish)({ type: 'post', text: 'three' })).value.sequence, 3)
  assert.deepStrictEqual((await collect(again.createUserStream({ id: again.id }))).map(({ value }) => value.sequence), [1, 3])
  assert.deepStrictEqual((await collect(again.messagesByType('post'))).map(({ value }) => value.content.text), ['one', 'three'])
  await promisify(again.close)()
})

test('live rows: public and private messages as they come, each once', async (t) => {
  const ssb = peer(t, tempDir(t), undefined, [require(installed('ssb-private1'))])
  const publish = promisify(ssb.publish)
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  await publish({ type: 'post', text: '0' })
  const live = collect(pull(ssb.messagesByType({ type: 'post', live: true, private: true }), pull.filter((row) => !row.sync), pull.take(6)))
  const history = collect(pull(ssb.createHistoryStream({ id: ssb.id, live: true, keys: false }), pull.filter((row) => !row.sync), pull.take(6)))
  for (let n = 1; n < 6; n++) await publish({ type: 'post', text: String(n), ...(n % 2 ? { recps: [ssb.id] } : {}) })
  assert.deepStrictEqual((await live).map(({ value }) => value.content.text), ['0', '1', '2', '3', '4', '5'])
  assert.deepStrictEqual((await history).map(({ sequence, content }) => `${sequence} ${typeof content}`), ['1 object', '2 string', '3 object', '4 string', '5 object', '6 string'])
  assert.strictEqual((await collect(ssb.messagesByType('post'))).filter(({ value }) => typeof value.content === 'string').length, 3)
  await promisify(ssb.close)()
})

test('addMap: the maps see what it makes of each message', async (t) => {
  const ssb = peer(t, await directoryWith(t, fixture()))
  ssb.addMap((message, cb) => {
    const content = { ...message.value.content, type: 'mapped' }
    cb(null, { ...message, value: { ...message.value, content } })
  })
  assert.ok((await collect(ssb.messagesByType({ type: 'mapped', limit: 50 }))).length === 50)
  assert.deepStrictEqual(await collect(ssb.messagesByType('post')), [])
  await promisify(ssb.close)()
})

test('ssb-db itself stays as it is, and an index of another shape is computed by its map', async (t) => {
  const stock = require(installed('ssb-db'))
  const native = nativeDb(installed('ssb-db'))
  assert.notStrictEqual(native.init, stock.init)
  assert.deepStrictEqual(native.manifest, stock.manifest)
  assert.deepStrictEqual(native.permissions, stock.permissions)
  assert.strictEqual(require(installed('ssb-db')), stock)
  assert.strictEqual(Object.keys(require.cache).filter((file) => file === path.join(installed('ssb-db'), 'index.js')).length, 1)

  const changed = path.join(tempDir(t), 'node_modules/ssb-db')
  fs.cpSync(installed('ssb-db'), changed, { recursive: true })
  fs.symlinkSync(path.join(__dirname, 'node_modules'), path.join(changed, 'node_modules'))
  const clock = path.join(changed, 'indexes/clock.js')
  fs.writeFileSync(clock, fs.readFileSync(clock, 'utf8').replace('[[data.value.author, data.value.sequence]]', '[[data.value.author, -data.value.sequence]]'))
  const ssbKeys = require(installed('ssb-keys'))
  const isNative = (made) => {
    const directory = tempDir(t)
    const db = made.create(directory, { path: directory }, ssbKeys.generate())
    const views = Object.fromEntries(INDEXES.map((name) => [name, db.views[name][SELF_FED]]))
    return promisify(db.close)().then(() => views)
  }
  const all = { keys: true, clock: true, time: true, feed: true, links: true }
  for (const name of PACKAGES) assert.deepStrictEqual(await isNative(nativeDb(installed(name))), all, name)
  assert.deepStrictEqual(await isNative(nativeDb(changed)), { ...all, clock: false })
})
