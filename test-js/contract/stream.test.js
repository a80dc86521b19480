'use strict'
// flumelog-offset's stream: every option alone and together against a model, live reading, deleted records, aborts, slow readers.

const assert = require('node:assert')
const pull = require('pull-stream')
const { contract, both, onOurs, workspace, text, call, collect, tap, loaded, delay } = require('./harness')
const { random, seedFromEnvironment } = require('../random')

const VALUES = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg']
const SEQS = [0, 13, 27, 42, 58, 75, 93]

/** What a stream gives: bounds are sequences of records, -1 (before all) or past the end (not with reverse, see DIFFERENCES.md). */
function model (opts) {
  let records = SEQS.map((seq, i) => ({ seq, value: VALUES[i] }))
  if (opts.gt !== undefined) records = records.filter((r) => r.seq > opts.gt)
  if (opts.gte !== undefined) records = records.filter((r) => r.seq >= opts.gte)
  if (opts.lt !== undefined) records = records.filter((r) => r.seq < opts.lt)
  if (opts.lte !== undefined) records = records.filter((r) => r.seq <= opts.lte)
  if (opts.reverse) records.reverse()
  if (opts.limit > 0) records = records.slice(0, opts.limit)
  return records.map((r) => opts.seqs === false ? r.value : opts.values === false ? r.seq : r)
}

async function filled (t, subject, opts) {
  const log = workspace(t, subject).log({ codec: text, ...opts })
  await call(log.append, VALUES)
  return log
}

