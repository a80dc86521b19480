'use strict'
// Stand-ins for the flumedb tests: a JavaScript log whose loading the test controls, and a view that records what it is told.

const Obz = require('obz')

/** A flumelog-* over an array, seq = index. It loads when `load()` is called (at once by default) and notes what it is asked. */
function fakeLog ({ values = [], loadNow = true, filename = null, methods = {}, ...more } = {}) {
  const since = Obz()
  const records = [...values]
  const log = {
    since,
    filename,
    methods,
    streams: [],
    closed: 0,
    load: () => since.set(records.length - 1),
    append: (value, cb) => {
      records.push(...(Array.isArray(value) ? value : [value]))
      since.set(records.length - 1)
      cb(null, records.length - 1)
    },
    get: (seq, cb) => seq in records ? cb(null, records[seq]) : cb(new Error(`no record ${seq}`)),
    stream: (opts = {}) => {
      log.streams.push({ ...opts })
      return arraySource(records, since, opts)
    },
    close: (cb) => {
      log.closed++
      cb()
    },
    ...more
  }
  if (loadNow) log.load()
  return log
}

function arraySource (records, since, opts) {
  let seq = opts.gt === undefined ? -1 : opts.gt
  return (abort, take) => {
    if (abort) return take(abort)
    const give = () => {
      seq++
      const value = records[seq]
      take(null, opts.seqs === false ? value : opts.values === false ? seq : { value, seq })
    }
    if (seq + 1 < records.length) give()
    else if (opts.live) since.once(give, false)
    else take(true)
  }
}

/**
 * A view over nothing: `events` says what happened to it, in order. It starts at `upto` (null = still loading) and
 * follows the log unless `lazy`; `fail(item)` may return an error its sink then ends with.
 */
function fakeView ({ upto = -1, methods = {}, lazy = false, fail = () => null, destroyTo = -1, ...more } = {}) {
  const since = Obz()
  const events = []
  const view = {
    since,
    methods,
    createSink: (done) => {
      events.push('sink')
      return (read) => {
        const next = () => read(null, (end, item) => {
          if (end) return done(end === true ? null : end)
          const err = fail(item)
          if (err) {
            read(err, () => {}) // flumedb's pull-abortable never answers an abort from below: do not wait for it
            return done(err)
          }
          events.push(item.value)
          if (!lazy) since.set(item.seq)
          next()
        })
        next()
      }
    },
    destroy: (cb) => {
      events.push('destroy')
      since.set(destroyTo)
      cb()
    },
    close: (cb) => {
      events.push('close')
      cb()
    },
    ...more
  }
  if (upto !== null) since.set(upto)
  const create = (log, name) => {
    create.given = { log, name }
    return view
  }
  return Object.assign(create, { view, since, events })
}

module.exports = { fakeLog, fakeView }
