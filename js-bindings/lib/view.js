'use strict'
// What `db.<name>` is: a view behind waiting, counting and closing, with the members flumedb gives it.

const { withCallback } = require('./promise')
const { deferred, ended, tapped } = require('./pull')
const { peerError } = require('./errors')
const { SELF_FED, REACH, FAILED } = require('./symbols')
const alive = require('./alive')

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
    while (this.entries.length > 0 && this.entries[0].seq <= upto) this.take().cb()
  }

  fail (err) {
    while (this.entries.length > 0) this.take().cb(err)
  }

  take () {
    if (this.onJava) alive.release()
    return this.entries.shift()
  }
}

/** cb(err?) when a read may begin: see flumedb's `opts.since`. */
function readiness (view, flume) {
  const waiting = new Waiting(view[SELF_FED] === true)
  const isReady = flume.ready

  // A tick later, because flumeview-reduce sets `since` and then the value that a read returns.
  view.since(() => { if (waiting.entries.length > 0) process.nextTick(release) })
  isReady((ready) => { if (ready) release() })
  if (view[FAILED]) view[FAILED]((hasFailed) => { if (hasFailed) waiting.release(Infinity) })

  function release () {
    if (isReady.value && view.since.value != null) waiting.release(view.since.value)
  }

  function ready (cb, after) {
    const { since } = flume
    if (view[REACH] && since.value !== view.since.value && isReady.value) view[REACH](since.value === undefined ? -1 : since.value)
    if (isReady.value && since.value != null && since.value === view.since.value) cb()
    else if (view[FAILED] && view[FAILED].value && isReady.value) cb()
    else if (after < 0) view.since.once(() => process.nextTick(cb))
    else if (after) waitFor(after, cb)
    else {
      since.once((upto) => {
        if (flume.closed) cb(peerError('flumedb: closed before log ready', 'ERR_LOG_CLOSED'))
        else waitFor(upto, cb)
      })
    }
  }

  function waitFor (seq, cb) {
    if (isReady.value && view.since.value >= seq) cb()
    else waiting.add(seq, cb)
  }

  return { ready, fail: (err) => waiting.fail(err) }
}

/** How each type of method is wrapped. */
function wrappers (ready, throwIfClosed, meta) {
  return {
    source: (method, name) => function (opts) {
      throwIfClosed(name)
      meta[name]++
      const later = deferred()
      let isAsked = false
      const read = (abort, cb) => {
        if (!isAsked) {
          isAsked = true
          if (abort) later.become(ended(abort))
          else ready((err) => later.become(err ? ended(err) : method(opts)), opts && opts.since)
        }
        later.read(abort, cb)
      }
      return tapped(read, () => { meta[name]++ })
    },
    async: (method, name) => function (opts, cb) {
      if (cb === undefined && typeof opts !== 'function') return withCallback(name, cb, (done) => ask(opts, done))
      return ask(opts, cb)
      function ask (opts, cb) {
        throwIfClosed(name)
        meta[name]++
        ready((err) => {
          if (!err) method(opts, cb)
          else if (cb) cb(err)
          else opts(err)
        }, opts && opts.since)
      }
    },
    sync: (method, name) => function (a, b) {
      throwIfClosed(name)
      meta[name]++
      return method(a, b)
    }
  }
}

/** @param {object} view what the view's factory made; @param {object} flume the database, for since, ready and closed */
module.exports = function wrapView (view, flume, throwIfClosed) {
  if (!view.methods) throw new Error('a stream view must have methods property')
  const meta = {}
  const { ready, fail } = readiness(view, flume)
  const wrap = wrappers(ready, throwIfClosed, meta)
  let isDestroying = false

  const wrapped = {
    ready,
    since: view.since,
    close (err, cb) {
      if (typeof err === 'function') [err, cb] = [null, err]
      fail(err || peerError('flumedb:view closed', 'ERR_LOG_CLOSED'))
      if (view.close.length === 1) view.close(cb)
      else view.close(err, cb)
    },
    meta,
    destroy: (cb) => { view.destroy((err) => cb(err)) },
    setDestroying: (value) => { isDestroying = value },
    isDestroying: () => isDestroying,
    createSink: view.createSink
  }

  for (const name of Object.keys(view.methods)) {
    const type = view.methods[name]
    if (typeof view[name] !== 'function') throw new Error('expected function named:' + name + 'of type: ' + type)
    if (!Object.hasOwn(wrap, type)) throw new Error(`method ${name} of a view has type ${type}, expected source, async or sync`)
    meta[name] = 0
    wrapped[name] = wrap[type](view[name], name)
  }
  wrapped.methods = view.methods
  return wrapped
}
