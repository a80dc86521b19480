'use strict'
// ssb-links for secret-stack: `links2.read` on the native view of relations: the same manifest, the same rows in the same order. The view
// finds the messages that may have what a query asks for; what their links are is seen here. What differs stands in docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/links'))

const { relations } = require('../lib/views').builtIn
const { ended, deferred } = require('../lib/pull')
const { LINKS, choose } = require('./link-indexes')
const { linksOf } = require('./message-links')
const { mapped, flattened, collected, limited, listed } = require('./sources')
const { requirePeer } = require('./require-peer')

exports.name = 'links2'
exports.version = '3.0.10' // of ssb-links, whose results these are
exports.manifest = { read: 'source', help: 'sync' }

exports.init = (ssb) => {
  for (const name of ['map-filter-reduce', 'charwise', 'ssb-msgs']) requirePeer(name) // says now, not in the middle of a read, when one is missing
  let log
  const view = ssb._flumeUse('links2', (itsLog, name) => {
    log = itsLog
    const { methods, count, ...native } = relations()(log, name)
    return { ...native, methods: { read: 'source' }, read: (opts) => read({ log, count, read: native.read }, opts) }
  })
  const { read: readWhenReady } = view
  view.read = (opts) => readWhenReady(optionsOf(opts))
  view.help = () => ({
    description: 'messages that link to other messages, feeds or blobs: map-filter-reduce over links',
    commands: { read: { type: 'source', description: 'rows {source, rel, dest, ts} of a query', args: { query: 'array of steps', limit: 'number', reverse: 'boolean', live: 'boolean', old: 'boolean' } } }
  })
  return view
}

/** As from a command line: the options, or only the query, may be JSON. */
function optionsOf (opts) {
  if (typeof opts === 'string') return { query: JSON.parse(opts) }
  return opts && typeof opts.query === 'string' ? { ...opts, query: JSON.parse(opts.query) } : opts || {}
}

/** @param {object} opts {query: a filter, or [{$filter}, {$map}, {$reduce}, {$sort}], live, old, reverse, limit, unlinkedValues} */
function read (from, opts) {
  const { steps, filter, index } = choose(LINKS, opts)
  if (index === null) return ended(new Error('could not sort by:' + JSON.stringify(steps.at(-1).$sort)))
  if (index === undefined) return all(from.log, opts)
  const { live, old } = opts
  const keyed = keyedBy(index, filter, opts.unlinkedValues)
  const fixed = Array.isArray(opts.query) ? filter : { [index.paths[0]]: filter[index.paths[0]] } // what every row has, that is
  const messages = candidates(from, fixed, { live: Boolean(live) || old === false, old })
  const rows = live || old === false ? flattened(messages, keyed) : inOrder(messages, keyed, opts.reverse)
  const made = mapped(rows, ({ row }) => row)
  const found = Array.isArray(opts.query) ? requirePeer('map-filter-reduce')(steps)(made) : made
  return opts.limit > 0 ? limited(found, opts.limit) : found
}

/** A query that no index begins with: ssb-links then gives every link as it comes, and asks nothing of it. */
function all (log, { live, old, limit, reverse }) {
  return flattened(log.stream({ values: true, seqs: false, live, old, limit, reverse }), linksOf)
}

/** The {value, seq} of messages that may have such links: those of the rarest thing that the filter names. */
function candidates ({ log, read, count }, { dest, source, rel }, opts) {
  const named = { dest, source, rel: Array.isArray(rel) ? rel[0] : undefined }
  const ways = Object.entries(named).filter(([, value]) => typeof value === 'string').map(([name, value]) => ({ [name]: value }))
  if (ways.length === 0) return log.stream({ ...opts, seqs: true, values: true })
  if (ways.length === 1) return read({ ...ways[0], ...opts })
  const later = deferred()
  let left = ways.length
  let [fewest, best] = [Infinity, ways[0]]
  for (const way of ways) {
    count(way, (err, messages) => {
      if (!err && messages < fewest) [fewest, best] = [messages, way]
      if (--left === 0) later.become(read({ ...best, ...opts }))
    })
  }
  return later.read
}

/** As flumeview-level keeps it: rows come in the order of these bytes. */
const encodeKey = (parts) => Buffer.from(requirePeer('charwise').encode(parts))

/** ({value, seq}) -> the links of a message that the index' bounds for the filter let pass, each once: {key, row}. */
function keyedBy ({ paths }, filter, wantsMessage) {
  const { isRange, lower, upper, LO, HI } = requirePeer('map-filter-reduce/util')
  const bound = (limit, open) => encodeKey([...paths.map((name) => {
    const value = filter[name]
    return value === null || value === undefined ? open : isRange(value) ? limit(value) : value
  }), open])
  const [low, high] = [bound(lower, LO), bound(upper, HI)]
  return ({ value: message, seq }) => {
    const found = new Map()
    for (const link of linksOf(message)) {
      const key = encodeKey([...paths.map((name) => link[name]), seq])
      if (key.compare(low) < 0 || key.compare(high) > 0) continue
      found.set(key.latin1Slice(), { key, row: wantsMessage ? Object.assign(message, link) : link })
    }
    return [...found.values()]
  }
}

/** All rows there are, sorted by key. */
function inOrder (messages, keyed, isReverse) {
  const later = deferred()
  const sign = isReverse ? -1 : 1
  collected(flattened(messages, keyed), (err, rows) => {
    if (err) return later.become(ended(err))
    rows.sort((a, b) => sign * a.key.compare(b.key))
    later.become(listed(rows))
  })
  return later.read
}
