'use strict'
// What the views of lib/map-view.js and lib/reduce-view.js have in common: the way of rows from Java, and the position.
//
// Java reads the log, keeps the rows that `where` wants and hands over the columns that `select` names; `map` or `reduce` runs here,
// a few milliseconds at a time; what comes of it goes back to Java, which keeps it as it keeps every view.

const native = require('./native')
const alive = require('./alive')
const apart = require('./apart')
const Observable = require('./obv')
const { Columns, rowClass } = require('./columns')
const { closeInJava, rebuildInJava } = require('./tasks')
const { coded } = require('./errors')
const { ENGINE } = require('./symbols')

const { F, OP, FLAG } = native
const SLICE_MS = 4 // of JavaScript's thread, then others have their turn
const ROWS_BETWEEN_LOOKS = 16 // at the clock
const FIRST_BYTES = 256 * 1024 // a batch of Java's is seldom larger: making room is a call and an error more

/**
 * Whoever extends it says: `begun()` a cursor begins, forget rows that were taken and not committed; `restore(state)` what Java
 * has kept; `take(row, seq)`, true: enough for one commit; `commit(upTo, records)` what was taken, false: wait; `atEnd()`;
 * `beforeClose()`; `forgets`, whether a deleted record vanishes without building anew.
 */
class ScriptView {
  /** @param {{version, content, names, options, encoding}} spec checked by lib/script-views.js */
  constructor (spec, log, name) {
    this.spec = spec
    this.log = log
    this.name = name
    this.engine = log[ENGINE]
    this.since = Observable()
    this.failed = Observable()
    this.failure = null
    this.block = Buffer.allocUnsafeSlow(FIRST_BYTES)
    this.entry = new Float64Array(2)
    this.leaving = null
    this.isPumping = this.isScheduled = this.isHeld = this.isAway = false
    this.handle = this.cursor = 0
    this.attach()
    this.engine.dependents.add(this)
    this.stopListening = this.engine.since(() => {
      this.publish()
      this.schedule()
    })
    if (log.since.value === undefined) log.since.once(() => this.publish()) // also of a log whose engine has loaded long ago
  }

  attach () {
    const { version, content, encoding, options, movable = false } = this.spec
    const opened = native.cold('script.open', { ...options, version, content, encoding, movable, name: this.name, log: this.engine.handle })
    this.handle = Number(opened.handle)
    native.onWake(this.handle, () => this.look())
    this.reload()
  }

  /**
   * Asks Java nothing any more; whoever asked closes what stands behind the handle, 0 when nothing does. `leaving` says what kept a
   * state from being saved, or null.
   */
  letGo () {
    const { handle } = this
    if (handle === 0) return 0
    this.leaving = null
    try {
      this.beforeClose()
    } catch (err) {
      this.leaving = this.failedBy(err)
    }
    this.closeCursor()
    native.offWake(handle)
    this.handle = 0
    return handle
  }

  /** The log is opened again in Java. */
  detach () {
    const handle = this.letGo()
    if (handle !== 0) native.cold('view.close', { handle })
  }

  /** Goes on from what Java has kept. */
  reload () {
    try {
      this.load()
      this.schedule()
    } catch (err) {
      if (this.stateNow().hasFailed || err.code !== 'ERR_VIEW_FAILED') return this.fail(err)
      this.isAway = true // Java's copy will begin anew, and say so
      this.publish()
    }
  }

  /** Stands where Java's copy stands. */
  load () {
    this.closeCursor()
    const { deletions, beginnings } = this.stateNow()
    Object.assign(this, { deletions, beginnings, isAway: false })
    const { since, state } = native.cold('script.state', { handle: this.handle })
    this.position = this.kept = Number(since)
    this.setFailure(null)
    this.restore(state)
    this.publish()
  }

  openCursor () {
    const { options, encoding } = this.spec
    const opened = native.cold('script.columns', { ...options, encoding, log: this.engine.handle, after: this.position })
    this.cursor = Number(opened.handle)
    native.onWake(this.cursor, () => this.pump())
    this.columns = new Columns(this.spec.names.length)
    const Row = rowClass(this.spec.names, this.columns)
    this.row = new Row()
    this.next = 0 // row
  }

  closeCursor () {
    this.next = 0
    this.columns = null
    this.begun()
    if (this.cursor === 0) return
    native.offWake(this.cursor)
    native.cold('cursor.close', { handle: this.cursor })
    this.cursor = 0
  }

  /** Java's copy: how often it began anew, and how often a record of the log was deleted. */
  stateNow () {
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = -1
    native.dispatch(OP.state)
    return { beginnings: page[F.durableSince], deletions: page[F.count], since: page[F.since], hasFailed: (page[F.flags] & FLAG.failed) !== 0 }
  }

