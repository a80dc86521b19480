'use strict'
// When a read of a view may begin: once the view has taken in what its log had when it was asked (flumedb's `opts.since` says
// otherwise), and not while the view is destroyed or the log's records move.

const { peerError } = require('./errors')
const { SELF_FED, REACH, FAILED } = require('./symbols')
const alive = require('./alive')
const apart = require('./apart')

/** Reads that wait for a view to reach a sequence of the log, in the order of those sequences. */
class Waiting {
  /** @param {boolean} onJava nothing else keeps the process alive while the view catches up */
  constructor (onJava) {
    this.entries = []
    this.onJava = onJava
  }

  add (seq, cb) {
    let at = this.entries.length
    while (at > 0 && this.entries[at - 1].seq > seq) at--
    this.entries.splice(at, 0, { seq, cb })
    if (this.onJava) alive.hold()
  }

  release (upto) {
    while (this.entries.length > 0 && this.entries[0].seq <= upto) apart(this.take().cb)
  }

  /** The log's end went back: who waited for what was behind it waits for the new end. */
  moveBack (end, newEnd) {
    for (const entry of this.entries) if (entry.seq <= end) entry.seq = Math.min(entry.seq, newEnd)
  }

  fail (err) {
    while (this.entries.length > 0) apart(this.take().cb, err)
  }

  take () {
    if (this.onJava) alive.release()
    return this.entries.shift()
  }
}

class Readiness {
  /** @param {object} view what the view's factory made; @param {object} flume the database over `log` */
  constructor (view, flume, log) {
    this.view = view
    this.flume = flume
    this.waiting = new Waiting(view[SELF_FED] === true)
    this.held = [] // reads that came while the view was destroyed or records moved
    this.isDestroying = this.isMoving = false
    this.end = -1 // of the log
    // A tick later, because flumeview-reduce sets `since` and then the value that a read returns.
    view.since(() => { if (this.waiting.entries.length > 0) process.nextTick(() => this.release()) })
    flume.ready((isReady) => { if (isReady) this.release() })
    flume.since((seq) => { this.follow(seq) })
    if (view[FAILED]) view[FAILED]((hasFailed) => { if (hasFailed) this.waiting.release(Infinity) })
    if (log.compactionProgress) log.compactionProgress(({ done }) => { this.setMoving(!done) })
  }

  /** cb(err?) when a read that says `opts.since: after` may begin. */
  ready (cb, after) {
    const { view, flume: { since, ready, closed } } = this
    if (this.isAway && !closed) return this.held.push({ cb, after })
    this.reach()
    if (ready.value && since.value != null && since.value === view.since.value) cb()
    else if (view[FAILED] && view[FAILED].value && ready.value) cb()
    else if (after < 0) view.since.once(() => process.nextTick(cb))
    else if (after) this.waitFor(after, cb)
    else {
      since.once((upto) => {
        if (this.flume.closed) cb(peerError('flumedb: closed before log ready', 'ERR_LOG_CLOSED'))
        else this.waitFor(upto, cb)
      })
    }
  }

  /** Reads may begin as soon as the view stands at the log's since. */
  get isOpen () {
    return !this.isAway && this.flume.since.value >= 0 && this.flume.ready.value === true
  }

  /** No read begins. */
  get isAway () {
    return this.isMoving || this.isDestroying
  }

  /** Catches up, where that is quick; afterwards the view's `since` is true. */
  reach () {
    const { view, flume: { since, ready } } = this
    if (view[REACH] && ready.value) view[REACH](since.value === undefined ? -1 : since.value)
  }

  waitFor (seq, cb) {
    if (this.flume.ready.value && this.view.since.value >= seq) cb()
    else this.waiting.add(seq, cb)
  }

  release () {
    const { since } = this.view
    if (this.isAway) return
    if (this.flume.ready.value && since.value != null) this.waiting.release(since.value)
  }

  follow (seq) {
    if (seq < this.end) this.waiting.moveBack(this.end, seq) // a compaction's doing
    this.end = seq
  }

  setMoving (isMoving) {
    this.isMoving = isMoving
    process.nextTick(() => this.letGo()) // by then a view that must begin again is being destroyed
  }

  setDestroying (isDestroying) {
    this.isDestroying = isDestroying
    this.letGo()
  }

  letGo () {
    if (this.isAway) return
    this.reach()
    this.release()
    for (const { cb, after } of this.held.splice(0)) apart(() => this.ready(cb, after))
  }

  /** Nobody waits any more. */
  fail (err) {
    this.waiting.fail(err)
    for (const { cb } of this.held.splice(0)) apart(cb, err)
  }
}

module.exports = { Readiness }
