'use strict'
// Which of ssb-backlinks' three indexes a query reads, for that says in what order its rows come.

const { argument } = require('../lib/errors')

const DEST = ['dest']
const TYPE = ['value', 'content', 'type']
const INDEXES = [
  { key: 'DTS', paths: [DEST, ['timestamp']] },
  { key: 'DTA', paths: [DEST, ['rts']] },
  { key: 'TDT', paths: [TYPE, DEST, ['rts']] }
]

/** {steps, filter, index}: the query as steps, its first filter, and the index; null when it wants an order that none has. */
function choose ({ query, index: name }) {
  const steps = (Array.isArray(query) ? query : query ? [{ $filter: query }] : []).map((step) => ({ ...step }))
  if (name) steps.push({ $sort: named(name).paths })
  const filter = (steps.length > 0 && steps[0].$filter) || {}
  const sort = steps.length > 0 ? steps.at(-1).$sort : undefined
  if (!sort) return { steps, filter, index: bestFor(filter) }
  const index = INDEXES.find(({ paths }) => JSON.stringify(paths) === JSON.stringify(sort)) || null
  return { steps: index === null ? steps : steps.slice(0, -1), filter, index }
}

function named (name) {
  const index = INDEXES.find(({ key }) => key === name)
  if (!index) throw argument(`Invalid index: ${name}`)
  return index
}

/** The index most of whose leading fields the filter fixes: an exact value weighs more than a range. */
function bestFor (filter) {
  let best = INDEXES[0]
  let weightOfBest = 0
  for (const index of INDEXES) {
    const weight = weightOf(index, filter)
    if (weight > weightOfBest) [best, weightOfBest] = [index, weight]
  }
  return best
}

function weightOf ({ paths }, filter) {
  let weight = 0
  for (const path of paths) {
    const value = path.reduce((at, name) => at === null || at === undefined ? undefined : at[name], filter)
    if (value === undefined) break
    weight = weight * weight + (isExact(value) ? 3 : isRange(value) ? 2 : 1)
  }
  return weight
}

const isExact = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value)
const isRange = (value) => typeof value === 'object' && ['$lt', '$gt', '$lte', '$gte', '$prefix'].some((name) => name in value)

/** Order of an index among rows with one target: by its other fields, then by place in the log. */
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

module.exports = { choose, compareRows }
