'use strict'
// Native views by name: `db.use('keys', require('millrace').views.keys(opts))`. Java builds and reads them; a log of ours feeds
// them inside Java, any other flumelog through batches that JavaScript hands over.

const native = require('./native')
const { NativeView, notFound } = require('./native-view')
const { SELF_FED, REACH, LOOKUPS, FAILED, PROGRESS } = require('./symbols')
const { batchSink } = require('./batch-sink')
const { argument } = require('./errors')
const { optionsOf } = require('./options')

const ENCODINGS = ['json', 'bipf', 'cbor']

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
      destroy: (cb) => view.rebuild(cb),
      close: (cb) => view.close(cb),
      [SELF_FED]: view.engine !== undefined,
      [FAILED]: view.failed,
      [PROGRESS]: () => paceOf(view),
      [REACH]: (seq) => view.reach(seq),
      [LOOKUPS]: {}
    }
    for (const entry of view.methods.split(',').filter(Boolean)) addMethod(face, view, ...entry.split(':'))
    return face
  }
}

function addMethod (face, view, method, type) {
  if (type === 'lookup') {
    const value = (seq, cb) => view.log.get(seq, (err, value) => err ? cb(err) : cb(null, value, seq))
    addLookup(face, view, method, value)
    addLookup(face, view, 'seq', (seq, cb) => cb(null, seq))
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

/** A method for who has waited for the view; and one for who has not, which says false when that is necessary. */
function addLookup (face, view, name, answer) {
  face.methods[name] = 'async'
  face[name] = (key, cb) => {
    let seq
    try {
      seq = view.lookup(key, -1)
    } catch (err) {
      return cb(err)
    }
    answer(seq, cb)
  }
  face[LOOKUPS][name] = (key, upTo, cb) => {
    let seq
    try {
      seq = view.lookup(key, upTo)
    } catch (err) {
      if (!err.notFound) return false // perhaps only for now: the view is built anew, or its log moves
      cb(err)
      return true
    }
    if (seq === undefined) return false
    answer(seq, cb)
    return true
  }
}

/** How fast Java takes records into a view. */
function paceOf ({ handle }) {
  if (handle === 0) return {}
  const { records, recordsPerSecond, secondsLeft } = native.cold('view.progress', { handle })
  return { records: Number(records), recordsPerSecond: Number(recordsPerSecond), secondsLeft: Number(secondsLeft) }
}

const BUILT_IN = ['keys', 'feeds', 'last', 'clock', 'backlinks', 'time', 'type', 'links', 'relations', 'about', 'contacts', 'search']

const builtIn = Object.fromEntries(BUILT_IN.map((kind) => [kind, (opts) => nativeView(kind, opts)]))

module.exports = { builtIn, javaView, notFound, paceOf }
