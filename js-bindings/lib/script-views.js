'use strict'
// What `require('millrace').view(spec)` gives to `db.use`: the members that a flumeview has, over lib/map-view.js or
// lib/reduce-view.js.

const { MapView } = require('./map-view')
const { ReduceView } = require('./reduce-view')
const { projectionOf } = require('./projection')
const { encodeKey } = require('./keys')
const { findKey, readKeys } = require('./key-reads')
const { notFound, paceOf } = require('./views')
const { ENGINE, SELF_FED, REACH, FAILED, PROGRESS } = require('./symbols')
const { argument } = require('./errors')
const { ended } = require('./pull')

const JSON_CODEC = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const OPTIONS = ['version', 'select', 'where', 'map', 'reduce', 'codec', 'initial', 'encoding', 'movable']

/**
 * @param {object} spec
 * @param {number} spec.version another one builds the view anew; so does another `where` or `select`
 * @param {string[]|object} [spec.select] what a row shows: names, paths, or {name: path}
 * @param {object} [spec.where] {name or path: value, list of values, or {exists: boolean}}; all must hold
 * @param {function} [spec.map] (row, seq) -> list of keys that lead to this record
 * @param {boolean} [spec.movable] no key that `map` gives holds a `seq`: then a compaction keeps them instead of building the view anew
 * @param {function} [spec.reduce] (accumulated, row, seq) -> accumulated; the row is one object, reused: take what you need
 * @param {*} [spec.initial] what reduce begins with; copied
 * @param {object} [spec.codec] of the accumulated value; default JSON
 * @param {string} [spec.encoding] of the records: json (default), bipf, cbor
 */
function view (spec) {
  const checked = check(spec)
  return (log, name) => {
    if (!log[ENGINE]) throw argument(`view ${name}: where and select read records in Java, which has only logs of Millrace's; use a flumeview module`)
    return checked.map ? mapFace(new MapView(checked, log, name)) : reduceFace(new ReduceView(checked, log, name))
  }
}

function check (spec) {
  if (typeof spec !== 'object' || spec === null) throw argument(`view(spec): spec is a ${typeof spec}, expected an object`)
  for (const name of Object.keys(spec)) if (!OPTIONS.includes(name)) throw argument(`view: no option ${name}; there are ${OPTIONS.join(', ')}`)
  const { version, map, reduce, codec = JSON_CODEC, initial, encoding = 'json', movable = false } = spec
  if (!Number.isSafeInteger(version)) throw argument(`view: version is ${String(version)}, expected a whole number`)
  for (const name of ['encode', 'decode']) if (typeof codec[name] !== 'function') throw argument(`view: codec.${name} is ${typeof codec[name]}, expected a function`)
  if ((typeof map === 'function') === (typeof reduce === 'function')) throw argument('view: give either map or reduce, a function')
  if (typeof movable !== 'boolean' || (movable && !map)) throw argument(`view: movable is ${String(movable)}, expected a boolean, of a view with map`)
  structuredClone(initial) // throws what it cannot copy
  return { version, map, reduce, codec, initial, encoding, movable, content: map ? 'keys' : 'state', ...projectionOf(spec) }
}

function face (view, methods) {
  return {
    since: view.since,
    createSink: () => {},
    destroy: (cb) => view.rebuild(cb),
    close: (cb) => view.close(cb),
    [SELF_FED]: true,
    [FAILED]: view.failed,
    [PROGRESS]: () => paceOf(view),
    [REACH]: (seq) => {
      view.look()
      if (view.position !== seq) view.catchUp()
    },
    ...methods
  }
}

/** As flumeview-level: get(key, cb(err, value, seq)), read(opts). */
function mapFace (view) {
  return face(view, {
    methods: { get: 'async', seq: 'async', read: 'source' },
    get: (key, cb) => find(view, key, cb, (seq) => view.log.get(seq, (err, value) => err ? cb(err) : cb(null, value, seq))),
    seq: (key, cb) => find(view, key, cb, (seq) => cb(null, seq)),
    read: (opts) => view.failure ? ended(view.failure) : readKeys(view, opts)
  })
}

function find (view, key, cb, then) {
  let seq
  try {
    if (view.failure) throw view.failure
    seq = findKey(view, encodeKey(key))
    if (seq < 0) throw notFound(key)
  } catch (err) {
    return cb(err)
  }
  then(seq)
}

/** As flumeview-reduce: get(opts?, cb), stream({live}), value; the value moves batch by batch. */
function reduceFace (view) {
  const { value, since, spec } = view
  return face(view, {
    methods: { get: 'async', stream: 'source', value: 'sync' },
    value,
    get (opts, cb) {
      if (typeof opts === 'function') [opts, cb] = [null, opts]
      if (view.failure) return cb(view.failure)
      if (!opts || Object.keys(opts).length === 0 || opts.meta === false) return cb(null, value.value)
      const meta = { seq: since.value, version: spec.version }
      cb(null, opts.values === false ? { ...meta, size: null } : { ...meta, value: value.value })
    },
    stream: (opts) => opts && opts.live ? values(value) : once(value.value)
  })
}

function once (value) {
  let isGiven = false
  return (abort, cb) => {
    if (abort || isGiven) return cb(abort || true)
    isGiven = true
    cb(null, value)
  }
}

/** The newest value whenever somebody asks and it has changed since. */
function values (observable) {
  let isNew = false
  let waiting = null
  let end = null
  const remove = observable(() => {
    isNew = true
    answer()
  })
  function answer () {
    if (waiting === null || !(isNew || end)) return
    const cb = waiting
    waiting = null
    isNew = false
    cb(end, end ? undefined : observable.value)
  }
  return (abort, cb) => {
    if (abort) {
      end = abort
      remove()
      answer()
      return cb(abort)
    }
    waiting = cb
    answer()
  }
}

module.exports = { view, check, mapFace, reduceFace }
