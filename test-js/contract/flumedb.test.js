'use strict'
// flumedb 2.1.8's Flume(log, isReady, mapper): the object, reading, appending, closing. Views have a file of their own.

const assert = require('node:assert')
const { EventEmitter } = require('node:events')
const { contract, both, onOurs, workspace, json, call, callArgs, collect, tap, loaded, delay } = require('./harness')
const { fakeLog, fakeView } = require('./fakes')

const OWN = ['closed', 'dir', 'since', 'ready', 'meta', 'append', 'stream', 'get', 'use', 'rebuild', 'close', 'views']
const CLOSED = (name) => ({ message: `cannot call:${name}, flumedb instance closed` })

contract('flumedb: the object', (subject) => {
  both('own keys, and those of log.methods', (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    for (const name of [...OWN, 'del']) {
      const property = Object.getOwnPropertyDescriptor(db, name)
      assert.ok(property && property.enumerable && property.writable && property.configurable, `${name} is an ordinary own property`)
    }
    assert.strictEqual(db.closed, false)
    assert.deepStrictEqual(db.views, {})
  })

  both('its prototype may be replaced, as ssb-db does', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    db.__proto__ = new EventEmitter() // eslint-disable-line no-proto
    let emitted = null
    db.on('post', (value) => { emitted = value })
    db.emit('post', 1)
    assert.strictEqual(emitted, 1)
    const seq = await call(db.append, { a: 1 })
    assert.deepStrictEqual(await call(db.get, seq), { a: 1 })
  })

  both('append, get, del, rebuild and links may be reassigned', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    const { append, get, del, rebuild } = db
    const calls = []
    db.append = (value, cb) => { calls.push('append'); append({ ...value, patched: true }, cb) }
    db.get = (seq, cb) => { calls.push('get'); get(seq, cb) }
    db.del = (seq, cb) => { calls.push('del'); del(seq, cb) }
    db.rebuild = (cb) => { calls.push('rebuild'); rebuild.isActive = true; rebuild(cb) }
    db.links = 'mine'
    const seq = await call(db.append, { a: 1 })
    assert.deepStrictEqual(await call(db.get, seq), { a: 1, patched: true })
    await call(db.del, seq)
    assert.deepStrictEqual(calls, ['append', 'get', 'del'])
    assert.strictEqual(db.links, 'mine')
  })

  both('dir is the directory of the log\'s file, null without one', (t) => {
    const { flume, json, dir } = workspace(t, subject)
    assert.strictEqual(flume(json()).dir, dir)
    assert.strictEqual(subject.Flume(fakeLog()).dir, null)
  })

  both('since is the log\'s own observable', (t) => {
    const log = fakeLog()
    assert.strictEqual(subject.Flume(log).since, log.since)
  })

  both('isReady: left out, null and true are ready, only false is not', () => {
    for (const isReady of [undefined, null, true]) assert.strictEqual(subject.Flume(fakeLog(), isReady).ready.value, true)
    assert.strictEqual(subject.Flume(fakeLog(), false).ready.value, undefined)
  })

  both('a method of log.methods that is no function, or that takes a name of ours, throws', () => {
    assert.throws(() => subject.Flume(fakeLog({ methods: { thing: 'async' } })), /expected function named: "thing" of type: "async"/)
    assert.throws(() => subject.Flume(fakeLog({ methods: { get: 'async' } })), /log method "get" conflicts with flumedb method of the same name/)
  })

  both('methods of the log appear on the database', async () => {
    const db = subject.Flume(fakeLog({ methods: { twice: 'async' }, twice: (n, cb) => cb(null, n * 2) }))
    assert.strictEqual(await call(db.twice, 21), 42)
  })

  onOurs(subject, 'a log method never collides with a member of ours that flumedb does not have', () => {
    for (const name of ['records', 'batches', 'appendBatch', 'progress', 'status']) {
      const db = subject.Flume(fakeLog({ methods: { [name]: 'sync' }, [name]: () => 'the log\'s' }))
      assert.strictEqual(db[name](), 'the log\'s')
    }
  })
})

