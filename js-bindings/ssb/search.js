'use strict'
// ssb-search for secret-stack, on the native view of words: the same manifest, the same messages in the same order. What differs stands in
// docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/search'))

const { search } = require('../lib/views').builtIn
const { ended, deferred } = require('../lib/pull')
const { collected, listed } = require('./sources')
const { eachLink } = require('./message-links')

exports.name = 'search'
exports.version = '2.0.0' // as ssb-search 1.3.0 says, whose results these are
exports.manifest = { query: 'source', help: 'sync' }

exports.init = (ssb) => {
  const view = ssb._flumeUse('search', search())
  return {
    query: (opts) => query(view, opts || {}),
    help: () => ({
      description: 'messages with words in their text',
      commands: { query: { type: 'source', description: 'messages in which each word is one or begins one, those first to which most others found link', args: { query: 'words', limit: 'number' } } }
    })
  }
}

/** @param {object} opts {query: words of at least three letters, limit} */
function query (view, { query, limit }) {
  if (typeof query !== 'string') return ended(true)
  const later = deferred()
  collected(view.query({ query: query.replaceAll('\0', ' '), seqs: false }), (err, found) => {
    if (err) return later.become(ended(err))
    const rows = ranked(found)
    later.become(listed(rows.slice(0, limit || rows.length)))
  })
  return later.read
}

/** {key, value, rank} of each message: by how many of the others link to it, then the last first. */
function ranked (messages) {
  const values = new Map(messages.map(({ key, value }) => [key, value]))
  const counts = new Map()
  for (const { content } of values.values()) {
    eachLink(content, ({ link }) => { if (values.has(link)) counts.set(link, (counts.get(link) || 0) + 1) })
  }
  const rows = [...values].map(([key, value]) => ({ key, value, rank: counts.get(key) }))
  return rows.sort((a, b) => (b.rank | 0) - (a.rank | 0) || b.value.timestamp - a.value.timestamp)
}
