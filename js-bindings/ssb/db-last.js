'use strict'
// flumeview-reduce's module for ssb-db's `last`: what each author said last. Its reduce sees the four fields of a message that it looks at.
// A deleted message stays in it, as in flumeview-reduce's: who has deleted his newest message must not use its number again.

const { ReduceView } = require('../lib/reduce-view')
const { check, reduceFace } = require('../lib/script-views')
const { ENGINE } = require('../lib/symbols')
const { argument } = require('../lib/errors')

const SELECT = ['key', 'author', 'sequence', 'timestamp']

/** (version, reduce) => view */
function lastView (version, reduce) {
  const spec = check({
    version,
    initial: {},
    select: SELECT,
    where: { author: { exists: true } },
    reduce: (last, { key, author, sequence, timestamp }) => reduce(last, { key, value: { author, sequence, timestamp } })
  })
  return (log, name) => {
    if (!log[ENGINE]) throw argument(`view ${name}: it is kept beside a log of Millrace's; take ssb-db itself for others`)
    return reduceFace(new ReduceView({ ...spec, content: 'lasting' }, log, `ssb-db-${name}`))
  }
}

module.exports = { lastView }
