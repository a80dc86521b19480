'use strict'
// The few pull-stream parts that Flume needs. A source is read(abort, cb): cb(end) or cb(null, item); abort is null, true or an error.

const END = true

/** `source`, read without recursion however its reader asks and however it answers. */
function looped (source) {
  let looping = false
  let nextAbort = null
  let next = null

  return function read (abort, cb) {
    nextAbort = abort
    next = cb
    if (looping) return
    looping = true
    try {
      while (next !== null) {
        const given = next
        next = null
        source(nextAbort, given) // when it answers at once and is asked again, `next` is set
      }
    } finally {
      looping = false
    }
  }
}

/** A source that is there later: reads and an abort wait for `become(source)`. */
function deferred () {
  let source = null
  const waiting = []
  return {
    read (abort, cb) {
      if (source !== null) return source(abort, cb)
      waiting.push([abort, cb])
    },
    become (real) {
      source = real
      for (const [abort, cb] of waiting.splice(0)) source(abort, cb)
    }
  }
}

/** `source`, whose first answer, when it comes at once, comes in the next tick: what its reader is doing now is over by then. */
function notAtOnce (source) {
  let isFirst = true
  return (abort, cb) => {
    if (!isFirst) return source(abort, cb)
    isFirst = false
    let isAtOnce = true
    source(abort, (end, item) => {
      if (isAtOnce) process.nextTick(cb, end, item)
      else cb(end, item)
    })
    isAtOnce = false
  }
}

/** A source that only says `end`: true or an error. */
const ended = (end) => (abort, cb) => cb(abort || end)

/** Each item through `map(item, cb(err, mapped))`; an error ends the source beneath. */
function mapAsync (source, map) {
  let isMapping = false
  let whenMapped = null
  return function read (abort, cb) {
    if (abort) {
      if (!isMapping) return source(abort, cb)
      whenMapped = () => source(abort, cb)
      return
    }
    source(null, (end, item) => {
      if (end) return cb(end)
      isMapping = true
      map(item, (err, mapped) => {
        isMapping = false
        if (whenMapped !== null) {
          cb(END)
          return whenMapped()
        }
        if (err) return source(err, () => cb(err))
        cb(null, mapped)
      })
    })
  }
}

/** `source` with a switch: `abort()` ends it for its reader at once, also while that waits. */
function abortable (source) {
  let end = null
  let waiting = null
  function read (abort, cb) {
    if (end !== null) return abort ? cb(abort) : cb(end)
    if (abort) {
      end = abort
      return source(abort, cb)
    }
    waiting = cb
    source(null, (sourceEnd, item) => {
      if (waiting !== cb) return // aborted meanwhile
      waiting = null
      if (sourceEnd) end = sourceEnd
      cb(sourceEnd, item)
    })
  }
  function abort () {
    if (end !== null) return
    end = true
    const cb = waiting
    waiting = null
    source(true, () => {})
    if (cb !== null) cb(END)
  }
  return { read, abort }
}

/** Calls `see` for each item, and for the end. */
function tapped (source, see) {
  let asked = null
  const answer = (end, item) => {
    const cb = asked
    if (!end) see(item)
    cb(end, item)
  }
  return (abort, cb) => {
    if (abort) return source(abort, cb) // while a read may wait
    asked = cb
    source(null, answer)
  }
}

/** The items of a source for `for await`; leaving the loop aborts it. */
async function * iterate (source) {
  let end = null
  const read = (abort) => new Promise((resolve) => {
    source(abort, (sourceEnd, item) => {
      end = sourceEnd
      resolve(item)
    })
  })
  try {
    for (;;) {
      const item = await read(null)
      if (end === true) return
      if (end) throw end
      yield item
    }
  } finally {
    if (!end) await read(true)
  }
}

/** `source`, which `for await` takes as well. One function for all: with a closure each, a feed of 3,068 rows took 17 ms instead of 13, the collector's. */
function iterable (source) {
  source[Symbol.asyncIterator] = iterateThis
  return source
}

function iterateThis () {
  return iterate(this)
}

/** Each item through `map(item, cb(err, mapped))`, `width` of them at once, in order; what maps to undefined is left out. */
function mapAhead (source, width, map) {
  const next = looped(source)
  const slots = []
  let waiting = null
  let end = null
  let isReading = false
  let isAnswering = false

  function fill () {
    if (isReading || end !== null || slots.length >= width) return
    isReading = true
    next(null, (over, item) => {
      isReading = false
      if (over) end = end || over
      else take(item)
      answer()
      fill()
    })
  }

  function take (item) {
    const slot = { isDone: false, value: undefined }
    slots.push(slot)
    map(item, (err, value) => {
      if (err) end = err
      slot.isDone = true
      slot.value = err ? undefined : value
      answer()
    })
  }

  function answer () {
    if (isAnswering) return
    isAnswering = true
    try {
      hand()
    } finally {
      isAnswering = false
    }
    if (waiting !== null) fill()
  }

  function hand () {
    while (waiting !== null && (slots.length > 0 ? slots[0].isDone : end !== null)) {
      const value = slots.length > 0 ? slots.shift().value : undefined
      if (value === undefined && (slots.length > 0 || end === null)) continue
      const cb = waiting
      waiting = null
      if (value === undefined) cb(end)
      else cb(null, value)
    }
  }

  return (abort, cb) => {
    if (!abort) {
      waiting = cb
      fill()
      return answer()
    }
    end = end || abort
    const late = waiting
    waiting = null
    if (late !== null) late(abort)
    source(abort, cb)
  }
}

module.exports = { notAtOnce, looped, deferred, ended, mapAsync, mapAhead, abortable, tapped, iterate, iterable }
