'use strict'
// What `db.<name>` is: a view behind waiting, counting and closing, with the members flumedb gives it.

const { withCallback } = require('./promise')
const { deferred, ended, iterable, tapped } = require('./pull')
const { peerError } = require('./errors')
const { Readiness } = require('./readiness')
const { LOOKUPS } = require('./symbols')

/** A method's source. It may be called in a wake, where what it throws has nobody to catch it. */
function opened (method, opts) {
  try {
    return method(opts)
  } catch (err) {
    return ended(err)
  }
}

/** How each type of method is wrapped. */
function wrappers (readiness, lookups, throwIfClosed, meta) {
  const ready = (cb, after) => readiness.ready(cb, after)
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
          else ready((err) => later.become(err ? ended(err) : opened(method, opts)), opts && opts.since)
        }
        later.read(abort, cb)
      }
      return iterable(tapped(read, () => { meta[name]++ }))
    },
    async: (method, name) => {
      const lookup = lookups[name]
      function ask (opts, cb) {
        throwIfClosed(name)
        meta[name]++
        if (lookup !== undefined && readiness.isOpen && lookup(opts, readiness.flume.since.value, cb)) return
        ready((err) => {
          if (!err) method(opts, cb)
          else if (cb) cb(err)
          else opts(err)
        }, opts && opts.since)
      }
      return function (opts, cb) {
        if (typeof cb === 'function') return ask(opts, cb)
        if (typeof opts === 'function' && (cb === undefined || cb === null)) return ask(opts)
        return withCallback(name, cb, (done) => ask(opts, done))
      }
    },
    sync: (method, name) => function (a, b) {
      throwIfClosed(name)
      meta[name]++
      return method(a, b)
    }
  }
}

/** @param {object} view what the view's factory made; @param {object} flume the database over `log`, for since, ready and closed */
module.exports = function wrapView (view, flume, log, throwIfClosed) {
  if (!view.methods) throw new Error('a stream view must have methods property')
  const meta = {}
  const readiness = new Readiness(view, flume, log)
  const wrap = wrappers(readiness, view[LOOKUPS] || {}, throwIfClosed, meta)

  const wrapped = {
    ready: (cb, after) => readiness.ready(cb, after),
    since: view.since,
    close (err, cb) {
      if (typeof err === 'function') [err, cb] = [null, err]
      readiness.fail(err || peerError('flumedb:view closed', 'ERR_LOG_CLOSED'))
      if (view.close.length === 1) view.close(cb)
      else view.close(err, cb)
    },
    meta,
    destroy: (cb) => { view.destroy((err) => cb(err)) },
    setDestroying: (value) => readiness.setDestroying(value),
    isDestroying: () => readiness.isDestroying,
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
