'use strict'
// flumedb 2.1.8's Flume(log, isReady, mapper): a log and the views over it, as one plain, mutable object.

const path = require('node:path')
const Observable = require('./obv')
const wrapView = require('./view')
const { extend } = require('./extras')
const { feed } = require('./feed')
const { SharedRecords } = require('./shared-records')
const { rangeOf } = require('./range')
const { sourceOf } = require('./source')
const { ENGINE, CODEC, SOURCE, SELF_FED, FAILED, PROGRESS } = require('./symbols')
const { withCallback } = require('./promise')
const { looped, deferred, ended, mapAsync } = require('./pull')
const { argument, peerError, coded } = require('./errors')

const VIEW_MUST_HAVE = ['close', 'createSink', 'destroy', 'since']

/**
 * @param {object} log a flumelog: ours, or any JavaScript one
 * @param {boolean} [isReady] false: reads of views wait for `ready.set(true)`
 * @param {function} [mapper] (value, cb(err, mapped)), applied by get and stream
 */
module.exports = function Flume (log, isReady, mapper) {
  if (!log || typeof log.since !== 'function') throw argument('Flume(log): the log has no observable `since`; expected a flumelog')
  const meta = {}
  log.get = counted(log.get, meta)
  const ready = Observable()
  ready.set(isReady !== false ? true : undefined)
  const closing = Observable()

  const get = mapper
    ? (seq, cb) => log.get(seq, (err, value, ...rest) => err ? cb(err, value, ...rest) : mapper(value, cb))
    : (seq, cb) => log.get(seq, cb)

  function stream (opts, codec) {
    const source = codec ? sourceOf(log[ENGINE], rangeOf(opts), codec) : log[SOURCE] ? log[SOURCE](opts) : log.stream(opts)
    if (typeof source !== 'function') throw argument(`Flume(log): log.stream gave a ${typeof source}, expected a pull-stream; wrap the log with async-append-only-log/compat`)
    const mapped = mapper ? mappedSource(source, opts || {}, mapper) : source
    return log[ENGINE] && !mapper ? mapped : looped(mapped)
  }

  function throwIfClosed (name) {
    if (flume.closed) throw peerError('cannot call:' + name + ', flumedb instance closed', 'ERR_LOG_CLOSED')
  }

  const flume = {
    closed: false,
    dir: log.filename ? path.dirname(log.filename) : null,
    since: log.since,
    ready,
    meta,
    append: (value, cb) => {
      if (typeof cb !== 'function') return withCallback('append', cb, (done) => flume.append(value, done))
      throwIfClosed('append')
      return log.append(value, cb)
    },
    stream: (opts) => {
      throwIfClosed('stream')
      return whenLoaded(log, flume, () => stream(opts))
    },
    get: (seq, cb) => withCallback('get', cb, (done) => {
      throwIfClosed('get')
      log.since.once(() => flume.closed ? done(beforeReady()) : get(seq, done))
    }),
    use: (name, createView, opts) => use(name, createView, opts),
    rebuild: (name, cb) => {
      if (typeof name !== 'string') [name, cb] = [undefined, name]
      return withCallback('rebuild', cb, (done) => rebuild(name === undefined ? Object.values(flume.views) : [viewOf(name)], log, feeder, closing, done))
    },
    close: (cb) => withCallback('close', cb, (done) => close(flume, log, closing, done)),
    views: {}
  }

  const shared = sharedOf(log)
  const feeder = (view) => feed(view, { flume, log, stream, shared })

  function viewOf (name) {
    if (Object.hasOwn(flume.views, name)) return flume.views[name]
    throw argument(`rebuild: there is no view '${name}', expected one of: ${Object.keys(flume.views).join(', ') || 'none is mounted'}`)
  }

  /** @param {function|string|object} createView also a Java class's name, or a Java object of npm java: those take `opts` */
  function use (name, createView, opts) {
    if (Object.keys(flume).includes(name)) throw new Error(name + ' is already in use!')
    throwIfClosed('use')
    if (!createView || !['function', 'string', 'object'].includes(typeof createView)) {
      throw argument(`use('${name}'): the view is ${createView === null ? 'null' : `a ${typeof createView}`}, expected a function`)
    }
    const create = typeof createView === 'function' ? createView : require('./views').javaView(createView, opts)
    const view = create({ get, stream, since: log.since, filename: log.filename, [ENGINE]: log[ENGINE], [CODEC]: log[CODEC] }, name)
    for (const member of VIEW_MUST_HAVE) {
      if (typeof view[member] !== 'function') throw new Error(`FlumeDB view '${name}' must implement method '${member}'`)
    }
    const wrapped = wrapView(view, flume, log, throwIfClosed)
    wrapped[SELF_FED] = view[SELF_FED]
    wrapped[FAILED] = view[FAILED]
    wrapped[PROGRESS] = view[PROGRESS]
    wrapped.name = name
    if (!wrapped.rebuild) { // of this view alone; where ssb-db has put its own db.rebuild it is there still
      const rebuildOne = (cb) => withCallback(`${name}.rebuild`, cb, (done) => rebuild([wrapped], log, feeder, closing, done))
      Object.defineProperty(wrapped, 'rebuild', { value: rebuildOne, writable: true, configurable: true, enumerable: false })
    }
    setMember(flume, name, wrapped)
    flume.views[name] = wrapped
    meta[name] = wrapped.meta
    feeder(wrapped)
    return flume
  }

  addLogMethods(flume, log)
  return extend(flume, log, throwIfClosed)
}

