'use strict'
// One log that is open in Java, as this JavaScript thread sees it: draining, and where the log stands.
// Appending is staging.js, getting is gets.js, walking is reader.js, deleting is deletions.js. Nothing here knows a byte of framing.

const native = require('./native')
const { argument, coded } = require('./errors')
const { Staging } = require('./staging')
const { Deletions } = require('./deletions')
const alive = require('./alive')
const apart = require('./apart')
const { runTask, awaitTask } = require('./tasks')
const Observable = require('./obv')

const { F, OP, FLAG } = native

const engines = new Map() // path -> engine of this thread
const closing = new Map() // path -> engine that Java is closing

/**
 * `since` and `durableSince` are observables. `since` stays undefined until the event loop has turned once, because flumedb's
 * users subscribe after opening; reads and appends are served before that.
 */
class Engine {
  /** @param {object} opts cold call "log.open": format, durable, path, and the format's own; and waitingMax, of staging.js */
  constructor ({ waitingMax, ...options }) {
    if (waitingMax !== undefined && !(Number.isInteger(waitingMax) && waitingMax > 0)) throw argument(`waitingMax is ${String(waitingMax)}, expected a positive integer; the log was not opened`)
    this.options = options
    this.users = 1
    this.level = options.durable
    this.openInJava()
    this.page = native.page
    this.closed = false
    this.isLost = false // closed because somebody else replaced the file
    this.readers = new Set()
    this.spare = null // a chunk that a reader has left: {block, seqs, words}
    this.gets = new Set()
    this.drains = []
    this.dependents = new Set() // native views of this log
    this.leaving = new Set() // tasks of Java's that close something of it, or delete
    this.since = Observable()
    this.durableSince = Observable()
    this.staging = new Staging(this, waitingMax)
    this.deletions = new Deletions(this)
    if (options.path && !options.readOnly) engines.set(options.path, this)
    // Two turns: whoever opens in one turn and looks in the next still finds it loading, as with a log that reads its file.
    setImmediate(() => setImmediate(() => this.loaded()))
  }

  /**
   * The engine of a file. Code written for flumelog-offset, which has no close, opens a file again and expects what stands on
   * disk: Java reads the file anew, and the second opener in one thread shares the engine - unless somebody else changed the
   * file meanwhile, which closes it for those who had it.
   */
  static open (options) {
    if (closing.has(options.path)) closing.get(options.path).awaitLeaving()
    const other = options.path && !options.readOnly ? engines.get(options.path) : undefined
    if (!other) return new Engine(options)
    for (const name of ['format', 'offsetCodec', 'blockBytes', 'durable']) {
      if (other.options[name] === options[name]) continue
      throw coded('ERR_LOG_LOCKED', `${options.path} is open in this thread with ${name} ${other.options[name]}, not ${options[name]}; close it first`)
    }
    return other.isUnchanged() ? other.share() : new Engine(options)
  }

  openInJava () {
    const opened = native.cold('log.open', this.options)
    this.handle = Number(opened.handle)
    this.openReport = reportOf(opened)
    this.foundAt = { since: Number(opened.since), durableSince: Number(opened.durableSince) }
    native.onWake(this.handle, () => this.wake())
  }

  closeInJava () {
    native.offWake(this.handle)
    native.cold('log.close', { handle: this.handle })
  }

  /** Java saves and closes these, in this order and `after` those tasks, on a thread of its own; nobody reaches them any more. cb(err) then. */
  closeBehind (handles, after, cb) {
    const task = runTask((name) => native.cold(name, { handles: handles.join(), after: after.join() }), 'task.close', null, (err) => {
      this.leaving.delete(task)
      cb(err)
    })
    if (task !== 0) this.leaving.add(task)
  }

  /** Who opens the file again before that is over has to wait, for opening answers at once. */
  awaitLeaving () {
    for (const task of this.leaving) awaitTask(task)
  }

  share () {
    this.users++
    return this
  }

  /** Opens the file again beneath its readers; when it is not as this engine left it, the engine is closed. */
  isUnchanged () {
    this.deletions.flush()
    this.awaitLeaving()
    this.staging.write()
    for (const gets of this.gets) gets.read()
    this.call(OP.state, -1, null, null)
    const left = this.page[F.since]
    for (const reader of this.readers) reader.detach()
    for (const view of this.dependents) view.detach()
    this.closeInJava()
    try {
      this.openInJava()
      if (this.foundAt.since >= left) for (const view of this.dependents) view.attach()
    } catch (err) {
      this.over()
      throw err
    }
    if (this.foundAt.since >= left) return true
    this.isLost = true
    this.closeInJava()
    this.over()
    return false
  }

