'use strict'
// What the plugins do to pull-stream sources of rows.

const { looped } = require('../lib/pull')

const END = true

/** Each item through `map`; what maps to undefined is left out. */
function mapped (source, map) {
  const next = looped(source)
  return function read (abort, cb) {
    next(abort, (end, item) => {
      if (end) return cb(end)
      const made = map(item)
      if (made === undefined) read(null, cb)
      else cb(null, made)
    })
  }
}

/** All of a source, then in order. */
function sorted (source, compare) {
  let rows = null
  return function read (abort, cb) {
    if (abort) return source(abort, cb)
    if (rows !== null) return rows.length > 0 ? cb(null, rows.pop()) : cb(END)
    const gathered = []
    source(null, function next (end, row) {
      if (end && end !== true) return cb(end)
      if (!end) {
        gathered.push(row)
        return source(null, next)
      }
      rows = gathered.sort((a, b) => compare(b, a)) // the last is given first
      read(null, cb)
    })
  }
}

function limited (source, limit) {
  let left = limit
  return (abort, cb) => {
    if (abort) return source(abort, cb)
    if (left-- > 0) return source(null, cb)
    source(END, () => cb(END))
  }
}

/** The rows {value, seq} there are, `middle`, then those to come; `open(opts)` reads both. */
function oldThenLive (open, middle) {
  const seen = new Set()
  const old = open({})
  let live = null
  return function read (abort, cb) {
    if (live !== null) return live(abort, cb)
    old(abort, (end, row) => {
      if (abort || (end && end !== true)) return cb(end)
      if (!end) {
        seen.add(row.seq)
        return cb(null, row)
      }
      live = mapped(open({ live: true }), (row) => seen.has(row.seq) ? undefined : row) // all again, so that none is lost in between
      cb(null, middle)
    })
  }
}

/** Each item of the lists that `map` makes of the source's items. */
function flattened (source, map) {
  const next = looped(source)
  let items = []
  return function read (abort, cb) {
    if (!abort && items.length > 0) return cb(null, items.shift())
    next(abort, (end, item) => {
      if (end) return cb(end)
      items = map(item)
      read(null, cb)
    })
  }
}

/** A source of what is pushed; `stop` is called when its reader aborts. */
function pushed (stop) {
  const items = []
  let waiting = null
  return {
    push (item) {
      if (waiting === null) return items.push(item)
      const cb = waiting
      waiting = null
      cb(null, item)
    },
    read (abort, cb) {
      if (abort) {
        stop()
        if (waiting !== null) waiting(abort)
        return cb(abort)
      }
      if (items.length > 0) cb(null, items.shift())
      else waiting = cb
    }
  }
}

/** The items of a list. */
function listed (items) {
  let next = 0
  return (abort, cb) => abort || next === items.length ? cb(abort || END) : cb(null, items[next++])
}

/** `see` each item, then `done(err)`. */
function drained (source, see, done) {
  const read = looped(source)
  read(null, function next (end, item) {
    if (end) return done(end === true ? null : end)
    see(item)
    read(null, next)
  })
}

/** All items, as a list. */
function collected (source, cb) {
  const items = []
  drained(source, (item) => { items.push(item) }, (err) => cb(err, items))
}

module.exports = { mapped, sorted, limited, oldThenLive, flattened, pushed, listed, drained, collected }