/** Counts the gets that reach the log. */
function counted (fn, meta) {
  meta.get = meta.get || 0
  return function get (seq, cb) {
    meta.get++
    return fn.call(this, seq, cb)
  }
}

function mappedSource (source, opts, mapper) {
  if (opts.values === false) return source
  if (opts.seqs === false) return mapAsync(source, mapper)
  return mapAsync(source, (item, cb) => mapper(item.value, (err, value) => {
    if (err) return cb(err)
    item.value = value
    cb(null, item)
  }))
}

/** The source of `open()`, opened at the first read, after the log has loaded. */
function whenLoaded (log, flume, open) {
  const later = deferred()
  let isAsked = false
  let source = null
  return (abort, cb) => {
    if (source !== null) return source(abort, cb)
    if (!isAsked) {
      isAsked = true
      log.since.once(() => {
        source = abort ? ended(abort) : flume.closed ? ended(beforeReady()) : open()
        later.become(source)
      })
    }
    later.read(abort, cb)
  }
}

const beforeReady = () => peerError('flumedb: closed before log ready', 'ERR_LOG_CLOSED')

/** Null where records are not decoded, or may move to other sequences: a block log's compaction. */
function sharedOf (log) {
  return log[ENGINE] && log[ENGINE].options.format !== 'block' && !log[CODEC].isPlain ? new SharedRecords(log[CODEC]) : null
}

function addLogMethods (flume, log) {
  for (const name of Object.keys(log.methods || {})) {
    const type = log.methods[name]
    if (typeof log[name] !== 'function') throw new Error(`expected function named: "${name}" of type: "${type}"`)
    if (flume[name] != null) throw new Error(`log method "${name}" conflicts with flumedb method of the same name`)
    flume[name] = log[name]
  }
}

/** An ordinary property, also where an extra member of ours stood. */
function setMember (flume, name, value) {
  Object.defineProperty(flume, name, { value, writable: true, enumerable: true, configurable: true })
}

/** Runs `each(view, cb)` for all views; cb(err) with the first error when all are done. */
function forViews (views, each, cb) {
  let left = views.length
  let failure = null
  if (left === 0) return cb(null)
  for (const view of views) {
    let isDone = false
    const done = (err) => {
      if (isDone) return
      isDone = true
      failure = failure || err || null
      if (--left === 0) cb(failure)
    }
    try {
      each(view, done)
    } catch (err) {
      if (isDone) throw err // of the callback, not of the view
      done(err)
    }
  }
}

/** `closing` is set when the database closes: nobody is left waiting for what will not be built. */
function rebuild (views, log, feeder, closing, cb) {
  const over = () => peerError('cannot call:rebuild, flumedb instance closed', 'ERR_LOG_CLOSED')
  if (closing.value) return process.nextTick(cb, over())
  forViews(views, (view, rebuilt) => {
    const remove = closing.once(() => rebuilt(over()))
    const done = (err) => {
      remove()
      rebuilt(err)
    }
    view.setDestroying(true)
    if (view.abortStream) view.abortStream()
    view.destroy((err) => {
      view.setDestroying(false)
      if (err) return done(err)
      if (closing.value) return
      feeder(view)
      caughtUp(view, log, done)
    })
  }, cb)
}

/** cb() when the view is where the log is; cb(err) when it failed on its way. */
function caughtUp (view, log, cb) {
  const removers = []
  let isDone = false
  function finish (err) {
    if (isDone) return
    isDone = true
    for (const remove of removers) remove()
    cb(err)
  }
  removers.push(view.since((seq) => { if (seq === log.since.value) finish() }))
  if (view[FAILED]) {
    removers.push(view[FAILED]((hasFailed) => {
      if (hasFailed) finish(coded('ERR_VIEW_FAILED', `rebuild: view ${view.name} failed; its methods tell why`))
    }))
  }
  if (isDone) for (const remove of removers) remove() // they were not all there yet
}

function close (flume, log, closing, cb) {
  if (flume.closed) return cb()
  flume.closed = true
  closing.set(true)
  forViews(Object.values(flume.views), (view, done) => {
    if (view.abortStream) view.abortStream()
    view.close(done)
  }, (err) => {
    if (!log.close) cb(err)
    else log.close((closeErr) => cb(err || closeErr))
  })
}
