'use strict'
// Native views by name: `db.use('keys', require('millrace').views.keys(opts))`. Java builds and reads them; a log of ours feeds
// them inside Java, any other flumelog through batches that JavaScript hands over.

const native = require('./native')
const alive = require('./alive')
const Observable = require('./obv')
const { rangeOf } = require('./range')
const { rowSource } = require('./source')
const { ENGINE, CODEC, SELF_FED, REACH, FAILED, PROGRESS } = require('./symbols')
const { batchSink } = require('./batch-sink')
const { argument, coded, peerError } = require('./errors')
const { optionsOf } = require('./options')

const { F, OP, FLAG } = native
const ENCODINGS = ['json', 'bipf', 'cbor']
const LAG_MAX = 64 * 1024 // bytes, or records, that this thread may take into a view for those who wait for them

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
    } else if (log.since.value === undefined) log.since.once(() => this.publish())
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

  /** The log is closed, or opened again, in Java. */
  detach () {
    if (this.handle === 0) return
    native.offWake(this.handle)
    native.cold('view.close', { handle: this.handle })
    this.handle = 0
  }

  /** Something happened in Java. */
  look () {
    this.reach(-1)
  }

  /** Brings the view to `seq` on this thread when that is quick; a wake comes otherwise. */
  reach (seq) {
    if (this.handle === 0) return
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = seq
    native.dispatch(OP.state)
    this.reached = page[F.since]
    const hasFailed = this.failure !== null || (page[F.flags] & FLAG.failed) !== 0
    if (hasFailed !== this.failed.value) this.failed.set(hasFailed)
    this.publish()
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

  /** Sequence of a key; throws notFound. */
  lookup (key) {
    if (this.failure) throw this.failure
    const text = Array.isArray(key) ? key.join(' ') : key // ssb-db's clock: [author, number]
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    if (!(bytes instanceof Uint8Array)) throw argument(`view ${this.request.name}: the key is a ${typeof key}, expected a string or a Buffer`)
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = -1 // the caller has waited
    native.dispatchData(OP.viewGet, bytes, null, null)
    if (page[F.seq] < 0) throw notFound(key)
    return page[F.seq]
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

  rebuild () {
    if (this.failure) this.failed.set(false)
    this.failure = null
    native.cold('view.rebuild', { handle: this.handle })
    this.reached = -1
    this.hold(true)
    this.publish()
    this.reach(this.log.since.value)
  }

  close () {
    this.hold(false)
    if (this.engine) {
      this.engine.dependents.delete(this)
      this.stopListening()
    }
    this.detach()
  }
}

/** A built-in view. */
function nativeView (kind, opts) {
  return mountable('view.open', { view: kind }, opts)
}

/** A view written in Java by somebody else: the name of its class, or an object that npm java has made. */
function javaView (view, opts) {
  if (typeof view === 'string') return mountable('view.openClass', { class: view }, opts)
  return mountable('view.openOffered', { ticket: require('./launch').offer(view) }, opts)
}

/** What `use` takes. Reads: get(key, cb(err, value, seq)) and seq(key, cb(err, seq)) where the view looks keys up. */
function mountable (operation, args, opts) {
  const { encoding = 'json' } = optionsOf('view', opts)
  if (!ENCODINGS.includes(encoding)) throw argument(`encoding is ${String(encoding)}, expected one of ${ENCODINGS.join(', ')}`)
  return (log, name) => {
    const view = new NativeView({ operation, ...args, name, encoding }, log)
    const face = {
      since: view.since,
      methods: {},
      createSink: batchSink(view, encoding),
      destroy: (cb) => attempt(cb, () => view.rebuild()),
      close: (cb) => attempt(cb, () => view.close()),
      [SELF_FED]: view.engine !== undefined,
      [FAILED]: view.failed,
      [PROGRESS]: () => paceOf(view),
      [REACH]: (seq) => view.reach(seq)
    }
    for (const entry of view.methods.split(',').filter(Boolean)) addMethod(face, view, ...entry.split(':'))
    return face
  }
}

function addMethod (face, view, method, type) {
  if (type === 'lookup') {
    face.methods[method] = face.methods.seq = 'async'
    face.seq = (key, cb) => find(view, key, cb, (seq) => cb(null, seq))
    face[method] = (key, cb) => find(view, key, cb, (seq) => view.log.get(seq, (err, value) => err ? cb(err) : cb(null, value, seq)))
  } else if (type === 'value') {
    face.methods[method] = 'async'
    face[method] = (opts, cb) => {
      if (typeof opts === 'function') [opts, cb] = [undefined, opts]
      let value
      try {
        value = view.value(method, opts)
      } catch (err) {
        return cb(err)
      }
      cb(null, value)
    }
  } else {
    face.methods[method] = 'source'
    face[method] = (opts) => view.rows(method, opts)
  }
}

function find (view, key, cb, then) {
  let seq
  try {
    seq = view.lookup(key)
  } catch (err) {
    return cb(err)
  }
  then(seq)
}

/** How fast Java takes records into a view. */
function paceOf ({ handle }) {
  if (handle === 0) return {}
  const { records, recordsPerSecond, secondsLeft } = native.cold('view.progress', { handle })
  return { records: Number(records), recordsPerSecond: Number(recordsPerSecond), secondsLeft: Number(secondsLeft) }
}

/** As level says it: flumeview-level's users look at `name` and `notFound`. */
function notFound (key) {
  const err = peerError(`Key not found in database [${String(key)}]`, 'ERR_KEY_NOT_FOUND')
  err.name = 'NotFoundError'
  err.notFound = true
  return err
}

function attempt (cb, action) {
  try {
    action()
  } catch (err) {
    return cb(err)
  }
  cb(null)
}

const BUILT_IN = ['keys', 'feeds', 'last', 'clock', 'backlinks', 'time', 'type', 'links', 'relations', 'about', 'contacts', 'search']

const builtIn = Object.fromEntries(BUILT_IN.map((kind) => [kind, (opts) => nativeView(kind, opts)]))

module.exports = { builtIn, javaView, notFound, attempt, paceOf }
