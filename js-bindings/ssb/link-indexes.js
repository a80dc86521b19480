'use strict'
// Which of the indexes of a flumeview-links (ssb-backlinks and ssb-links have three each) a query reads, for that says in what order its
// rows come.

const { argument } = require('../lib/errors')
const { requirePeer } = require('./require-peer')

const DEST = ['dest']
const TYPE = ['value', 'content', 'type']
const BACKLINKS = [
  { key: 'DTS', paths: [DEST, ['timestamp']] },
  { key: 'DTA', paths: [DEST, ['rts']] },
  { key: 'TDT', paths: [TYPE, DEST, ['rts']] }
]
const LINKS = [
  { key: 'SRD', paths: ['source', 'rel', 'dest', 'ts'] },
  { key: 'DRS', paths: ['dest', 'rel', 'source', 'ts'] },
  { key: 'RDS', paths: ['rel', 'dest', 'source', 'ts'] }
]

/**
 * {steps, filter, index}: the query as steps, its first filter, and the index; undefined when the filter fixes no index's first field, null
 * when the query wants an order that none has.
 */
function choose (indexes, { query, index: name }) {
  const steps = (Array.isArray(query) ? query : query ? [{ $filter: query }] : []).map((step) => ({ ...step }))
  if (name) steps.push({ $sort: named(indexes, name).paths })
  const filter = (steps.length > 0 && steps[0].$filter) || {}
  const sort = steps.length > 0 ? steps.at(-1).$sort : undefined
  if (!sort) return { steps, filter, index: bestFor(indexes, filter) }
  const index = indexes.find(({ paths }) => JSON.stringify(paths) === JSON.stringify(sort)) || null
  return { steps: index === null ? steps : steps.slice(0, -1), filter, index }
}

function named (indexes, name) {
  const index = indexes.find(({ key }) => key === name)
  if (!index) throw argument(`Invalid index: ${name}`)
  return index
}

/** The index most of whose leading fields the filter fixes: an exact value weighs more than a range. */
function bestFor (indexes, filter) {
  let best
  let weightOfBest = 0
  for (const index of indexes) {
    const weight = weightOf(index, filter)
    if (weight > weightOfBest) [best, weightOfBest] = [index, weight]
  }
  return best
}

function weightOf ({ paths }, filter) {
  const { isExact, isRange } = requirePeer('map-filter-reduce/util')
  let weight = 0
  for (const path of paths) {
    const value = [path].flat().reduce((at, name) => at === null || at === undefined ? undefined : at[name], filter)
    if (value === undefined) break
    weight = weight * weight + (isExact(value) ? 3 : isRange(value) ? 2 : 1)
  }
  return weight
}

/** Order of one of BACKLINKS among rows with one target: by its other fields, then by place in the log. */
function compareRows ({ key }, reverse) {
  const fields = {
    DTS: ({ value }) => [value.timestamp],
    DTA: ({ rts }) => [rts],
    TDT: ({ value, rts }) => [value.value.content.type, rts]
  }[key]
  const sign = reverse ? -1 : 1
  return (a, b) => {
    const [x, y] = [[...fields(a), a.seq], [...fields(b), b.seq]]
    const at = x.findIndex((field, i) => field !== y[i])
    return at < 0 ? 0 : x[at] < y[at] ? -sign : sign
  }
}

module.exports = { BACKLINKS, LINKS, choose, compareRows }
