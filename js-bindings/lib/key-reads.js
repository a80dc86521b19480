'use strict'
// Ranges of a map view's keys as pull-streams, with flumeview-level's options.

const native = require('./native')
const { encodeKey, decodeKey } = require('./keys')
const { rangeOf } = require('./range')
const { rowSource } = require('./source')
const { CODEC } = require('./symbols')
const { argument } = require('./errors')

const { F, OP } = native
const BOUNDS = ['gt', 'gte', 'lt', 'lte']

/** Sequence of a key's newest record; -1 = there is none. */
function findKey ({ handle }, key) {
  const { page } = native
  page[F.handle] = handle
  page[F.seq] = -1
  native.dispatchData(OP.viewGet, key, null, null)
  return page[F.seq]
}

/**
 * A source of {key, seq, value} or what is left when keys, seqs or values is false. With `live`, what is emitted from now on
 * follows; between old and new stands {sync: true}, unless `sync` is false.
 */
function readKeys (view, opts = {}) {
  if (opts.live && opts.reverse && opts.old !== false) throw argument('read: live and reverse exclude each other')
  const wants = { keys: opts.keys !== false, seqs: opts.seqs !== false, values: opts.values !== false }
  const bounds = Object.fromEntries(BOUNDS.filter((name) => opts[name] !== undefined && opts[name] !== null).map((name) => [name, encodeKey(opts[name])]))
  const isLive = Boolean(opts.live) || opts.old === false
  const limit = opts.limit === undefined || opts.limit === null || opts.limit < 0 ? Infinity : opts.limit
  const live = isLive ? new LiveKeys(view, bounds) : null
  const parts = []
  if (opts.old !== false) parts.push(oldKeys(view, bounds, opts.reverse, limit, wants))
  if (live) {
    if (opts.old !== false && opts.sync !== false) parts.push(onlySync())
    parts.push(live.source(wants))
  }
  return limited(concatenated(parts), limit, live)
}

/** {key, seq, value} in one object is dear for a million rows: only what is wanted of it. */
function shape (wants, key, seq, value) {
  const { keys, seqs, values } = wants
  if (keys && values && seqs) return { key, seq, value }
  if (keys && values) return { key, value }
  if (keys && seqs) return { key, seq }
  if (seqs && values) return { seq, value }
  return keys ? key : seqs ? seq : value
}

function oldKeys (view, bounds, reverse, limit, wants) {
  const codec = view.log[CODEC]
  const options = { reverse: Boolean(reverse), upTo: view.position, records: wants.values }
  for (const [name, bytes] of Object.entries(bounds)) options[name] = Buffer.from(bytes).toString('hex')
  if (limit !== Infinity) options.limit = limit
  const rowCodec = {
    wantsBuffer: codec.wantsBuffer,
    decode (memory, block, start, length) {
      const keyLength = block.readUInt32LE(start)
      const key = wants.keys ? decodeKey(block, start + 4, start + 4 + keyLength) : undefined
      const value = wants.values ? codec.decode(memory, block, start + 4 + keyLength, length - 4 - keyLength) : undefined
      return { key, value }
    }
  }
  const source = rowSource(view.engine, 'view', { ...options, handle: view.handle, method: 'read' }, rangeOf({}), rowCodec, view.since)
  return (abort, cb) => source.read(abort, (end, item) => end ? cb(end) : cb(null, shape(wants, item.value.key, item.seq, item.value.value)))
}

/** What the view emits while somebody reads. */
class LiveKeys {
  constructor (view, bounds) {
    this.view = view
    this.bounds = bounds
    this.items = []
    this.waiting = null
    this.end = null
    this.after = view.position
    this.listener = (keys) => this.take(keys)
    view.listeners.add(this.listener)
  }

  take ({ bytes, seqs, words, count }) {
    for (let i = 0; i < count; i++) {
      const start = words[i * 4 + 2]
      const end = start + words[i * 4 + 3]
      const key = bytes.subarray(start, end)
      if (seqs[i * 2] > this.after && this.holds(key)) this.items.push({ key: decodeKey(bytes, start, end), seq: seqs[i * 2] })
    }
    this.answer()
  }

  holds (key) {
    const { gt, gte, lt, lte } = this.bounds
    const isAbove = gte ? key.compare(gte) >= 0 : !gt || key.compare(gt) > 0
    return isAbove && (lte ? key.compare(lte) <= 0 : !lt || key.compare(lt) < 0)
  }

  answer () {
    const cb = this.waiting
    if (cb === null || (this.items.length === 0 && !this.end)) return
    this.waiting = null
    if (this.end) cb(this.end)
    else cb(null, this.items.shift())
  }

  close (end) {
    this.end = this.end || end
    this.view.listeners.delete(this.listener)
    this.answer()
  }

  /** Deleted meanwhile: left out. */
  source (wants) {
    const read = (abort, cb) => {
      if (abort) {
        this.close(abort)
        return cb(abort)
      }
      this.waiting = (end, item) => {
        if (end) return cb(end)
        if (!wants.values) return cb(null, shape(wants, item.key, item.seq))
        this.view.log.get(item.seq, (err, value) => {
          if (err && err.code === 'flumelog:deleted') read(null, cb)
          else if (err) cb(err)
          else cb(null, shape(wants, item.key, item.seq, value))
        })
      }
      this.answer()
    }
    return read
  }
}

function onlySync () {
  let isGiven = false
  return (abort, cb) => {
    if (abort || isGiven) return cb(abort || true)
    isGiven = true
    cb(null, { sync: true })
  }
}

/** One source after the other. */
function concatenated (sources) {
  let at = 0
  return function read (abort, cb) {
    if (at === sources.length) return cb(abort || true)
    if (abort) return sources[at](abort, cb)
    sources[at](null, (end, item) => {
      if (end !== true || at === sources.length - 1) return cb(end, item)
      at++
      read(null, cb)
    })
  }
}

/** At most so many items; {sync: true} is none. Ends what is live with it. */
function limited (source, limit, live) {
  let left = limit
  return function read (abort, cb) {
    if (abort && live) live.close(abort)
    if (!abort && left <= 0) return read(true, cb)
    source(abort, (end, item) => {
      if (!end && !(item && item.sync === true)) left--
      cb(end, item)
    })
  }
}

module.exports = { findKey, readKeys, shape }
