'use strict'
// db.reveal: a record that came encrypted and was decrypted later.

const assert = require('node:assert')
const { contract, onOurs, workspace, call, callArgs, collect } = require('./harness')
const { BINDINGS } = require('../subjects')

const envelope = (i, content) => ({ key: `%${i}`, value: { author: `@${i % 3}`, sequence: i, timestamp: i, content }, timestamp: i })
const post = (i) => envelope(i, { type: 'post', text: `text ${i}` })
const byType = { version: 1, where: { type: { exists: true } }, select: ['type'], initial: {}, reduce: (counts, { type }) => ({ ...counts, [type]: (counts[type] || 0) + 1 }) }

contract('late decryption', (subject) => {
  if (!subject.ours) return
  const { view, views } = require(BINDINGS)
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

  function opened (space, opts) {
    const OffsetLog = require(BINDINGS + '/flumelog-offset')
    return space.flume(OffsetLog(space.file, { codec, ...opts }))
      .use('type', views.type())
      .use('counts', view(byType))
      .use('numbers', view({ version: 1, where: { type: 'post' }, select: ['sequence'], map: (row) => [row.sequence] }))
  }

  const answers = async (db) => [await db.type.count({ type: 'post' }), (await db.counts.get()).post, await collect(db.numbers.read({ values: false, seqs: false }))]

  onOurs(subject, 'views see it, native ones and those of one\'s own, also after opening again; the log keeps what it has', async (t) => {
    const space = workspace(t, subject)
    const db = opened(space, { keepRevealed: true })
    for (let i = 0; i < 30; i++) await call(db.append, i % 3 === 0 ? envelope(i, 'abc.box') : post(i))
    const seqs = await collect(db.stream({ values: false }))
    assert.deepStrictEqual((await answers(db)).slice(0, 2), [20, 20])
    await db.reveal(seqs[9], post(9))
    await call(db.reveal, seqs[3], Buffer.from(JSON.stringify(post(3))))
    const numbers = Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 3 !== 0 || i === 9 || i === 3)
    assert.deepStrictEqual(await answers(db), [22, 22, numbers])
    assert.strictEqual((await call(db.get, seqs[9])).value.content, 'abc.box')
    await db.rebuild()
    assert.deepStrictEqual(await answers(db), [22, 22, numbers])
    await call(db.close)
    const again = opened(space)
    assert.deepStrictEqual(await answers(again), [22, 22, numbers])
    const [err] = await callArgs(again.reveal, seqs[6], post(6))
    assert.strictEqual(err.code, 'ERR_ARGUMENT')
    await call(again.del, seqs[9])
    assert.deepStrictEqual((await answers(again)).slice(0, 2), [21, 21])
  })
})
