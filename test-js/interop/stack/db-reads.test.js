'use strict'
// millrace/ssb/db beside ssb-db on the stock modules: random reads of every kind give the same, on real, odd, forked and private messages; live
// too, and after what happens to a database: kills while it builds, a cut log, rebuilds, deletions, a key that comes late.

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
const { count, isLong } = require('../../tier')
const { install } = require('./install')
const { survivable } = require('./odd-messages')
const { Pair, installed, logOf, rowsOf, until } = require('./db-pair')
const { Questions, subjectsOf, withoutRts } = require('./db-questions')

const FIXTURE = path.join(__dirname, '../../fixtures/ssb-3k.log.offset.gz')
const PACKAGES = ['ssb-db', 'ssb-db-19']
const QUESTIONS = count('MILLRACE_DB_QUESTIONS', 300, 300)
const KILLS = count('MILLRACE_KILLS', 2, 5)
const ROUNDS = count('MILLRACE_DB_ROUNDS', 1, 3)
const RANDOM = { timeout: 3600000, skip: isLong ? false : 'of the long tier: MILLRACE_TIER=long' }

before(install, { timeout: 300000 })

/** The committed messages and odd ones behind them, some encrypted for whose database it is, and some for another. */
async function pairOf (t, name, { odd = 500, log = zlib.gunzipSync(fs.readFileSync(FIXTURE)) } = {}) {
  const seed = seedFromEnvironment()
  t.diagnostic(`MILLRACE_SEED=${seed}`)
  const dice = random(seed)
  const ssbKeys = require(installed('ssb-keys'))
  const [mine, other] = [ssbKeys.generate(), ssbKeys.generate()]
  const base = tempDir(t)
  const directories = { stock: path.join(base, 'stock'), native: path.join(base, 'native') }
  for (const directory of Object.values(directories)) {
    fs.mkdirSync(path.join(directory, 'flume'), { recursive: true })
    if (log) fs.writeFileSync(logOf(directory), log)
  }
  const unboxers = name === 'ssb-db' ? [require(installed('ssb-private1/box1'))(mine).unboxer] : [] // 19 brings it
  const pair = new Pair({ name, directories, keys: mine, unboxers })
  await pair.open()
  t.after(() => pair.isClosed || pair.close())
  const messages = survivable([mine, other], dice, odd).map(JSON.parse)
  const plain = messages.filter(({ value }) => typeof value.content === 'object') // what ssb-db 20 opens it keeps by its key
  for (let i = 0; i < 5 && plain.length > 0; i++) messages.push({ ...plain[dice.below(plain.length)], key: plain[dice.below(plain.length)].key })
  if (messages.length > 0) await pair.append(messages)
  await pair.caughtUp()
  return { pair, dice, mine, other }
}

const messagesIn = async (pair) => (await pair.same('all', async (db) => withoutRts(await rowsOf(() => db.createLogStream({ private: true, gt: -1 }))))).answer

/** Random questions, the same ones for the same state of `dice`. */
async function compare (t, pair, dice, questions = QUESTIONS) {
  const seqs = (await pair.same('seqs', (db) => rowsOf(() => db.stream({ values: false })))).answer
  const asked = new Questions(dice, subjectsOf(await messagesIn(pair), seqs))
  const answers = { rows: 0, errors: 0 }
  for (let i = 0; i < questions; i++) {
    const { question, ask } = asked.next()
    const { answer, error } = await pair.same(question, ask)
    if (error) answers.errors++
    else answers.rows += Array.isArray(answer) ? answer.length : 1
  }
  t.diagnostic(`${questions} questions: ${answers.rows} rows, ${answers.errors} errors`)
  assert.ok(answers.rows > questions, 'nearly nothing was answered')
}

async function reopened (pair, whileClosed = () => {}) {
  await pair.close()
  pair.isClosed = true
  await whileClosed()
  await pair.open()
  pair.isClosed = false
}

for (const name of PACKAGES) {
  test(`${name}: random reads`, RANDOM, async (t) => {
    const { pair, dice } = await pairOf(t, name)
    await compare(t, pair, dice)
    await reopened(pair)
    await compare(t, pair, dice)
  })
}

/** Builds and is killed, again and again, each time a little later. */
async function killedBuilds (pair, dice) {
  for (let i = 0; i < KILLS; i++) {
    const child = spawn(process.execPath, [path.join(__dirname, 'db-build.js'), pair.directories.native, pair.name], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, dice.below(300)))
    child.kill('SIGKILL')
    await once(child, 'close')
  }
}

const sideFiles = (pair) => path.join(path.dirname(logOf(pair.directories.native)), 'millrace')