contract('flumelog-offset: stream', (subject) => {
  both('an empty log gives an empty stream, before and after loading', async (t) => {
    const log = workspace(t, subject).log()
    assert.deepStrictEqual(await collect(log.stream()), [])
    assert.deepStrictEqual(await collect(log.stream({ reverse: true })), [])
  })

  both('without options: {value, seq} of everything', async (t) => {
    const log = await filled(t, subject)
    assert.deepStrictEqual(await collect(log.stream()), model({}))
  })

  both('values: false gives seqs, seqs: false gives values, both false gives values', async (t) => {
    const log = await filled(t, subject)
    assert.deepStrictEqual(await collect(log.stream({ values: false })), SEQS)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), VALUES)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false, values: false })), VALUES)
  })

  both('gt: -1 starts at the beginning, gt past the end is empty', async (t) => {
    const log = await filled(t, subject)
    assert.deepStrictEqual(await collect(log.stream({ gt: -1 })), model({}))
    for (const opts of [{ gt: SEQS[6] }, { gt: 100000 }, { gte: 100000 }]) assert.deepStrictEqual(await collect(log.stream(opts)), [])
  })

  both('every pair of bounds, both directions', async (t) => {
    const log = await filled(t, subject)
    const lowers = [{}, ...[-1, 0, 13, 58, 93].flatMap((seq) => seq < 0 ? [{ gt: seq }] : [{ gt: seq }, { gte: seq }])]
    const uppers = [{}, ...[0, 27, 58, 93].flatMap((seq) => [{ lt: seq }, { lte: seq }])]
    for (const lower of lowers) {
      for (const upper of uppers) {
        for (const more of [{}, { reverse: true }, { limit: 2 }, { reverse: true, limit: 2, values: false }]) {
          const opts = { ...lower, ...upper, ...more }
          if (!subject.ours && oddOnPeer(opts)) continue
          assert.deepStrictEqual(await collect(log.stream({ ...opts })), model(opts), JSON.stringify(opts))
        }
      }
    }
  })

  onOurs(subject, 'whoever reads a whole log in a loop leaves turns to others', async (t) => {
    const slow = { encode: String, decode: (bytes) => { for (const end = performance.now() + 1; performance.now() < end;); return String(bytes) }, buffer: false }
    const log = workspace(t, subject).log({ codec: slow })
    await call(log.append, Array.from({ length: 40 }, (_, i) => String(i).padEnd(4000))) // 40 ms of decoding, in many chunks
    let turns = 0
    const count = setInterval(() => { turns++ }, 0)
    assert.strictEqual((await collect(log.stream())).length, 40)
    clearInterval(count)
    assert.ok(turns > 0, 'no timer had its turn')
  })

  onOurs(subject, 'bounds before the first and past the last record bound nothing they should not (the peer gives odd rows)', async (t) => {
    const log = await filled(t, subject)
    for (const opts of [{ gt: 58, lt: 13 }, { gte: 58, lte: 27, reverse: true }, { gt: 58, lte: 58, reverse: true }, { lte: -1 }, { lt: 0, reverse: true }, { reverse: true, lte: 100000 }, { reverse: true, lt: 100000 }]) {
      assert.deepStrictEqual(await collect(log.stream({ ...opts })), model(opts), JSON.stringify(opts))
    }
  })

  both('random options equal the model', async (t) => {
    const seed = seedFromEnvironment()
    t.diagnostic(`MILLRACE_SEED=${seed}`)
    const rng = random(seed)
    const log = await filled(t, subject)
    for (let i = 0; i < 300; i++) {
      const opts = {}
      if (rng.below(2)) opts[rng.below(2) ? 'gt' : 'gte'] = SEQS[rng.below(7)]
      if (rng.below(2)) opts[rng.below(2) ? 'lt' : 'lte'] = SEQS[rng.below(7)]
      if (rng.below(2)) opts.reverse = true
      if (rng.below(3) === 0) opts.limit = 1 + rng.below(8)
      if (rng.below(3) === 0) opts[rng.below(2) ? 'seqs' : 'values'] = false
      if (rng.below(2)) opts.cache = rng.below(2) === 0
      if (!subject.ours && oddOnPeer(opts)) continue
      assert.deepStrictEqual(await collect(log.stream({ ...opts })), model(opts), JSON.stringify(opts))
    }
  })

  both('limit 0 and -1 mean no limit', async (t) => {
    const log = await filled(t, subject)
    for (const limit of [0, -1]) assert.deepStrictEqual(await collect(log.stream({ limit, values: false })), SEQS)
  })

  both('cache: false gives the same', async (t) => {
    const log = await filled(t, subject)
    assert.deepStrictEqual(await collect(log.stream({ cache: false })), model({}))
  })

  both('records far beyond one block, forward and back', async (t) => {
    const log = workspace(t, subject).log({ codec: text, blockSize: 1024 })
    const values = Array.from({ length: 3000 }, (_, i) => `${i}:`.padEnd(i % 97, '.'))
    await call(log.append, values)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), values)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false, reverse: true })), [...values].reverse())
  })

  both('several streams at once do not disturb each other', async (t) => {
    const log = await filled(t, subject)
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => collect(log.stream({ values: false, reverse: i % 2 === 1 }))))
    all.forEach((seqs, i) => assert.deepStrictEqual(seqs, i % 2 ? [...SEQS].reverse() : SEQS))
  })

  both('a slow reader gets everything, records appended meanwhile included', async (t) => {
    const log = await filled(t, subject)
    const seen = await new Promise((resolve, reject) => {
      pull(
        log.stream({ seqs: false, live: true, limit: 8 }),
        pull.asyncMap((value, cb) => setTimeout(cb, 2, null, value)),
        pull.collect((err, items) => err ? reject(err) : resolve(items))
      )
      log.append('hhhhhhhh', () => {})
    })
    assert.deepStrictEqual(seen, [...VALUES, 'hhhhhhhh'])
  })

  both('an aborted stream ends, and others go on', async (t) => {
    const log = await filled(t, subject)
    assert.deepStrictEqual(await collect(pull(log.stream({ seqs: false }), pull.take(2))), ['a', 'bb'])
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), VALUES)
  })

  both('reading synchronously through 20,000 records does not overflow the stack', async (t) => {
    const log = workspace(t, subject).log()
    await call(log.append, Array.from({ length: 20000 }, (_, i) => Buffer.from(String(i))))
    let count = 0
    await new Promise((resolve, reject) => pull(log.stream({ seqs: false }), pull.drain(() => { count++ }, (err) => err ? reject(err) : resolve())))
    assert.strictEqual(count, 20000)
  })
})

/**
 * Where the peer's reader runs past its end and gives odd rows: an empty range between the bounds (the last record is the
 * default upper one), or in reverse a range of one. Ours gives what the model says.
 */
function oddOnPeer (opts) {
  const lower = opts.gte !== undefined ? opts.gte : opts.gt
  const upper = opts.lt !== undefined ? opts.lt : opts.lte !== undefined ? opts.lte : SEQS[SEQS.length - 1]
  if (upper === 0 && opts.lt === 0) return true
  if (lower === undefined || lower < 0) return false
  return lower > upper || (lower === upper && (opts.reverse || opts.gte === undefined || opts.lt !== undefined))
}