  loaded () {
    if (this.since.value !== undefined) return
    this.durableSince.set(this.foundAt.durableSince)
    this.since.set(this.foundAt.since)
  }

  /** Takes over where the last call found the log; listeners run. */
  moved (since, durableSince) {
    if (this.durableSince.value !== durableSince) this.durableSince.set(durableSince)
    if (this.since.value === undefined || since > this.since.value) this.since.set(since)
  }

  /** A hot call on this log; throws unless it went well. */
  call (op, seq, data, index) {
    this.page[F.handle] = this.handle
    this.page[F.seq] = seq
    native.dispatchData(op, data, index)
  }

  /** The record as it is decrypted, for the views that Java feeds. */
  reveal (seq, bytes, encoding) {
    const copy = new Uint8Array(bytes)
    const data = native.pin(copy.buffer)
    try {
      native.cold('view.reveal', { log: this.handle, encoding, seq, data, length: copy.length })
    } finally {
      native.unpin(data)
    }
    for (const view of this.dependents) view.look()
  }

  /** cb(err) once everything appended before is safe from a power cut. */
  drain (cb) {
    try {
      this.staging.write()
      this.call(OP.drain, -1, null, null)
    } catch (err) {
      process.nextTick(cb, err)
      return
    }
    const target = this.page[F.seq]
    if (this.page[F.durableSince] >= target) {
      this.moved(this.sinceNow(), this.page[F.durableSince])
      process.nextTick(cb, null)
      return
    }
    alive.hold()
    this.drains.push({ target, cb })
  }

  wake () {
    if (this.closed) return
    this.call(OP.state, -1, null, null)
    const { page } = this
    const since = this.sinceNow()
    const durable = page[F.durableSince]
    const failed = (page[F.flags] & FLAG.failed) !== 0
    const err = failed ? native.keptFailure() : null
    apart(() => this.staging.settleTo(since, durable))
    apart(() => this.moved(since, durable))
    if (this.closed) return // by one of those
    if (failed) this.staging.failAll(err)
    if (this.drains.length === 0) return
    const due = this.drains.filter(({ target }) => failed || durable >= target)
    this.drains = this.drains.filter((drain) => !due.includes(drain))
    for (const { target, cb } of due) {
      alive.release()
      apart(cb, durable >= target ? null : err)
    }
  }

  /** Asks Java where the log stands. */
  stateNow () {
    this.call(OP.state, -1, null, null)
    return { since: this.sinceNow(), durableSince: this.page[F.durableSince] }
  }

  /**
   * `since` of the page, at the log's level: at sync, and in a block log, nothing counts that is not durable. A reader cannot know what
   * its writer has made so.
   */
  sinceNow () {
    const { page } = this
    if (this.options.readOnly) return page[F.since]
    return this.level === 'sync' || this.options.format === 'block' ? Math.min(page[F.since], page[F.durableSince]) : page[F.since]
  }

  /** By the last of its users: writes what waits, ends every reader; cb(err) when Java has saved and closed it and its views. */
  close (cb) {
    if (this.closed || --this.users > 0) return process.nextTick(cb, null)
    apart(() => this.loaded())
    if (this.closed) return process.nextTick(cb, null) // by a listener of since
    this.staging.finish()
    this.deletions.flush()
    const views = [...this.dependents].map((view) => view.letGo()).filter((handle) => handle !== 0)
    native.offWake(this.handle)
    const drains = this.drains.splice(0)
    this.over()
    if (this.options.path) closing.set(this.options.path, this)
    this.closeBehind([...views, this.handle], [...this.leaving], (err) => {
      if (closing.get(this.options.path) === this) closing.delete(this.options.path)
      this.settleDrains(drains, err)
      cb(err)
    })
  }

  /** Closed in Java: nothing more comes. */
  over () {
    if (this.closed) return
    this.closed = true
    if (engines.get(this.options.path) === this) engines.delete(this.options.path)
    for (const reader of [...this.readers]) apart(() => reader.logClosed())
    this.staging.release()
    for (const gets of [...this.gets]) gets.release()
    this.settleDrains(this.drains.splice(0), null)
  }

  /** Closing drains; unless it failed. */
  settleDrains (drains, err) {
    for (const { cb } of drains) {
      alive.release()
      apart(cb, err)
    }
  }
}

function reportOf (opened) {
  return Object.freeze({
    recovered: opened.recovered === 'true',
    truncatedAt: Number(opened.truncatedAt),
    quarantinedBytes: Number(opened.quarantinedBytes),
    quarantine: opened.quarantine || null,
    reason: opened.reason,
    damagedAt: Number(opened.damagedAt),
    damagedBytes: Number(opened.damagedBytes)
  })
}

module.exports = { Engine }