  /** Something happened in Java: was it begun anew? */
  look () {
    if (this.handle === 0) return
    const { beginnings, deletions, since } = this.stateNow()
    this.isAway = since < this.kept // the log's records have moved: Java's copy will begin anew
    const isLost = beginnings !== this.beginnings || (deletions !== this.deletions && !this.forgets)
    const wasInRepair = this.failure !== null && this.failure.cause && this.failure.cause.code === 'ERR_VIEW_FAILED'
    this.deletions = deletions
    if (isLost || wasInRepair) this.reload()
    else this.publish()
  }

  schedule () {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => {
      this.isScheduled = false
      this.pump()
    })
  }

  /** At once, but for the beginning: opening the view and its cursor for the first time are turns of their own. */
  catchUp () {
    if (this.cursor === 0) this.schedule()
    else this.pump()
  }

  /** Goes on for a slice of time; later slices and wakes follow until the log's end is reached. */
  pump () {
    if (this.isPumping || this.failure !== null || this.handle === 0 || this.engine.closed) return
    this.isPumping = true
    const end = performance.now() + SLICE_MS
    try {
      while (this.step(end));
    } catch (err) {
      this.fail(err)
    } finally {
      this.isPumping = false
    }
  }

  /** False when somebody else has to do something first. */
  step (end) {
    if (this.columns === null || this.next === this.columns.rows) {
      if (!this.fetch()) return false
    }
    const { columns } = this
    while (this.next < columns.rows) {
      if (this.next % ROWS_BETWEEN_LOOKS === 0 && performance.now() > end) {
        this.schedule()
        return false
      }
      this.row.row = this.next
      const seq = columns.seq(this.next)
      const isEnough = this.take(this.row, seq)
      if (this.columns !== columns) return false // begun anew, or closed, by what was called
      this.next++
      if (isEnough && !this.commit(seq, 0)) return false
      if (this.columns !== columns) return false
    }
    return this.commit(this.upTo, columns.records)
  }

  /** The next columns; false when there are none yet. */
  fetch () {
    if (this.cursor === 0) this.openCursor()
    const { page } = native
    page[F.handle] = this.cursor
    page[F.flags] = FLAG.none
    try {
      native.dispatchData(OP.next, this.block, this.entry, null)
    } catch (err) {
      if (err.code !== 'ERR_BUFFER_TOO_SMALL') throw err
      this.block = Buffer.allocUnsafeSlow(Math.max(err.needed, this.block.length * 2))
      return this.fetch()
    }
    if (page[F.count] === 0) {
      if ((page[F.flags] & FLAG.pending) === 0) this.atEnd()
      return false
    }
    this.upTo = this.entry[0]
    this.columns.load(this.block)
    this.next = 0
    return true
  }

  /** Nobody sees a view ahead of the log's own observable. */
  publish () {
    const log = this.log.since.value
    if (log === undefined) return
    const since = this.isAway ? -1 : Math.min(this.position, log)
    if (since !== this.since.value) apart(this.since.set, since)
    if (since === log) this.hold(false)
  }

  /** Hands something to Java's copy: it then stands at `upTo`, unless it was begun anew meanwhile. */
  keep (upTo, bytes, index, records) {
    const { page } = native
    page[F.handle] = this.handle
    page[F.since] = this.kept
    page[F.durableSince] = this.beginnings
    page[F.seq] = upTo
    page[F.count] = records
    native.dispatchData(OP.viewAppend, bytes, index, null)
    if (page[F.since] !== upTo) {
      this.reload()
      return false
    }
    this.kept = upTo
    return true
  }

  fail (err) {
    this.setFailure(err.code === 'ERR_LOG_CLOSED' ? err : this.failedBy(err))
  }

  failedBy (cause) {
    const err = coded('ERR_VIEW_FAILED', `view ${this.name} failed behind sequence ${this.position}: ${cause && cause.message}. It stands there; mend it and rebuild it.`)
    err.cause = cause
    return err
  }

  setFailure (failure) {
    this.failure = failure
    const hasFailed = failure !== null
    if (hasFailed) this.hold(false)
    if (this.failed.value !== hasFailed) this.failed.set(hasFailed)
  }

  /** While it is rebuilt, the process stays. */
  hold (isHeld) {
    if (isHeld === this.isHeld) return
    this.isHeld = isHeld
    if (isHeld) alive.hold()
    else alive.release()
  }

  rebuild (cb) {
    rebuildInJava(this, (err) => {
      if (err || this.handle === 0) return cb(err)
      this.hold(true)
      this.reload()
      cb(null)
    })
  }

  close (cb) {
    this.hold(false)
    this.engine.dependents.delete(this)
    this.stopListening()
    closeInJava(this, (err) => cb(this.leaving || err))
  }
}

module.exports = { ScriptView }
