'use strict'
// What waits for disks runs on Java's threads: which calls JavaScript's thread makes, not how long they take, so that the answer is the same
// on every machine.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { contract, onOurs, workspace, call } = require('./harness')
const { BINDINGS } = require('../subjects')

const RECORDS = 2000
const QUICK = ['cursor.close', 'task.close', 'task.rebuild', 'task.look', 'script.state'] // none of them opens, writes or syncs a file
const message = (i) => ({ key: `%${i}`, value: { author: `@${i % 7}`, sequence: i, content: { type: 'post' } } })

contract('work on disks', (subject) => {
  if (!subject.ours) return
  const Flume = require(BINDINGS)
  const native = require(`${BINDINGS}/lib/native`)

  /** Names of the cold calls, and numbers of the hot ones, from now on. */
  function spyOn (t) {
    const calls = { cold: [], hot: [] }
    const { cold, dispatch, dispatchData } = native
    t.after(() => Object.assign(native, { cold, dispatch, dispatchData }))
    native.cold = (name, args) => {
      calls.cold.push(name)
      return cold(name, args)
    }
    native.dispatch = (op) => {
      calls.hot.push(op)
      return dispatch(op)
    }
    native.dispatchData = (op, ...memory) => {
      calls.hot.push(op)
      return dispatchData(op, ...memory)
    }
    return calls
  }

  async function built (space) {
    const db = space.flume(space.json())
    await call(db.append, Array.from({ length: RECORDS }, (_, i) => message(i)))
    db.use('keys', Flume.views.keys())
    db.use('sorted', Flume.view({ version: 1, select: ['sequence'], map: ({ sequence }) => [sequence] }))
    db.use('count', Flume.view({ version: 1, select: ['sequence'], initial: 0, reduce: (sum) => sum + 1 }))
    await db.keys.get('%1')
    await db.sorted.get(1)
    assert.strictEqual(await db.count.get(), RECORDS)
    return db
  }

  function assertQuick ({ cold }) {
    assert.deepStrictEqual(cold.filter((name) => !QUICK.includes(name)), [])
  }

  const manifests = (file, view) => fs.readdirSync(path.join(path.dirname(file), 'millrace', path.basename(file), 'views', view)).filter((name) => name.startsWith('manifest-'))

  onOurs(subject, 'closing a database saves its views and closes its log behind JavaScript', async (t) => {
    const space = workspace(t, subject)
    const db = await built(space)
    const calls = spyOn(t)
    let isBack = false
    const closing = db.close().then(() => { assert.ok(isBack, 'called back before close returned') })
    isBack = true
    await closing
    assertQuick(calls)
    assert.strictEqual(calls.cold.filter((name) => name === 'task.close').length, 4) // three views and the log
    for (const view of ['keys', 'sorted', 'count']) assert.notDeepStrictEqual(manifests(space.file, view), [])
  })

  onOurs(subject, 'so does closing the log alone, in one go with its views', async (t) => {
    const space = workspace(t, subject)
    const log = space.json()
    const db = space.flume(log).use('keys', Flume.views.keys())
    await call(db.append, message(1))
    await db.keys.get('%1')
    const calls = spyOn(t)
    await log.close()
    assertQuick(calls)
    assert.strictEqual(calls.cold.filter((name) => name === 'task.close').length, 1)
    assert.notDeepStrictEqual(manifests(space.file, 'keys'), [])
  })

  onOurs(subject, 'a log that is opened while it is still being closed is there at once, and whole', async (t) => {
    const space = workspace(t, subject)
    const db = await built(space)
    const closing = db.close()
    const again = space.flume(space.json()).use('keys', Flume.views.keys())
    assert.deepStrictEqual(await again.keys.get('%1999'), message(1999))
    await closing
    assert.deepStrictEqual(await again.keys.get('%7'), message(7))
    await again.close()
    const log = space.json()
    const over = log.close()
    const third = space.json()
    await over
    assert.strictEqual(await call(third.append, message(RECORDS)), third.since.value)
  })

  onOurs(subject, 'rebuilding waits for no save under way', async (t) => {
    const db = await built(workspace(t, subject))
    const calls = spyOn(t)
    await db.keys.rebuild()
    await db.sorted.rebuild()
    await db.count.rebuild()
    assertQuick({ cold: calls.cold.filter((name) => name !== 'script.columns') }) // which makes a cursor
    assert.strictEqual(calls.cold.filter((name) => name === 'task.rebuild').length, 3)
    assert.strictEqual(await db.count.get(), RECORDS)
    assert.deepStrictEqual(await db.keys.get('%42'), message(42))
  })

  onOurs(subject, 'a get by key is two calls: where the key leads, with the view brought to the log\'s end, and the record', async (t) => {
    const db = await built(workspace(t, subject))
    const { OP } = native
    const calls = spyOn(t)
    assert.deepStrictEqual(await db.keys.get('%1234'), message(1234))
    assert.deepStrictEqual(calls, { cold: [], hot: [OP.viewGet, OP.get] })
    calls.hot.length = 0
    const seq = await db.keys.seq('%1234')
    assert.deepStrictEqual(calls.hot, [OP.viewGet])
    assert.deepStrictEqual(await db.get(seq), message(1234))
  })
})