for (const name of PACKAGES) {
  test(`${name}: random reads after kills while it builds, and of a log that was cut at any byte`, RANDOM, async (t) => {
    const { pair, dice, mine } = await pairOf(t, name)
    for (let round = 0; round < ROUNDS; round++) {
      await reopened(pair, async () => {
        fs.rmSync(sideFiles(pair), { recursive: true })
        await killedBuilds(pair, dice)
      })
      await compare(t, pair, dice, QUESTIONS / 3)
      await reopened(pair, () => {
        const { size } = fs.statSync(logOf(pair.directories.stock))
        pair.cutAt(size - dice.below(size >> 2))
        pair.forgetStockIndexes()
      })
      await compare(t, pair, dice, QUESTIONS / 3)
      await pair.append(survivable([mine], dice, 60).map(JSON.parse))
      await pair.caughtUp()
      await compare(t, pair, dice, QUESTIONS / 3)
    }
  })

  test(`${name}: random reads after each index was built anew by its name, or all of them`, RANDOM, async (t) => {
    const { pair, dice } = await pairOf(t, name)
    for (const view of Object.keys(pair.native.views)) {
      await promisify(pair.native.views[view].rebuild)()
      await pair.caughtUp()
    }
    await compare(t, pair, dice, QUESTIONS / 3)
    if (name === 'ssb-db') { // 19 shows nobody its flumedb's
      await pair.both((db) => promisify(db.rebuild)())
      await compare(t, pair, dice, QUESTIONS / 3)
    }
    const flume = pair.native.status()
    assert.deepStrictEqual(Object.keys(flume.views).sort(), Object.keys(pair.stock.views).sort())
    for (const [view, { since }] of Object.entries(flume.views)) assert.strictEqual(since, pair.stock.views[view].since.value, view)
    await pair.both((db) => until(() => db.progress.indexes.current === db.since.value)) // ssb-db's own looks at it now and then
    await pair.same('progress', (db) => db.progress)
  })

  test(`${name}: random reads after deletions`, RANDOM, async (t) => {
    const { pair, dice } = await pairOf(t, name)
    const { keys, feed, gone, types } = await deletable(pair, dice)
    for (const key of keys) await pair.both((db) => promisify(db.del)(key))
    if (feed) await pair.both((db) => promisify(db.del)(feed))
    await vanished(pair, gone, types)
    await compare(t, pair, dice)
    await reopened(pair)
    await compare(t, pair, dice, QUESTIONS / 3)
  })
}

/**
 * Keys of some messages and an author; `gone`: the keys of all that goes with them; all types. None is a message that stock cannot delete -
 * one in two blocks of flumelog-offset's, it throws uncaught - or one whose place in an index another wants: ours gives that place back to it.
 */
async function deletable (pair, dice) {
  const { answer: records } = await pair.same('records', (db) => rowsOf(() => db.stream({ seqs: true, values: true })))
  const wanted = new Map() // how many want a place
  const places = ({ key, timestamp, value: { author, sequence, timestamp: claimed } }) => [key, timestamp, claimed, `${author} ${sequence}`]
  for (const { value } of records) for (const place of places(value)) wanted.set(place, (wanted.get(place) || 0) + 1)
  const isWhole = ({ seq, value }, i) => i + 1 < records.length && seq >> 14 === records[i + 1].seq >> 14 && places(value).every((place) => wanted.get(place) === 1)
  const torn = new Set()
  const whole = records.filter((record, i) => isWhole(record, i) || !torn.add(record.value.value.author)).map(({ value }) => value)
  const authors = [...new Set(whole.map(({ value }) => value.author))].filter((author) => author.length > 50 && !torn.has(author))
  const feed = authors[dice.below(authors.length)]
  const keys = [...new Set(Array.from({ length: 40 }, () => whole[dice.below(whole.length)]))].filter(({ value }) => value.author !== feed).map(({ key }) => key)
  const gone = [...keys, ...whole.filter(({ value }) => value.author === feed).map(({ key }) => key)]
  return { keys, feed, gone, types: subjectsOf(records.map(({ value }) => value)).types }
}

/** LevelDB forgets a deleted record's keys when a read has come upon them: one does, of each index. */
async function vanished ({ stock }, keys, types) {
  for (const key of keys) await promisify(stock.keys.get)(key).catch(() => {})
  for (const view of ['clock', 'time', 'feed']) await rowsOf(() => stock[view].read({}))
  for (const dest of [undefined, '@', '%', '&']) await rowsOf(() => stock.links({ dest }))
  for (const type of types) await rowsOf(() => stock.messagesByType(type))
}

/** The rows of a live read up to one that says `key`, and how to learn that there are as many by now. */
function following (source, key) {
  const rows = []
  const ended = new Promise((resolve, reject) => {
    pull(source, pull.drain((row) => {
      rows.push(row)
      return !JSON.stringify(row).includes(key)
    }, (err) => err && err !== true ? reject(err) : resolve(rows)))
  })
  return { rows, ended }
}

