'use strict'
// db.query: map-filter-reduce queries and jitdb's operators, planned over the native views and run in Java; only rows come here.
//
//   db.query([{$filter: …}, {$map: …}, {$reduce: …}], { limit, reverse, live, old, indexes })   as flumeview-query's read
//   db.query(and(type('post'), author(id)), { limit, descending, startFrom, sortBy: 'arrival', live, old })   as jitdb
//
// What it gives is a pull-stream source, and can be awaited (an array) or walked with `for await`. It opens at the first read.

const native = require('./native')
const { Codec } = require('./codec')
const { ENGINE, CODEC } = require('./symbols')
const { argument } = require('./errors')
const { withCallback } = require('./promise')
const { iterate } = require('./pull')
const { rangeOf } = require('./range')
const { rowSource } = require('./source')

const JSON_ROWS = new Codec({ encode: JSON.stringify, decode: JSON.parse, buffer: false })
const NUMBERS = ['limit', 'skip', 'rowsMax', 'bytesMax', 'timeoutMs']

/** `db.query` of a database over `log`; the mapper is not applied: rows are records as they stand in the log, or made of those. */
function queriesOf (log, throwIfClosed) {
  function query (q, opts = {}) {
    return asked('query', () => rows(log, q, opts))
  }

  /** How many records, or rows, without bringing them here. */
  query.count = (q, opts, cb) => {
    if (typeof opts === 'function') [opts, cb] = [undefined, opts]
    return withCallback('query.count', cb, (done) => asked('query.count', () => count(log, requestOf(log, parsed(q), opts || {}), done)))
  }

  /** {results, total, nextSeq} of the page of `limit` rows that begins at row `startFrom`, as jitdb's paginate. */
  query.paginate = (q, opts, cb) => withCallback('query.paginate', cb, (done) => {
    const { limit, startFrom = 0 } = opts
    Promise.all([query(q, opts), query.count(q, { encoding: opts.encoding })]).then(([results, total]) => {
      done(null, { results, total, nextSeq: startFrom + (results.length || limit) })
    }, done)
  })

  /** The plan: {scan, index, rows, filter, order, reverse, sort, live}. */
  query.explain = (q, opts = {}) => asked('query.explain', () => JSON.parse(native.cold('query.explain', { log: log[ENGINE].handle, ...requestOf(log, parsed(q), opts) }).json))

  function asked (name, ask) {
    throwIfClosed(name)
    if (!log[ENGINE]) throw argument(`${name}: this log is not one of Millrace's; its records are not there in Java`)
    return ask()
  }

  return query
}

function parsed (q) {
  const query = typeof q === 'string' ? JSON.parse(q) : q
  if (query === null || typeof query !== 'object') throw argument(`query: a query is an array of {$filter}, {$map}, … or made of operators; got ${query === null ? 'null' : `a ${typeof query}`}`)
  return query
}

/** The arguments of every request of a query. */
function requestOf (log, query, opts) {
  const engine = log[ENGINE]
  for (const name of NUMBERS) {
    if (opts[name] != null && !Number.isFinite(opts[name])) throw argument(`query: ${name} is ${String(opts[name])}, expected a number`)
  }
  const mounted = [...engine.dependents].filter(({ handle, request }) => handle !== 0 && request.operation === 'view.open')
  const encoding = opts.encoding || (mounted.length > 0 ? mounted[0].request.encoding : 'json')
  const views = mounted.filter(({ request }) => request.encoding === encoding).map(({ handle, request }) => `${request.view}=${handle}`)
  const isMfr = Array.isArray(query)
  return {
    views: views.join(','),
    encoding,
    face: isMfr ? 'mfr' : 'operators',
    query: JSON.stringify(query),
    indexes: isMfr && opts.indexes ? JSON.stringify(opts.indexes) : undefined,
    byArrival: opts.sortBy === 'arrival',
    reverse: Boolean(opts.reverse || opts.descending),
    limit: opts.limit > 0 ? Math.floor(opts.limit) : undefined,
    skip: opts.startFrom > 0 ? Math.floor(opts.startFrom) : undefined,
    live: Boolean(opts.live) || opts.old === false,
    old: opts.old !== false,
    rowsMax: opts.rowsMax,
    bytesMax: opts.bytesMax,
    timeoutMs: opts.timeoutMs
  }
}

/** Rows that steps behind the filters make are JSON; others are the log's own records. */
const isMade = (query) => Array.isArray(query) && query.some((step) => step && Object.keys(step)[0] !== '$filter')

function rows (log, q, opts) {
  const { seqs = false, values = true } = opts
  const query = parsed(q)
  return results(source(log, 'query', requestOf(log, query, opts), isMade(query) ? JSON_ROWS : log[CODEC], { seqs, values }))
}

function source (log, kind, request, codec, { seqs, values }) {
  const engine = log[ENGINE]
  return rowSource(engine, kind, request, { ...rangeOf({ seqs, values }), live: request.live }, codec, engine.since)
}

function count (log, request, done) {
  const counted = source(log, 'query.count', { ...request, live: false, old: true }, JSON_ROWS, { seqs: false, values: true })
  counted.all((err, [number = 0]) => err ? done(err) : done(null, number))
}

/** A source that is also awaited and iterated. */
function results (source) {
  const read = (abort, cb) => source.read(abort, cb)
  read[Symbol.asyncIterator] = () => iterate(read)
  const all = () => new Promise((resolve, reject) => source.all((err, rows) => err ? reject(err) : resolve(rows)))
  read.then = (resolve, reject) => all().then(resolve, reject)
  return read
}

module.exports = { queriesOf }
