'use strict'
// js-bindings/ssb/db-index.js by itself: one of ssb-db's indexes, whose keys Java makes and leaves some of to the index' own map. Beside the
// stock indexes it stands in interop/stack/db*.test.js.

const assert = require('node:assert')
const { contract, onOurs, workspace, call, collect } = require('./harness')
const { BINDINGS } = require('../subjects')

const MESSAGES = Array.from({ length: 200 }, (_, i) => ({
  key: `%${String(i).padStart(42, 'm')}A=.sha256`,
  value: { author: `@${'a'.repeat(42)}A=.ed25519`, sequence: i, timestamp: i, content: i % 2 ? `${'QUJD'.repeat(9)}.box` : { type: 'post' } },
  timestamp: i
}))
const ENCRYPTED = MESSAGES.filter(({ value }) => typeof value.content === 'string').length

contract('an index of ssb-db', (subject) => {
  if (!subject.ours) return
  const native = require(`${BINDINGS}/lib/native`)
  const dbIndex = require(`${BINDINGS}/ssb/db-index`)
  const keysOf = ({ value }, seq) => typeof value.content === 'string' ? [['encrypted', seq]] : [['plain', seq]]

  onOurs(subject, 'begun anew by Java it stands nowhere before the map has seen its records again', async (t) => {
    let view
    const space = workspace(t, subject)
    const db = space.flume(space.json()).use('links', dbIndex('links', (made) => { view = made })(1, keysOf))
    await call(db.append, MESSAGES)
    const encrypted = () => collect(db.links.read({ gte: ['encrypted', null], lte: ['encrypted', undefined], values: false, seqs: false }))
    assert.strictEqual((await encrypted()).length, ENCRYPTED)

    native.cold('view.rebuild', { handle: view.handle })
    do view.reach(db.since.value) // Java is through at once, unless another thread of its has begun
    while (!view.hasLeft)
    assert.strictEqual(view.since.value, -1)
    assert.strictEqual((await encrypted()).length, ENCRYPTED)
    assert.strictEqual(view.since.value, db.since.value)
  })
})
