'use strict'
// What ssb-about makes of the messages on a subject: of each field, which author says what, and which of it counts.

const { mapped } = require('./sources')
const { isLink } = require('./ids')

const SYNC = { sync: true } // between the messages there are and those to come

const isRemoved = (value) => Boolean(value && value.remove)

/** Of each key the first value that is not a removal. */
function firstOfEach (keys, found) {
  const values = {}
  for (const { value: { content } } of found) {
    for (const key of Object.keys(content)) if (keys.includes(key) && !(key in values) && !isRemoved(content[key])) values[key] = content[key]
  }
  return values
}

/** {author: value, ...} of those who say something now, then {author: value} as they speak. */
function changes (source, key) {
  let values = {}
  return mapped(source, (message) => {
    if (message === SYNC) {
      const all = values
      values = null
      return all
    }
    const { author, content } = message.value
    if (!content[key]) return undefined
    if (values === null) return { [author]: content[key] }
    if (isRemoved(content[key])) delete values[author]
    else values[author] = content[key]
  })
}

/** After each change what `pick` makes of all values. */
function standing (source, pick) {
  const values = {}
  return (abort, cb) => source(abort, (end, changed) => {
    if (end) return cb(end)
    for (const [author, value] of Object.entries(changed)) {
      if (isRemoved(value)) delete values[author]
      else values[author] = value
    }
    cb(null, pick(values))
  })
}

/** Whatever any author said last and has not removed. */
function latest (source, key) {
  const values = new Map() // in the order in which the authors spoke last
  let isLive = false
  let value = null
  return mapped(source, (message) => {
    if (message === SYNC) {
      isLive = true
      return value
    }
    const { author, content } = message.value
    if (!content[key]) return undefined
    values.delete(author)
    if (!isRemoved(content[key])) values.set(author, content[key])
    if (values.size > 0) value = [...values.values()].pop()
    return isLive ? value : undefined
  })
}

/** What I say, else what the author says, else what most say: of equals, who was first to be so many. */
function choose (values, me, author) {
  if (values[me] || values[author]) return values[me] || values[author]
  const counts = new Map()
  let best = null
  for (const value of Object.values(values)) {
    const text = typeof value === 'string' ? value : isLink(value.link) && !isRemoved(value) ? value.link : null
    if (text === null) continue
    counts.set(text, (counts.get(text) || 0) + 1)
    if (counts.get(text) > (counts.get(best) || 0)) best = text
  }
  return best
}

module.exports = { SYNC, firstOfEach, changes, standing, latest, choose }
