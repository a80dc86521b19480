'use strict'
// Compaction of a block log as async-append-only-log shows it: streams are waited for, calls gather until it is over, progress is
// an observable. The work is Java's.

const apart = require('./apart')
const Observable = require('./obv')
const { runTask, progressOf } = require('./tasks')
const { compactWithBoundedLiveStream } = require('./block-errors')
const native = require('./native')
const { F, OP } = native

const STREAMS_POLL_MS = 20
const RESUMED_TELL_MS = 50
const DONE = { percent: 1, done: true, sizeDiff: 0 }

class Compaction {
  /** @param {object} inside of the log; state, onDrain, onDeletesFlushed: its functions */
  constructor (inside, state, onDrain, onDeletesFlushed) {
    this.inside = inside
    this.onDrain = onDrain
    this.onDeletesFlushed = onDeletesFlushed
    this.isRunning = false
    this.isAsked = false
    this.waiting = []
    this.ended = () => {}
    this.progress = Observable()
    this.lastOffset = -1
    const resumed = state()
    this.progress.set(resumed.resumed === 'true' ? { percent: 0, done: false } : DONE)
    if (resumed.resumed !== 'true') return
    this.isRunning = this.isAsked = true
    inside.onLoad(() => setTimeout(() => this.tellResumed(resumed), RESUMED_TELL_MS))()
  }

  /**
   * Opening has finished a compaction that a crash had interrupted. It is told a little later, as the peer does it then: ssb-db2 resets
   * its indexes when it hears of it, and must have loaded them.
   */
  tellResumed (reply) {
    this.isRunning = this.isAsked = false
    if (reply.percent !== undefined) this.progress.set({ ...progressOf(reply), done: false })
    this.progress.set({ ...resultOf(reply), percent: 1, done: true })
    this.goOn()
  }

  compact (cb) {
    if (this.isAsked) return this.waiting.push(cb)
    for (const stream of this.inside.streams) {
      if (stream.live && stream.hasUpperBound) return cb(compactWithBoundedLiveStream())
    }
    this.isAsked = true
    const failed = (err) => {
      this.isAsked = false
      cb(err)
      this.goOn()
    }
    this.onStreamsDone(() => this.onDrain((err) => {
      if (err) return failed(err)
      this.onDeletesFlushed((flushError) => {
        if (flushError) return failed(flushError)
        this.run(cb)
      })
    }))
  }

  /** Streams that read old records must have given them all. */
  onStreamsDone (fn) {
    const isDone = () => [...this.inside.streams].every((stream) => stream.isDone())
    if (isDone()) return fn()
    const timer = setInterval(() => {
      if (!isDone()) return
      clearInterval(timer)
      fn()
    }, STREAMS_POLL_MS)
  }

  run (cb) {
    this.isRunning = true
    const { engine } = this.inside
    if (this.progress.value.done) this.progress.set({ percent: 0, done: false })
    const cold = (name) => native.cold(name, { log: engine.handle })
    const onProgress = (progress) => {
      if (progress.compactedOffset === this.lastOffset) return // told already
      this.lastOffset = progress.compactedOffset
      this.progress.set({ ...progress, done: false })
    }
    this.lastOffset = -1
    runTask(cold, 'block.compact', onProgress, (err, reply) => {
      this.isRunning = this.isAsked = false
      if (err) {
        this.progress.set({ percent: 1, done: true, sizeDiff: 0 })
        apart(cb, err)
        return this.goOn()
      }
      this.moveSince()
      this.ended()
      this.progress.set({ ...resultOf(reply), percent: 1, done: true })
      const { waiting } = this
      this.waiting = []
      for (const callback of waiting) apart(callback)
      apart(cb)
      this.goOn()
    })
  }

  /** Takes over where the log ends now; it may be further back. */
  moveSince () {
    const { engine, streams } = this.inside
    engine.call(OP.state, -1, null, null)
    const since = engine.page[F.durableSince]
    for (const stream of streams) stream.postCompactionReset(since)
    engine.durableSince.set(since)
    engine.since.set(since)
    return since
  }

  goOn () {
    const { waiting } = this
    if (!this.isRunning) this.waiting = []
    if (!this.isRunning) for (const callback of waiting) apart(callback)
    for (const stream of [...this.inside.streams]) stream.resume()
  }
}

const resultOf = (reply) => ({ sizeDiff: Number(reply.sizeDiff), holesFound: Number(reply.holesFound) })

module.exports = { Compaction }