contract('flumelog-offset: live stream', (subject) => {
  both('live: the old first, then what is appended; no {sync: true} between', async (t) => {
    const log = await filled(t, subject)
    const live = tap(log.stream({ live: true }))
    await live.wait(7)
    const seq = await call(log.append, 'new')
    assert.deepStrictEqual(await live.wait(8), [...model({}), { seq, value: 'new' }])
    await live.stop()
  })

  both('old: false implies live and begins behind since', async (t) => {
    const log = await filled(t, subject)
    const live = tap(log.stream({ old: false, seqs: false }))
    await delay(20)
    assert.deepStrictEqual(live.items, [])
    await call(log.append, ['new', 'newer'])
    assert.deepStrictEqual(await live.wait(2), ['new', 'newer'])
    await live.stop()
  })

  both('live from gt: since sees only the new', async (t) => {
    const log = await filled(t, subject)
    const live = tap(log.stream({ gt: log.since.value, live: true, values: false }))
    const seq = await call(log.append, 'new')
    assert.deepStrictEqual(await live.wait(1), [seq])
    await live.stop()
  })

  both('live with limit ends after so many', async (t) => {
    const log = await filled(t, subject)
    const items = collect(log.stream({ live: true, limit: 9, values: false }))
    const seqs = [await call(log.append, 'x'), await call(log.append, 'y')]
    await call(log.append, 'z')
    assert.deepStrictEqual(await items, [...SEQS, ...seqs])
  })

  both('live on an empty log that is still loading', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    const live = tap(log.stream({ live: true, seqs: false }))
    await call(log.append, 'first')
    assert.deepStrictEqual(await live.wait(1), ['first'])
    await live.stop()
  })

  both('aborting while it waits ends it', async (t) => {
    const log = await filled(t, subject)
    const live = tap(log.stream({ old: false }))
    await delay(10)
    await live.stop()
    await call(log.append, 'unseen')
    await delay(10)
    assert.deepStrictEqual(live.items, [])
    if (subject.ours) assert.deepStrictEqual(live.late, []) // the peer still hands it over
  })

  both('100 single appends reach every live reader in order', async (t) => {
    const log = await filled(t, subject)
    const readers = Array.from({ length: 3 }, () => tap(log.stream({ old: false, seqs: false })))
    const values = Array.from({ length: 100 }, (_, i) => `live ${i}`)
    for (const value of values) log.append(value, assert.ifError)
    for (const reader of readers) {
      assert.deepStrictEqual(await reader.wait(100), values)
      await reader.stop()
    }
  })

  onOurs(subject, 'a live reader has a record before its append is called back, though every step waits 100 ms for a core', async (t) => {
    const log = await filled(t, subject)
    const live = tap(log.stream({ old: false, seqs: false }))
    await loaded(log.since)
    let now = performance.now()
    t.mock.method(performance, 'now', () => (now += 100))
    for (const value of ['one', 'two', 'three']) {
      const seen = await new Promise((resolve) => log.append(value, () => resolve(live.items.at(-1))))
      assert.strictEqual(seen, value)
    }
    await live.stop()
  })

  both('a listener of since that reads sees the record', async (t) => {
    const log = await filled(t, subject)
    await loaded(log.since)
    const read = new Promise((resolve) => log.since.once((seq) => resolve(call(log.get, seq)), false))
    await call(log.append, 'seen')
    assert.strictEqual(await read, 'seen')
  })
})

contract('flumelog-offset: deleted records in streams', (subject) => {
  const opened = async (t) => {
    const log = await filled(t, subject)
    await call(log.del, [0, 42, 93])
    return log
  }

  both('are skipped, forward and reverse', async (t) => {
    const log = await opened(t)
    const left = ['bb', 'ccc', 'eeeee', 'ffffff']
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), left)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false, reverse: true })), left.reverse())
    assert.deepStrictEqual((await collect(log.stream())).map((item) => item.seq), [13, 27, 58, 75])
  })

  both('show their seq with values: false', async (t) => {
    const log = await opened(t)
    assert.deepStrictEqual(await collect(log.stream({ values: false })), SEQS)
  })

  both('count for limit, as the peer counts', async (t) => {
    const log = await opened(t)
    assert.deepStrictEqual(await collect(log.stream({ limit: 3, seqs: false })), ['bb', 'ccc'])
  })

  both('may be a bound', async (t) => {
    const log = await opened(t)
    assert.deepStrictEqual(await collect(log.stream({ gt: 42, seqs: false })), ['eeeee', 'ffffff'])
    assert.deepStrictEqual(await collect(log.stream({ gte: 42, lte: 58, seqs: false })), ['eeeee'])
  })

  both('deleting what a running stream has not reached hides it', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, VALUES)
    const seen = []
    const source = log.stream({ seqs: false, cache: false })
    const read = () => new Promise((resolve, reject) => source(null, (end, value) => end ? reject(end) : resolve(value)))
    seen.push(await read())
    await call(log.del, SEQS[6])
    for (let i = 1; i < 6; i++) seen.push(await read())
    assert.deepStrictEqual(seen, VALUES.slice(0, 6))
    await assert.rejects(read(), (end) => end === true)
  })
})
