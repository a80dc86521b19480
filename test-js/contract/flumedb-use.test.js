'use strict'
// flumedb's use(name, view): what a view is given, how it is fed, waited for, rebuilt and closed.

const assert = require('node:assert')
const pull = require('pull-stream')
const { contract, both, onOurs, workspace, call, callArgs, collect, delay, until } = require('./harness')
const { fakeLog, fakeView } = require('./fakes')

/** Runs `body` with console.error collecting instead of printing: flumedb tells of a rebuild there. */
async function quietly (body) {
  const { error } = console
  const lines = []
  console.error = (...args) => lines.push(args.map(String).join(' '))
  try {
    await body(lines)
  } finally {
    console.error = error
  }
}

contract('flumedb: use', (subject) => {
  both('gives the view {get, stream, since, filename} and its name, returns the database', (t) => {
    const { flume, json, file } = workspace(t, subject)
    const db = flume(json())
    const view = fakeView()
    assert.strictEqual(db.use('v', view), db)
    assert.strictEqual(view.given.name, 'v')
    assert.deepStrictEqual(Object.keys(view.given.log).sort(), ['filename', 'get', 'since', 'stream'])
    assert.strictEqual(view.given.log.filename, file)
    assert.strictEqual(view.given.log.since, db.since)
    assert.strictEqual(db.views.v, db.v)
    assert.strictEqual(db.v.name, 'v')
  })

  both('a name in use throws, a member of flumedb is one', () => {
    const db = subject.Flume(fakeLog({ methods: { del: 'async' }, del: () => {} }))
    db.use('v', fakeView())
    for (const name of ['v', 'append', 'views', 'meta', 'del']) assert.throws(() => db.use(name, fakeView()), { message: `${name} is already in use!` })
  })

  onOurs(subject, 'a name that only we have as a member is free for a view', () => {
    const db = subject.Flume(fakeLog())
    for (const name of ['records', 'batches', 'appendBatch', 'progress', 'status', 'reveal']) {
      db.use(name, fakeView())
      assert.strictEqual(db[name], db.views[name])
    }
  })

  for (const member of ['close', 'createSink', 'destroy', 'since']) {
    both(`a view without ${member} throws and names it`, () => {
      const db = subject.Flume(fakeLog())
      assert.throws(() => db.use('v', fakeView({ [member]: undefined })), { message: `FlumeDB view 'v' must implement method '${member}'` })
    })
  }

  both('a view without methods, or with one that is no function, throws', () => {
    const db = subject.Flume(fakeLog())
    assert.throws(() => db.use('v', fakeView({ methods: null })), /a stream view must have methods property/)
    assert.throws(() => db.use('w', fakeView({ methods: { get: 'async' } })), /expected function named:get ?of type: async/)
  })

  both('the wrapped view has the members its users know', () => {
    const db = subject.Flume(fakeLog())
    const view = fakeView({ methods: { get: 'async' }, get: (opts, cb) => cb() })
    db.use('v', view)
    for (const name of ['ready', 'since', 'close', 'meta', 'destroy', 'setDestroying', 'isDestroying', 'createSink', 'methods', 'name', 'abortStream', 'get']) {
      assert.notStrictEqual(db.v[name], undefined, name)
    }
    assert.strictEqual(db.v.since, view.since)
    assert.deepStrictEqual(db.v.methods, { get: 'async' })
    assert.strictEqual(db.v.isDestroying(), false)
  })

  both('meta counts calls of each method', async () => {
    const db = subject.Flume(fakeLog())
    db.use('v', fakeView({ methods: { get: 'async', now: 'sync' }, get: (opts, cb) => cb(null, 1), now: () => 2 }))
    assert.deepStrictEqual(db.meta.v, { get: 0, now: 0 })
    await call(db.v.get, {})
    await call(db.v.get, {})
    assert.strictEqual(db.v.now(), 2)
    assert.deepStrictEqual(db.meta.v, { get: 2, now: 1 })
    assert.strictEqual(db.meta.v, db.v.meta)
  })

  both('methods: async calls back, sync returns, source streams; arguments reach them', async () => {
    const db = subject.Flume(fakeLog())
    db.use('v', fakeView({
      methods: { ask: 'async', sum: 'sync', list: 'source' },
      ask: (opts, cb) => cb(null, opts.n + 1, 'more'),
      sum: (a, b) => a + b,
      list: (opts) => pull.values([opts.n, opts.n * 2])
    }))
    assert.deepStrictEqual(await callArgs(db.v.ask, { n: 1 }), [null, 2, 'more'])
    assert.strictEqual(db.v.sum(3, 4), 7)
    assert.deepStrictEqual(await collect(db.v.list({ n: 5 })), [5, 10])
  })
})