contract('flumedb: append, get, stream', (subject) => {
  both('append takes a value or an array, since.value is the seq in the callback', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    await new Promise((resolve) => db.append([{ a: 1 }, { b: 2 }], (err, seq) => {
      assert.ifError(err)
      assert.strictEqual(db.since.value, seq)
      resolve()
    }))
    assert.deepStrictEqual(await collect(db.stream({ seqs: false })), [{ a: 1 }, { b: 2 }])
  })

  both('get and stream wait for the log to load', async () => {
    const log = fakeLog({ values: ['a', 'b'], loadNow: false })
    const db = subject.Flume(log)
    const got = call(db.get, 0)
    const streamed = collect(db.stream({ seqs: false }))
    await delay(10)
    assert.deepStrictEqual(log.streams, [])
    log.load()
    assert.strictEqual(await got, 'a')
    assert.deepStrictEqual(await streamed, ['a', 'b'])
  })

  both('stream passes the log\'s options on', async () => {
    const log = fakeLog({ values: ['a', 'b', 'c'] })
    const db = subject.Flume(log)
    assert.deepStrictEqual(await collect(db.stream({ gt: 0, values: false })), [1, 2])
    assert.strictEqual(log.streams[0].gt, 0)
    assert.strictEqual(log.streams[0].values, false)
  })

  both('meta counts gets of the log', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    assert.strictEqual(db.meta.get, 0)
    const seq = await call(db.append, { a: 1 })
    await call(db.get, seq)
    await call(db.get, seq)
    assert.strictEqual(db.meta.get, 2)
  })

  both('mapper is applied to get and to stream with values, not with values: false', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json(), true, (value, cb) => setImmediate(cb, null, { ...value, mapped: true }))
    await call(db.append, [{ a: 1 }, { b: 2 }])
    assert.deepStrictEqual(await call(db.get, 0), { a: 1, mapped: true })
    assert.deepStrictEqual(await collect(db.stream({ seqs: false })), [{ a: 1, mapped: true }, { b: 2, mapped: true }])
    assert.deepStrictEqual(await collect(db.stream({})), [{ value: { a: 1, mapped: true }, seq: 0 }, { value: { b: 2, mapped: true }, seq: 19 }])
    assert.deepStrictEqual(await collect(db.stream({ values: false })), [0, 19])
  })

  both('an error of the mapper reaches the reader', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json(), true, (value, cb) => value.bad ? cb(new Error('unreadable')) : cb(null, value))
    await call(db.append, [{ a: 1 }, { bad: true }])
    assert.strictEqual((await callArgs(db.get, 19))[0].message, 'unreadable')
    await assert.rejects(collect(db.stream({ seqs: false })), /unreadable/)
  })

  both('a live stream goes through the mapper', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json(), true, (value, cb) => cb(null, value.n * 10))
    const live = tap(db.stream({ live: true, seqs: false }))
    await call(db.append, { n: 1 })
    await call(db.append, { n: 2 })
    assert.deepStrictEqual(await live.wait(2), [10, 20])
    await live.stop()
  })

  both('any JavaScript flumelog plugs in', async () => {
    const db = subject.Flume(require('flumelog-memory')())
    await call(db.append, [{ a: 1 }, { b: 2 }])
    assert.deepStrictEqual(await collect(db.stream({ seqs: false })), [{ a: 1 }, { b: 2 }])
    await call(db.close)
  })
})