const LIVE = [
  (db, of, opts) => db.createLogStream(opts),
  (db, of, opts) => db.createFeedStream(opts),
  (db, of, opts) => db.createHistoryStream({ id: of.author, ...opts }),
  (db, of, opts) => db.createUserStream({ id: of.author, gt: 2, ...opts }),
  (db, of, opts) => db.messagesByType({ type: 'post', ...opts }),
  (db, of, opts) => db.links({ dest: of.target, rel: 'root', ...opts }),
  (db, of, opts) => db.links({ source: of.author, ...opts, meta: false, keys: true })
]

for (const name of PACKAGES) {
  test(`${name}: live reads`, RANDOM, async (t) => {
    const { pair, dice, mine, other } = await pairOf(t, name)
    const { value: { author }, key: target } = (await messagesIn(pair))[0]
    const rounds = Math.ceil(QUESTIONS / 25)
    for (let round = 0; round < rounds; round++) {
      const more = survivable([mine, other], dice, 20).map(JSON.parse)
      const key = `%${String(round).padStart(42, 'z')}A=.sha256`
      const last = { key, value: { author, sequence: 1e6 + round, timestamp: 2e12 + round, content: { type: 'post', root: target, text: 'the last' } }, timestamp: 2e12 + round }
      const reads = LIVE.map((read) => ({ read, opts: new Questions(dice, {}).some({ old: () => dice.below(2) === 0, private: () => true, sync: () => dice.below(2) === 0 }) }))
      const begun = await pair.both(async (db) => reads.map(({ read, opts }) => following(read(db, { author, target }, { ...opts, live: true }), key)))
      const old = await Promise.all(reads.map(({ read, opts }) => opts.old === false ? { answer: [] } : rowsOf(() => read(pair.stock, { author, target }, { ...opts }))))
      for (const which of ['stock', 'native']) await until(() => begun[which].every(({ rows }, i) => rows.length >= old[i].answer.length))
      await pair.append([...more, last])
      for (const [i, { opts }] of reads.entries()) {
        const [stock, native] = await Promise.all([begun.stock[i].ended, begun.native[i].ended])
        await pair.same(`${LIVE[i]} ${JSON.stringify(opts)}`, (db) => db === pair.stock ? stock : native)
      }
      await pair.caughtUp()
    }
  })
}

test('ssb-db: a key that comes late, and a rebuild: what was encrypted for it is there', RANDOM, async (t) => {
  const { pair, dice, other } = await pairOf(t, 'ssb-db')
  const isPrivate = ({ value }) => value.private === true
  const before = (await messagesIn(pair)).filter(isPrivate).length
  const { unboxer } = require(installed('ssb-private1/box1'))(other)
  await pair.both(async (db) => db.addUnboxer(unboxer))
  await pair.both((db) => promisify(db.rebuild)())
  const after = (await messagesIn(pair)).filter(isPrivate).length
  assert.ok(after > before, `${before} private messages, ${after} with the other key`)
  await compare(t, pair, dice, QUESTIONS / 3)
})

test('createLogStream stops at gte in both directions; the original does not, for ssb-db adds gt: 0', async (t) => {
  const { pair } = await pairOf(t, 'ssb-db', { odd: 0 })
  const times = (await messagesIn(pair)).map(({ timestamp }) => timestamp)
  const gte = times[times.length >> 1]
  const read = (db, opts) => rowsOf(() => db.createLogStream(opts)).then(({ answer }) => answer.map(({ timestamp }) => timestamp))
  const upwards = await read(pair.native, { gte })
  assert.deepStrictEqual(upwards, await read(pair.stock, { gte }))
  assert.deepStrictEqual(await read(pair.native, { gte, reverse: true }), upwards.reverse())
  assert.ok((await read(pair.stock, { gte, reverse: true })).length > upwards.length)
})

test('of two messages received at once the older one is there again when the newer one is deleted; in LevelDB it is lost', async (t) => {
  const { pair } = await pairOf(t, 'ssb-db', { odd: 0 })
  const messages = ['x', 'y'].map((letter) => ({ key: `%${letter.repeat(42)}A=.sha256`, value: { author: `@${letter.repeat(42)}A=.ed25519`, sequence: 1, timestamp: 5, content: { type: 'twin' } }, timestamp: 2e12 }))
  await pair.append(messages)
  const last = (db) => rowsOf(() => db.createLogStream({ gte: 2e12, lte: 2e12, values: false })).then(({ answer }) => answer)
  assert.deepStrictEqual(await pair.same('both', last), [messages[1].key])
  await pair.both((db) => promisify(db.del)(messages[1].key))
  assert.deepStrictEqual(await last(pair.native), [messages[0].key])
  assert.deepStrictEqual(await last(pair.stock), [])
})
