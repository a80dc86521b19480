'use strict'
// While a view is built JavaScript's thread is given back every few milliseconds. A clock of the test's own goes on by one millisecond at
// each look at it, so that what is counted - rows in a turn of the event loop, keys in a call to Java - is the same on every machine.

const assert = require('node:assert')
const Reduce = require('flumeview-reduce')
const { contract, onOurs, workspace, call } = require('./harness')
const { BINDINGS } = require('../subjects')

const RECORDS = 20000
const ROWS_IN_A_TURN = 300 // looks at the clock at most 32 rows apart, at most 8 of them in a turn
const KEYS_IN_A_CALL = 600

const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, content: { type: 'post' } } })

contract('turns of the event loop while a view is built', (subject) => {
  if (!subject.ours) return

  async function opened (t) {
    const space = workspace(t, subject)
    const db = space.flume(space.json())
    await call(db.append, Array.from({ length: RECORDS }, (_, i) => message(i)))
    const { now } = performance
    t.after(() => { performance.now = now })
    let ms = now.call(performance)
    performance.now = () => ++ms
    return db
  }

  /** Counts what happens between two turns. */
  function countTurns (t) {
    const turns = { rows: 0, most: 0, all: 0, count: 0 }
    let goesOn = true
    t.after(() => { goesOn = false })
    const turn = () => {
      turns.rows = 0
      turns.count++
      if (goesOn) setImmediate(turn)
    }
    turn()
    turns.row = () => {
      turns.all++
      turns.most = Math.max(turns.most, ++turns.rows)
    }
    return turns
  }

  function assertBounded ({ all, most, count }) {
    assert.strictEqual(all, RECORDS)
    assert.ok(most <= ROWS_IN_A_TURN, `${most} rows in one turn`)
    assert.ok(count >= RECORDS / ROWS_IN_A_TURN, `${count} turns`)
  }

  onOurs(subject, 'view({reduce})', async (t) => {
    const db = await opened(t)
    const turns = countTurns(t)
    db.use('mine', require(BINDINGS).view({ version: 1, select: ['type'], initial: 0, reduce: (sum) => { turns.row(); return sum + 1 } }))
    assert.strictEqual(await db.mine.get(), RECORDS)
    assertBounded(turns)
  })

  onOurs(subject, 'view({map}), and so many keys at once go to Java', async (t) => {
    const db = await opened(t)
    const turns = countTurns(t)
    const native = require(`${BINDINGS}/lib/native`)
    const { dispatchData } = native
    t.after(() => { native.dispatchData = dispatchData })
    let keys = 0
    let most = 0
    native.dispatchData = (op, data, index, seqs) => {
      if (op === native.OP.viewAppend) {
        keys += index.length / 2
        most = Math.max(most, index.length / 2)
      }
      return dispatchData(op, data, index, seqs)
    }
    db.use('mine', require(BINDINGS).view({ version: 1, select: ['sequence'], map: ({ sequence }) => { turns.row(); return [[sequence, 'a'], [sequence, 'b']] } }))
    await call(db.mine.seq, [RECORDS - 1, 'b'])
    assertBounded(turns)
    assert.strictEqual(keys, RECORDS * 2)
    assert.ok(most <= KEYS_IN_A_CALL, `${most} keys in one call`)
  })

  onOurs(subject, 'flumeview-reduce, unchanged', async (t) => {
    const db = await opened(t)
    const turns = countTurns(t)
    db.use('theirs', Reduce(1, (sum) => { turns.row(); return sum + 1 }, (value) => value, null, 0))
    assert.strictEqual(await call(db.theirs.get), RECORDS)
    assertBounded(turns)
  })
})
