'use strict'
// ssb-query for secret-stack, on the query engine: the same manifest, the same rows in the same order, planned over native views.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/query'))

const { builtIn: views } = require('../lib/views')
const { queriesOf } = require('../lib/query')
const { ENGINE, SELF_FED, REACH } = require('../lib/symbols')
const { argument } = require('../lib/errors')
const { tapped } = require('../lib/pull')
const Observable = require('../lib/obv')

const KINDS = ['type', 'feeds', 'time', 'backlinks'] // what ssb-query's nine indexes are for

exports.name = 'query'
exports.version = '2.4.5' // of ssb-query, whose results these are
exports.manifest = { read: 'source', explain: 'sync', help: 'sync' }

exports.init = (ssb) => {
  const view = ssb._flumeUse('query', queryView)
  const { read, explain } = view
  view.read = (opts) => read(optionsOf(opts))
  view.explain = (opts) => explain(optionsOf(opts))
  view.help = () => ({
    description: 'queries over all messages: map-filter-reduce over native indexes',
    commands: {
      read: { type: 'source', description: 'rows of a query', args: { query: 'array of steps', limit: 'number', reverse: 'boolean', live: 'boolean', old: 'boolean' } },
      explain: { type: 'sync', description: 'the plan of a query', args: { query: 'array of steps' } }
    }
  })
  return view
}

/** As from a command line: the options, or only the query, may be JSON. */
function optionsOf (opts) {
  if (!opts) return { query: [] }
  if (typeof opts === 'string') return { query: JSON.parse(opts) }
  return typeof opts.query === 'string' ? { ...opts, query: JSON.parse(opts.query) } : opts
}

/** One view to flumedb: those native ones that its log does not have yet, and the engine's answers. */
function queryView (log, name) {
  if (!log[ENGINE]) throw argument('millrace/ssb/query: this log is not one of Millrace\'s; its records are not there in Java')
  const mounted = new Set([...log[ENGINE].dependents].map(({ request }) => request && request.view))
  const parts = KINDS.filter((kind) => !mounted.has(kind)).map((kind) => views[kind]()(log, `${name}-${kind}`))
  const since = Observable()
  const publish = () => {
    const reached = parts.length > 0 ? Math.min(...parts.map((part) => part.since.value)) : log.since.value
    if (Number.isFinite(reached) && reached !== since.value) since.set(reached)
  }
  for (const part of parts) part.since(publish)
  if (parts.length === 0) log.since(publish)
  const query = queriesOf(log, () => {})
  return {
    since,
    methods: { read: 'source', explain: 'sync' },
    read: ({ query: given, ...opts }) => {
      const steps = asSteps(given)
      const rows = query(steps, opts)
      return steps.every((step) => '$filter' in step || '$sort' in step) ? tapped(rows, addReceived) : rows
    },
    explain: ({ query: steps, ...opts }) => query.explain(asSteps(steps), opts),
    createSink: () => { throw argument('millrace/ssb/query is fed inside Java') },
    destroy: (cb) => inTurn(parts, 'destroy', cb),
    close: (cb) => inTurn(parts, 'close', cb),
    [SELF_FED]: true,
    [REACH]: (seq) => { for (const part of parts) part[REACH](seq) }
  }
}

/** ssb-query's rows are messages with the earlier of their two times. */
function addReceived (message) {
  if (message.value) message.rts = Math.min(message.timestamp, message.value.timestamp) || message.timestamp
}

const asSteps = (query) => query === undefined ? [] : Array.isArray(query) ? query : [{ $filter: query }]

function inTurn (parts, method, cb) {
  let left = parts.length
  let failure = null
  if (left === 0) return cb(null)
  for (const part of parts) {
    part[method]((err) => {
      failure = failure || err
      if (--left === 0) cb(failure)
    })
  }
}
