'use strict'
// ssb-backlinks for secret-stack, on the native view of links: the same manifest, the same rows in the same order, for every query that
// says whose links it wants (`dest`). What differs stands in docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/backlinks'))

const { backlinks } = require('../lib/views').builtIn
const { argument } = require('../lib/errors')
const { ended } = require('../lib/pull')
const { BACKLINKS, choose, compareRows } = require('./link-indexes')
const { mapped, sorted, limited } = require('./sources')
const { requirePeer } = require('./require-peer')

exports.name = 'backlinks'
exports.version = '2.1.1' // of ssb-backlinks, whose results these are
exports.manifest = { read: 'source' }

exports.init = (ssb) => {
  requirePeer('map-filter-reduce') // says now, not in the middle of a read, when it is missing
  // Its own name: an application that goes back to ssb-backlinks finds that one's index as it was.
  const view = ssb._flumeUse(`backlinks-${urlFriendly(ssb.id.slice(1, 10))}`, backlinks())
  return {
    read: (opts) => read(view, opts || {}),
    close: view.close
  }
}

const urlFriendly = (text) => text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')

/** @param {object} opts {query: a filter, or [{$filter}, {$map}, {$reduce}, {$sort}], index: 'DTS' | 'DTA' | 'TDT', live, old, reverse, limit} */
function read (view, opts) {
  const { steps, filter, index = BACKLINKS[0] } = choose(BACKLINKS, opts)
  if (index === null) return ended(new Error('could not sort by:' + JSON.stringify(steps.at(-1).$sort)))
  const { dest } = filter
  if (typeof dest !== 'string') {
    return ended(argument('backlinks.read: the query names no `dest`, expected {$filter: {dest: ID, ...}}; ssb-backlinks itself reads all links of all targets'))
  }
  const rows = (more) => mapped(view.read({ id: dest, reverse: Boolean(opts.reverse), ...more }), (row) => withKeys(row, dest, index))
  const isLive = Boolean(opts.live) || opts.old === false
  const inOrder = index.key === 'DTA' || isLive ? rows({ live: isLive, old: opts.old }) : sorted(rows({}), compareRows(index, opts.reverse))
  const found = requirePeer('map-filter-reduce')(steps)(mapped(inOrder, ({ value }) => value))
  return opts.limit > 0 ? limited(found, opts.limit) : found
}

/** The message with what ssb-backlinks adds to it; nothing for one that its index cannot hold. */
function withKeys ({ value: message, seq }, dest, index) {
  const { timestamp } = message
  const claimed = message.value.timestamp
  if (!claimed) return undefined
  const rts = timestamp ? Math.min(timestamp, claimed) : claimed
  message.dest = dest
  if (index.key !== 'DTS') message.rts = rts
  if (index.key === 'TDT' && message.value.content.type === undefined) return undefined
  return { value: message, seq, rts }
}