contract('flumedb: feeding a view', (subject) => {
  both('from gt: view.since, live, with seqs and values', async () => {
    const log = fakeLog({ values: ['a', 'b', 'c'] })
    const db = subject.Flume(log)
    const view = fakeView({ upto: 0 })
    db.use('v', view)
    await until(view.since, (seq) => seq === 2)
    log.append('d', () => {})
    await until(view.since, (seq) => seq === 3)
    assert.deepStrictEqual(view.events, ['sink', 'b', 'c', 'd'])
    const { gt, live, seqs, values } = log.streams[0]
    assert.deepStrictEqual({ gt, live, seqs, values }, { gt: 0, live: true, seqs: true, values: true })
  })

  both('through the mapper', async () => {
    const db = subject.Flume(fakeLog({ values: ['a', 'b'] }), true, (value, cb) => setImmediate(cb, null, value.toUpperCase()))
    const view = fakeView()
    db.use('v', view)
    await until(view.since, (seq) => seq === 1)
    assert.deepStrictEqual(view.events, ['sink', 'A', 'B'])
  })

  both('waits until the view and the log are loaded', async () => {
    const log = fakeLog({ values: ['a'], loadNow: false })
    const db = subject.Flume(log)
    const view = fakeView({ upto: null })
    db.use('v', view)
    await delay(5)
    assert.deepStrictEqual(view.events, [])
    view.since.set(-1)
    await delay(5)
    assert.deepStrictEqual(view.events, [])
    log.load()
    await until(view.since, (seq) => seq === 0)
    assert.deepStrictEqual(view.events, ['sink', 'a'])
  })

  both('a view ahead of the log is destroyed and built anew', async () => {
    const db = subject.Flume(fakeLog({ values: ['a', 'b'] }))
    const view = fakeView({ upto: 5 })
    db.use('v', view)
    await until(view.since, (seq) => seq === 1)
    assert.deepStrictEqual(view.events, ['destroy', 'sink', 'a', 'b'])
  })

  both('an error of the sink is told on console.error, then the view is destroyed and built anew', async () => {
    const db = subject.Flume(fakeLog({ values: ['a', 'b', 'c'] }))
    let failures = 1
    const view = fakeView({ fail: (item) => item.value === 'b' && failures-- > 0 ? new Error('cannot index b') : null })
    await quietly(async (lines) => {
      db.use('v', view)
      await until(view.since, (seq) => seq === 2)
      assert.ok(lines.some((line) => line.includes('rebuilding v after view stream error')), lines.join('\n'))
    })
    assert.deepStrictEqual(view.events, ['sink', 'a', 'destroy', 'sink', 'a', 'b', 'c'])
  })

  both('an error with abort: true only starts the stream again where the view is', async () => {
    const db = subject.Flume(fakeLog({ values: ['a', 'b', 'c'] }))
    let failures = 1
    const view = fakeView({ fail: (item) => item.value === 'b' && failures-- > 0 ? Object.assign(new Error('stop'), { abort: true }) : null })
    db.use('v', view)
    await until(view.since, (seq) => seq === 2)
    assert.deepStrictEqual(view.events, ['sink', 'a', 'sink', 'b', 'c'])
  })

  both('several views are fed independently, one added late catches up', async (t) => {
    const { flume, json } = workspace(t, subject)
    const db = flume(json())
    const early = fakeView()
    db.use('early', early)
    await call(db.append, [{ n: 0 }, { n: 1 }])
    const late = fakeView()
    db.use('late', late)
    const seq = await call(db.append, { n: 2 })
    await Promise.all([early, late].map((view) => until(view.since, (at) => at === seq)))
    for (const view of [early, late]) assert.deepStrictEqual(view.events, ['sink', { n: 0 }, { n: 1 }, { n: 2 }])
  })

  both('rebuild destroys every view, feeds it again, and calls back when all are there', async () => {
    const db = subject.Flume(fakeLog({ values: ['a', 'b'] }))
    const views = [fakeView(), fakeView()]
    views.forEach((view, i) => db.use(`v${i}`, view))
    await Promise.all(views.map((view) => until(view.since, (seq) => seq === 1)))
    await call(db.rebuild)
    for (const view of views) {
      assert.strictEqual(view.since.value, 1)
      assert.deepStrictEqual(view.events.filter((event) => event !== 'sink'), ['a', 'b', 'destroy', 'a', 'b'])
    }
    await call(db.append, 'c')
    assert.strictEqual(views[0].since.value, 2)
  })

  both('rebuild tells the error of destroy', async () => {
    const db = subject.Flume(fakeLog({ values: ['a'] }))
    db.use('v', fakeView({ destroy: (cb) => cb(new Error('cannot destroy')) }))
    await delay(5)
    assert.match((await callArgs(db.rebuild))[0].message, /cannot destroy/)
  })

  onOurs(subject, 'a rebuild that the database is closed under, or that comes after, gets the error', async () => {
    const db = subject.Flume(fakeLog({ values: ['a'] }))
    db.use('away', fakeView({ destroy: () => {} }))
    db.use('slow', fakeView({ lazy: true }))
    const under = db.rebuild()
    await delay(5)
    await call(db.close)
    const refusal = { code: 'ERR_LOG_CLOSED', message: 'cannot call:rebuild, flumedb instance closed' }
    await assert.rejects(under, refusal)
    await assert.rejects(db.rebuild(), refusal)
    await assert.rejects(db.views.slow.rebuild(), refusal)
  })
})

