'use strict'
// Deleting: Java hides a record at once, so that nobody reads it any more, and deletes it on a thread of its own. What is hidden while that
// is under way is deleted together, next.

const native = require('./native')
const apart = require('./apart')
const { runTask } = require('./tasks')
const { coded } = require('./errors')

const { OP } = native

class Deletions {
  constructor (engine) {
    this.engine = engine
    this.hidden = 0 // records whose deletion is not over
    this.ready = { records: 0, callbacks: [] } // what the next task deletes
    this.underWay = 0 // tasks; a second one only before the log is closed
    this.isScheduled = false
    this.settling = [] // who waits until nothing is hidden
  }

  /** What was asked for before still gets the record; nobody else does. Throws what is wrong. */
  hide (seq) {
    const { engine } = this
    const max = engine.staging.waitingMax
    if (this.hidden >= max) throw coded('ERR_BACKPRESSURE', `del: ${max} records wait to be deleted; ${seq} was not, delete it again when some of those are`)
    for (const gets of engine.gets) gets.read()
    engine.call(OP.delete, seq, null, null)
    for (const reader of engine.readers) reader.forget(seq)
    this.hidden++
    this.ready.records++
  }

  /** cb(err) once what was hidden before is deleted at the log's level. After an error it stays hidden: delete it again. */
  carryOut (cb) {
    if (this.ready.records === 0) return process.nextTick(cb, null) // nothing could be hidden
    this.ready.callbacks.push(cb)
    if (this.isScheduled || this.underWay > 0) return
    this.isScheduled = true
    process.nextTick(() => {
      this.isScheduled = false
      if (this.underWay === 0) this.flush()
    })
  }

  /** cb() once everything hidden before is deleted, or could not be. */
  settled (cb) {
    if (this.hidden === 0) cb()
    else this.settling.push(cb)
  }

  /** Begins to delete what is hidden, before the log is closed or opened anew. */
  flush () {
    const { engine, ready } = this
    if (ready.callbacks.length === 0) return
    this.ready = { records: 0, callbacks: [] }
    this.underWay++
    const task = runTask((name) => native.cold(name, { log: engine.handle }), 'task.delete', null, (err) => {
      engine.leaving.delete(task)
      this.over(ready, err)
    })
    if (task !== 0) engine.leaving.add(task)
  }

  over ({ records, callbacks }, err) {
    this.underWay--
    this.hidden -= records
    for (const view of this.engine.dependents) apart(() => view.look())
    for (const cb of callbacks) apart(cb, err)
    if (this.underWay === 0) this.flush()
    if (this.hidden > 0) return
    const { settling } = this
    this.settling = []
    for (const cb of settling) apart(cb)
  }
}

module.exports = { Deletions }
