'use strict'
// obv / obz: the observables that stand as `since`, `ready` and a reduce view's `value`.

const assert = require('node:assert')
const { contract, both, onOurs, workspace, call, loaded } = require('./harness')

contract('obv', (subject) => {
  both('since is undefined until the log is loaded, -1 when it is empty', async (t) => {
    const log = workspace(t, subject).log()
    assert.strictEqual(log.since.value, undefined)
    assert.strictEqual(await loaded(log.since), -1)
    assert.strictEqual(log.since.value, -1)
  })

  both('a listener fires at once when a value is set, and on every change', async (t) => {
    const log = workspace(t, subject).log()
    await loaded(log.since)
    const seen = []
    log.since((value) => { seen.push(value) })
    assert.deepStrictEqual(seen, [-1])
    const first = await call(log.append, Buffer.from('a'))
    const second = await call(log.append, Buffer.from('b'))
    assert.deepStrictEqual(seen, [-1, first, second])
  })

  both('immediately = false waits for the next change', async (t) => {
    const log = workspace(t, subject).log()
    await loaded(log.since)
    const seen = []
    log.since((value) => { seen.push(value) }, false)
    log.since.once((value) => { seen.push(['once', value]) }, false)
    assert.deepStrictEqual(seen, [])
    await call(log.append, Buffer.from('a'))
    await call(log.append, Buffer.from('b'))
    assert.deepStrictEqual(seen, [0, ['once', 0], 13])
  })

  both('once fires at once when a value is set, and only once', async (t) => {
    const log = workspace(t, subject).log()
    await loaded(log.since)
    const seen = []
    log.since.once((value) => seen.push(value))
    await call(log.append, Buffer.from('a'))
    assert.deepStrictEqual(seen, [-1])
  })

  both('the remover stops a listener and leaves the others', async (t) => {
    const log = workspace(t, subject).log()
    await loaded(log.since)
    const seen = []
    const remove = log.since((value) => { seen.push(['removed', value]) }, false)
    log.since((value) => { seen.push(['kept', value]) }, false)
    remove()
    await call(log.append, Buffer.from('a'))
    assert.deepStrictEqual(seen, [['kept', 0]])
  })

  both('ready: set runs listeners synchronously and returns the observable', (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log(), false)
    assert.strictEqual(db.ready.value, undefined)
    const seen = []
    db.ready((value) => { seen.push(value) }, false)
    assert.strictEqual(db.ready.set(true), db.ready)
    assert.deepStrictEqual(seen, [true])
    assert.strictEqual(db.ready.value, true)
  })

  onOurs(subject, 'since and ready are obz 1.1: false unsubscribes, a remover may be called twice (flumedb carries obz 1.0.2, the log obv 0.0.1)', async (t) => {
    const { flume, log } = workspace(t, subject)
    const db = flume(log(), true)
    await loaded(db.since)
    checkObz(db.ready)
    checkObz(db.since)
    let called = 0
    for (const observable of [db.ready, db.since]) {
      const remove = observable.once(() => called++, false)
      remove()
      observable.set(9)
    }
    assert.strictEqual(called, 0)
  })

  both('obz 1.1.1 itself does what is asked of ours', () => checkObz(require('obz')().set(1)))
})

function checkObz (observable) {
  const seen = []
  const remove = observable((value) => { seen.push(['first', value]) }, false)
  observable((value) => {
    seen.push(['once only', value])
    return false
  }, false)
  observable((value) => { seen.push(['last', value]) }, false)
  remove()
  remove()
  observable.set(7)
  observable.set(8)
  assert.deepStrictEqual(seen, [['once only', 7], ['last', 7], ['last', 8]])
}