contract('flumedb: opts.since on a read', (subject) => {
  const world = ({ log = fakeLog({ values: ['a', 'b', 'c'] }), ...viewOptions } = {}) => {
    const db = subject.Flume(log)
    const view = fakeView({ lazy: true, methods: { get: 'async', list: 'source' }, get: (opts, cb) => cb(null, view.since.value), list: () => pull.once(view.since.value), ...viewOptions })
    db.use('v', view)
    return { log, db, view }
  }
  const pending = async (promise) => await Promise.race([promise, delay(10).then(() => 'waiting')]) === 'waiting'

  both('left out: waits until the view reached the log\'s since of the call', async () => {
    const { db, view, log } = world()
    const read = call(db.v.get, {})
    assert.ok(await pending(read))
    log.append('d', () => {})
    view.since.set(1)
    assert.ok(await pending(read))
    view.since.set(2)
    assert.strictEqual(await read, 2)
  })

  both('n: waits until view.since >= n', async () => {
    const { db, view } = world()
    const read = call(db.v.get, { since: 1 })
    const stream = collect(db.v.list({ since: 1 }))
    assert.ok(await pending(read))
    view.since.set(1)
    assert.strictEqual(await read, 1)
    assert.deepStrictEqual(await stream, [1])
  })

  both('-1: waits only until the view is loaded', async () => {
    const { db, view } = world({ upto: null })
    const read = call(db.v.get, { since: -1 })
    assert.ok(await pending(read))
    view.since.set(-1)
    assert.strictEqual(await read, -1)
  })

  both('ready false stalls all of them, ready true lets them go at once', async () => {
    const { db, view } = world()
    db.ready.set(false)
    view.since.set(2)
    let answered = 0
    db.v.get({}, () => answered++)
    db.v.get({ since: 2 }, () => answered++)
    await delay(10)
    assert.strictEqual(answered, 0)
    db.ready.set(true)
    assert.strictEqual(answered, 2)
  })

  onOurs(subject, 'a view that loads after the log may set `since` first, its value next, as flumeview-reduce does', async () => {
    const state = {}
    const { db, view } = world({ upto: null, get: (opts, cb) => cb(null, state.value), log: fakeLog() })
    const reads = [call(db.v.get, {}), call(db.v.get, { since: -1 })]
    await delay(5)
    view.since.set(-1)
    state.value = 'initial'
    assert.deepStrictEqual(await Promise.all(reads), ['initial', 'initial'])
  })

  both('a view that is up to date answers synchronously', () => {
    const { db, view } = world()
    view.since.set(2)
    let answer = null
    db.v.get({}, (err, value) => { answer = [err, value] })
    assert.deepStrictEqual(answer, [null, 2])
  })

  onOurs(subject, 'waits that arrive out of order are all answered, each in its time (the peer drops some for ever)', async () => {
    const { db, view } = world()
    const answered = []
    const reads = [2, 1, 2, 0.5, 1].map((since) => call(db.v.get, { since }).then(() => answered.push(since)))
    assert.ok(await pending(Promise.race(reads)))
    view.since.set(1)
    await delay(5)
    assert.deepStrictEqual([...answered].sort(), [0.5, 1, 1])
    view.since.set(2)
    await Promise.all(reads)
    assert.deepStrictEqual(answered.slice(3), [2, 2])
  })

  onOurs(subject, 'reads that wait when the database closes get the error, the closed view is not asked', async () => {
    const asked = []
    const { db } = world({ get: () => asked.push('get'), list: () => asked.push('list') })
    const read = callArgs(db.v.get, {})
    const bySeq = callArgs(db.v.get, { since: 2 })
    const stream = collect(db.v.list({})).then(() => null, (err) => err)
    await delay(5)
    await call(db.close)
    for (const err of [(await read)[0], (await bySeq)[0], await stream]) assert.ok(err instanceof Error && /closed/.test(err.message), String(err))
    assert.deepStrictEqual(asked, [])
  })

  onOurs(subject, 'view methods give promises without a callback', async () => {
    const { db, view } = world()
    view.since.set(2)
    assert.strictEqual(await db.v.get({}), 2)
    assert.strictEqual(await db.v.get(), 2)
  })
})
