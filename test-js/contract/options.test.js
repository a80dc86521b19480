'use strict'
// Options as callers get them wrong, ours alone: none, null, and what cannot have members; and queries that are no JSON.

const assert = require('node:assert')
const { contract, onOurs, workspace } = require('./harness')
const { BINDINGS } = require('../subjects')

contract('options', (subject) => {
  if (!subject.ours) return
  const Flume = require(BINDINGS)
  const drained = (source) => new Promise((resolve, reject) => source(null, (end) => end && end !== true ? reject(end) : resolve()))

  const ASKS = {
    wal: ({ dir }, opts) => Flume.wal(`${dir}/wal`, opts).close(),
    memory: (_, opts) => Flume.memory(opts).close(),
    query: ({ db }, opts) => db.query([], opts),
    'query.count': ({ db }, opts) => db.query.count([], opts),
    'query.paginate': ({ db }, opts) => db.query.paginate([], opts),
    'query.explain': ({ db }, opts) => db.query.explain([], opts),
    reveal: ({ db, seq }, opts) => db.reveal(seq, { key: '%a', timestamp: 1, value: { author: '@a', timestamp: 1, content: { type: 'post' } } }, opts),
    'a built-in view': ({ db }, opts) => db.use('late', Flume.views.time(opts)),
    'a read of one': ({ db }, opts) => drained(db.time.read(opts)),
    records: ({ db }, opts) => db.records(opts).next()
  }

  for (const [name, ask] of Object.entries(ASKS)) {
    onOurs(subject, `${name}: null is none, a number is an error with a code`, async (t) => {
      const space = workspace(t, subject)
      const db = space.flume(space.log({ codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false }, keepRevealed: true }))
      db.use('time', Flume.views.time())
      const seq = await db.append({ key: '%a', timestamp: 1, value: { author: '@a', timestamp: 1, content: 'secret.box' } })
      await ask({ dir: space.dir, db, seq }, null)
      await assert.rejects(async () => ask({ dir: space.dir, db, seq }, 7), { code: 'ERR_ARGUMENT', message: /options are a number, expected an object/ })
    })
  }

  onOurs(subject, 'a callback of a view\'s method: null is none, what is no function is an error with a code', async (t) => {
    const space = workspace(t, subject)
    const db = space.flume(space.json()).use('keys', Flume.views.keys()).use('feeds', Flume.views.feeds())
      .use('count', Flume.view({ version: 1, select: ['key'], initial: 0, reduce: (sum) => sum + 1 }))
      .use('ids', Flume.view({ version: 1, select: ['key'], map: ({ key }) => [key] }))
    await db.append({ key: '%a' })
    const calls = [(cb) => db.keys.get('%a', cb), (cb) => db.keys.seq('%a', cb), (cb) => db.feeds.clock({}, cb), (cb) => db.count.get({}, cb), (cb) => db.ids.get('%a', cb)]
    for (const call of calls) {
      assert.ok(await call(null) !== undefined)
      for (const cb of [5, 'cb', {}]) assert.throws(() => call(cb), { code: 'ERR_ARGUMENT', message: /the callback is a/ })
    }
  })

  onOurs(subject, 'a query that is no JSON: ERR_QUERY', (t) => {
    const space = workspace(t, subject)
    const db = space.flume(space.json())
    const circle = {}
    circle.circle = circle
    for (const query of ['', '[{', [{ $filter: { a: 1n } }], circle]) assert.throws(() => db.query(query), { code: 'ERR_QUERY' })
  })

  onOurs(subject, 'a view whose where is no object: ERR_ARGUMENT', () => {
    for (const where of ['post', 5, null, [], true]) assert.throws(() => Flume.view({ version: 1, where, map: () => [] }), { code: 'ERR_ARGUMENT', message: /where is/ })
  })
})