contract('flumedb: close', (subject) => {
  both('append, get, stream, use and view methods throw at once', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    const methods = { ask: 'async', list: 'source', now: 'sync' }
    const nothing = () => assert.fail('reached the view')
    db.use('v', fakeView({ methods, ask: nothing, list: nothing, now: nothing }))
    await call(db.append, { a: 1 })
    await call(db.close)
    assert.strictEqual(db.closed, true)
    const ignored = () => assert.fail('called back')
    assert.throws(() => db.append({ a: 2 }, ignored), CLOSED('append'))
    assert.throws(() => db.get(0, ignored), CLOSED('get'))
    assert.throws(() => db.stream({}), CLOSED('stream'))
    assert.throws(() => db.use('w', fakeView()), CLOSED('use'))
    assert.throws(() => db.v.ask({}, ignored), CLOSED('ask'))
    assert.throws(() => db.v.list({}), CLOSED('list'))
    assert.throws(() => db.v.now(), CLOSED('now'))
  })

  both('views are closed first, then the log, once', async () => {
    const log = fakeLog()
    const db = subject.Flume(log)
    const view = fakeView({ close: (cb) => { order.push('view'); setImmediate(cb) } })
    const order = []
    log.close = (cb) => { order.push('log'); cb() }
    db.use('v', view)
    await call(db.close)
    await call(db.close)
    assert.deepStrictEqual(order, ['view', 'log'])
  })

  both('a log without close is fine', async () => {
    const db = subject.Flume(fakeLog({ close: undefined }))
    await callArgs(db.close)
    assert.strictEqual(db.closed, true)
  })

  both('stops the streams that feed views', async () => {
    const log = fakeLog({ values: ['a'] })
    const db = subject.Flume(log)
    const view = fakeView()
    db.use('v', view)
    await delay(5)
    await call(db.close)
    log.append('late', () => {})
    await delay(5)
    assert.strictEqual(view.events.includes('late'), false)
  })

  onOurs(subject, 'without a callback: a promise, and after close a rejection instead of a throw', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    const seq = await db.append({ a: 1 })
    assert.deepStrictEqual(await db.get(seq), { a: 1 })
    await assert.rejects(db.get(12345), (err) => err.code === 'ERR_SEQ_RANGE')
    await db.close()
    await db.close()
    await assert.rejects(db.append({ a: 2 }), { ...CLOSED('append'), code: 'ERR_LOG_CLOSED' })
    await assert.rejects(db.get(0), CLOSED('get'))
  })

  onOurs(subject, 'a promise nobody looks at never kills the process', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    let unhandled = 0
    const count = () => { unhandled++ }
    process.on('unhandledRejection', count)
    db.get(999999)
    await db.close()
    db.append({ a: 1 })
    await delay(20)
    process.off('unhandledRejection', count)
    assert.strictEqual(unhandled, 0)
  })
})

contract('flumedb: for today\'s habits', (subject) => {
  onOurs(subject, 'for await over db.records, with stream\'s options', async (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log({ codec: json }))
    await db.append([{ n: 0 }, { n: 1 }, { n: 2 }])
    const seen = []
    for await (const { seq, value } of db.records({ gt: 0 })) seen.push([seq, value.n])
    assert.deepStrictEqual(seen, [[19, 1], [38, 2]])
    const newest = await db.records({ reverse: true })[Symbol.asyncIterator]().next()
    assert.deepStrictEqual(newest.value.value, { n: 2 })
  })

  onOurs(subject, 'for await over live records ends when the loop is left', async (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log({ codec: json }))
    await loaded(db.since)
    const soon = delay(5).then(() => db.append([{ n: 0 }, { n: 1 }]))
    const seen = []
    for await (const { value } of db.records({ live: true })) {
      seen.push(value.n)
      if (seen.length === 2) break
    }
    assert.deepStrictEqual(seen, [0, 1])
    await soon
  })

  onOurs(subject, 'appendBatch(bytes, ends) appends many records of one Buffer', async (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log())
    const last = await call(db.appendBatch, Buffer.from('abcdefg'), Uint32Array.of(3, 7))
    assert.strictEqual(last, 15)
    assert.strictEqual(db.since.value, 15)
    assert.deepStrictEqual((await collect(db.stream({ seqs: false }))).map(String), ['abc', 'defg'])
    assert.strictEqual(await db.appendBatch(Buffer.from('x'), Uint32Array.of(1)), 31)
  })
})
