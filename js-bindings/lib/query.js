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
const { argument, coded } = require('./errors')
const { optionsOf } = require('./options')
const { withCallback } = require('./promise')
const { iterable } = require('./pull')
const { rangeOf } = require('./range')
const { rowSource } = require('./source')

const JSON_ROWS = new Codec({ encode: JSON.stringify, decode: JSON.parse, buffer: false })
const NUMBERS = ['limit', 'skip', 'rowsMax', 'bytesMax', 'timeoutMs']

/** `db.query` of a database over `log`; the mapper is not applied: rows are records as they stand in the log, or made of those. */
function queriesOf (log, throwIfClosed) {
  function query (q, opts) {
    return asked('query', () => rows(log, q, optionsOf('query', opts)))
  }

  /** How many records, or rows, without bringing them here. */
  query.count = (q, opts, cb) => {
    if (typeof opts === 'function') [opts, cb] = [undefined, opts]
    return withCallback('query.count', cb, (done) => asked('query.count', () => count(log, requestOf(log, parsed(q), optionsOf('query.count', opts)), done)))
  }

  /** {results, total, nextSeq} of the page of `limit` rows that begins at row `startFrom`, as jitdb's paginate. */
  query.paginate = (q, opts, cb) => withCallback('query.paginate', cb, (done) => {
    const { limit, startFrom = 0, encoding } = optionsOf('query.paginate', opts)
    Promise.all([query(q, opts), query.count(q, { encoding })]).then(([results, total]) => {
      done(null, { results, total, nextSeq: startFrom + (results.length || limit) })
    }, done)
  })

  /** The plan: {scan, index, rows, filter, order, reverse, sort, live}. */
  query.explain = (q, opts) => asked('query.explain', () => {
    const request = requestOf(log, parsed(q), optionsOf('query.explain', opts))
    return JSON.parse(native.cold('query.explain', { log: log[ENGINE].handle, ...request }).json)
  })

  function asked (name, ask) {
    throwIfClosed(name)
    if (!log[ENGINE]) throw argument(`${name}: this log is not one of Millrace's; its records are not there in Java`)
    return ask()
  }

  return query
}

function parsed (q) {
  const query = typeof q === 'string' ? asJson(() => JSON.parse(q)) : q
  if (query === null || typeof query !== 'object') throw argument(`query: a query is an array of {$filter}, {$map}, … or made of operators; got ${query === null ? 'null' : `a ${typeof query}`}`)
  return query
}

/** What JSON cannot say, or is none: the caller's mistake. */
function asJson (convert) {
  try {
    return convert()
  } catch (err) {
    throw coded('ERR_QUERY', `query: ${err.message}; a query is JSON`)
  }
}

/** The arguments of every request of a query. */
function requestOf (log, query, opts) {
  const engine = log[ENGINE]
  for (const name of NUMBERS) {
    if (opts[name] != null && !Number.isFinite(opts[name])) throw argument(`query: ${name} is ${String(opts[name])}, expected a number`)
  }
  let { encoding } = opts
  let views = ''
  for (const { handle, request } of engine.dependents) {
    if (handle === 0 || !request || request.operation !== 'view.open') continue // no plan knows others
    if (!encoding) encoding = request.encoding
    if (request.encoding === encoding) views += `${request.view}=${handle},`
  }
  const isMfr = Array.isArray(query)
  return {
    views,
    encoding: encoding || 'json',
    face: isMfr ? 'mfr' : 'operators',
    query: asJson(() => JSON.stringify(query)),
    indexes: isMfr && opts.indexes ? asJson(() => JSON.stringify(opts.indexes)) : undefined,
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

/** Rows that a $map or $reduce made are JSON; others are the log's own records. */
const isMade = (query) => Array.isArray(query) && query.some((step) => step && !['$filter', '$sort'].includes(Object.keys(step)[0]))

function rows (log, q, opts) {
  const query = parsed(q)
  const request = requestOf(log, query, opts)
  const range = rangeOf({ seqs: Boolean(opts.seqs), values: opts.values })
  range.live = request.live
  const engine = log[ENGINE]
  return results(() => rowSource(engine, 'query', request, range, isMade(query) ? JSON_ROWS : log[CODEC], engine.since))
}

/** One row, or none. */
function count (log, request, done) {
  const engine = log[ENGINE]
  const range = rangeOf({ seqs: false })
  rowSource(engine, 'query.count', request, range, JSON_ROWS, engine.since).all((err, [number = 0]) => err ? done(err) : done(null, number))
}

/**
 * A source that is also awaited and iterated. Who awaits it again asks again: rows that were kept for him would outlive their reader in the
 * collector's old space, which made a feed of 3,068 messages half as slow again.
 */
function results (open) {
  let source = null
  const read = iterable((abort, cb) => (source ??= open()).read(abort, cb))
  const all = () => new Promise((resolve, reject) => open().all((err, rows) => err ? reject(err) : resolve(rows)))
  for (const method of ['then', 'catch', 'finally']) read[method] = (...args) => all()[method](...args)
  return read
}

module.exports = { queriesOf }
