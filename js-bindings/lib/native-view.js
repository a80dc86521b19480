'use strict'
// A view that Java keeps and reads, as this JavaScript thread sees it: where it stands, point reads, rows. lib/views.js makes of it what
// `db.use` takes.

const native = require('./native')
const alive = require('./alive')
const { pinned } = require('./pinned')
const Observable = require('./obv')
const { rangeOf } = require('./range')
const { rowSource } = require('./source')
const { closeInJava, rebuildInJava } = require('./tasks')
const { ENGINE, CODEC } = require('./symbols')
const { argument, coded, peerError } = require('./errors')
const { optionsOf } = require('./options')

const { F, OP, FLAG } = native
const SHORT_KEY = 256 // characters
const LAG_MAX = 64 * 1024 // bytes, or records, that this thread may take into a view for those who wait for them

let keyRoom = null // of this thread; a key stands there during a call

/** One view as Java has it, with the members a flumeview has. */
class NativeView {
  /** @param {{operation: string}} request the cold call that opens it, and its own arguments */
  constructor (request, log) {
    this.engine = log[ENGINE]
    this.request = request
    this.log = log
    this.since = Observable()
    this.failed = Observable()
    this.failure = null // of what JavaScript should have handed over
    this.isHeld = false
    this.watchers = 0
    this.attach()
    if (this.engine) {
      this.engine.dependents.add(this)
      this.stopListening = this.engine.since((since) => { this.follow(since) })
    }
    if (log.since.value === undefined) log.since.once(() => this.publish()) // also of a log whose engine has loaded long ago
    this.publish()
  }

  attach () {
    const { operation, ...args } = this.request
    const opened = native.cold(operation, { ...args, log: this.engine ? this.engine.handle : undefined })
    this.handle = Number(opened.handle)
    this.reached = Number(opened.since)
    this.methods = opened.methods
    native.onWake(this.handle, () => this.look())
  }

  /** Asks Java nothing any more; whoever asked closes what stands behind the handle, 0 when nothing does. */
  letGo () {
    const { handle } = this
    if (handle !== 0) native.offWake(handle)
    this.handle = 0
    return handle
  }

  /** The log is opened again in Java. */
  detach () {
    const handle = this.letGo()
    if (handle !== 0) native.cold('view.close', { handle })
  }

  /** Something happened in Java. */
  look () {
    this.reach(-1)
  }

  /** Brings the view to `seq` on this thread when that is quick; a wake comes otherwise. */
  reach (seq) {
    if (this.handle === 0) return
    this.lookAt(seq)
    this.publish()
  }

  lookAt (seq) {
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = seq
    native.dispatch(OP.state)
    this.learn(page)
    const hasFailed = this.failure !== null || (page[F.flags] & FLAG.failed) !== 0
    if (hasFailed !== this.failed.value) this.failed.set(hasFailed)
  }

  /** From Java's answer to a call. */
  learn (page) {
    this.reached = page[F.since]
  }

  /** The log has grown. Who waits for new rows has them in the turn of the append, without two threads waking each other. */
  follow (since) {
    if (this.watchers > 0 && since > this.reached && since - this.reached < LAG_MAX) this.reach(since)
    else this.publish()
  }

  /** As `since`, for one who waits for new rows. */
  watch (listener, immediately) {
    this.watchers++
    const remove = this.since(listener, immediately)
    return () => {
      this.watchers--
      remove()
    }
  }

  /** Nobody sees a view ahead of the log's own observable. */
  publish () {
    const log = this.log.since.value
    if (log === undefined) return
    const since = Math.min(this.reached, log)
    if (since !== this.since.value) this.since.set(since)
    if (since === log) this.hold(false)
  }

  /** While it is rebuilt, the process stays. */
  hold (isHeld) {
    if (isHeld === this.isHeld) return
    this.isHeld = isHeld
    if (isHeld) alive.hold()
    else alive.release()
  }

  /**
   * Sequence of a key; throws notFound.
   *
   * @param {number} upTo where the view must stand; -1 = the caller has waited
   * @returns {number|undefined} undefined: it does not stand there yet
   */
  lookup (key, upTo) {
    if (this.failure) throw this.failure
    const text = Array.isArray(key) ? key.join(' ') : key // ssb-db's clock: [author, number]
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = upTo
    if (typeof text === 'string' && text.length <= SHORT_KEY) this.lookupShort(text)
    else if (typeof text === 'string') native.dispatchData(OP.viewGet, Buffer.from(text), null, null)
    else if (text instanceof Uint8Array) native.dispatchData(OP.viewGet, text, null, null)
    else throw argument(`view ${this.request.name}: the key is a ${typeof key}, expected a string or a Buffer`)
    if (upTo >= 0 && (page[F.flags] & FLAG.pending) !== 0) return undefined
    const seq = page[F.seq]
    if (this.reached < upTo) {
      this.reached = upTo
      this.publish()
    }
    if (seq < 0) throw notFound(key)
    return seq
  }

  /** What programs look up all day: no memory is made for it. */
  lookupShort (text) {
    const { page } = native
    keyRoom = keyRoom || pinned(SHORT_KEY * 3)
    page[F.data] = keyRoom.address
    page[F.dataLength] = keyRoom.bytes.utf8Write(text, 0)
    native.dispatch(OP.viewGet)
  }

  value (method, opts) {
    if (this.failure) throw this.failure
    const given = opts === undefined || opts === null ? {} : typeof opts === 'object' ? opts : { id: opts }
    return JSON.parse(native.cold('view.value', { ...given, handle: this.handle, method }).json)
  }

  /** A pull-stream source of what the view names: {value, seq}, value or seq. */
  rows (method, opts) {
    if (!this.engine) throw argument(`view ${this.request.name}: ${method} reads records in Java, which has only logs of Millrace's`)
    const { seqs, values, ...options } = optionsOf(`view ${this.request.name}: ${method}`, opts)
    const range = { ...rangeOf({ seqs, values }), live: Boolean(options.live) }
    const request = { ...options, handle: this.handle, method }
    const source = rowSource(this.engine, 'view', request, range, this.log[CODEC], (listener, immediately) => this.watch(listener, immediately))
    return (abort, cb) => source.read(abort, cb)
  }

  /** Its records cannot be brought: reads say why until it is rebuilt. */
  fail (cause) {
    this.failure = coded('ERR_VIEW_FAILED', `view ${this.request.name} failed behind sequence ${this.reached}: ${cause.message}. It stands there; mend it and rebuild it.`)
    this.failure.cause = cause
    this.failed.set(true)
  }

  rebuild (cb) {
    if (this.failure) this.failed.set(false)
    this.failure = null
    const begun = (err) => {
      if (err || this.handle === 0) return cb(err)
      this.reached = -1
      this.hold(true)
      this.publish()
      this.reach(this.log.since.value)
      cb(null)
    }
    if (this.engine) return rebuildInJava(this, begun)
    native.cold('view.rebuild', { handle: this.handle }) // it is in memory only, and fed from here
    begun(null)
  }

  close (cb) {
    this.hold(false)
    if (!this.engine) { // Java has nothing of it on disk
      this.detach()
      return cb(null)
    }
    this.engine.dependents.delete(this)
    this.stopListening()
    closeInJava(this, cb)
  }
}

/** As level says it: flumeview-level's users look at `name` and `notFound`. */
function notFound (key) {
  const err = peerError(`Key not found in database [${String(key)}]`, 'ERR_KEY_NOT_FOUND')
  err.name = 'NotFoundError'
  err.notFound = true
  return err
}

module.exports = { NativeView, notFound }
