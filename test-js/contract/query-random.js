'use strict'
// Random queries over real messages, in map-filter-reduce's form and in jitdb's; what they ask for is taken from the messages, so
// that most have rows.

const { random } = require('../random')

const SCALARS = [['key'], ['timestamp'], ['value', 'author'], ['value', 'sequence'], ['value', 'timestamp'], ['value', 'content', 'type'],
  ['value', 'content', 'channel'], ['value', 'content', 'root'], ['value', 'content', 'text'], ['value', 'content', 'vote', 'link'],
  ['value', 'content', 'vote', 'value'], ['value', 'content', 'contact'], ['value', 'content', 'following'], ['value', 'content', 'about'],
  ['value', 'content', 'none'], ['value', 'content', 'text', 'length'], ['value', 'content', 'mentions', 'length']]
const GROUPS = [['value', 'content', 'type'], ['value', 'author'], ['value', 'content', 'vote', 'value'], ['value', 'content', 'root'], ['value', 'content', 'none']]
const NUMBERS = [['timestamp'], ['value', 'timestamp'], ['value', 'sequence'], ['value', 'content', 'vote', 'value'], ['value', 'content', 'text', 'length']]

const at = (object, path) => path.reduce((found, key) => found == null ? undefined : found[key], object)

/** Sources of queries over `messages`, the same for the same seed. */
function randomQueries (messages, seed) {
  const { next, below } = random(seed)
  const chance = (p) => next() < p
  const one = (list) => list[below(list.length)]
  const message = () => one(messages)
  const some = (max, make) => Array.from({ length: 1 + below(max) }, make)

  function operatorsOn (value) {
    const other = at(message(), one(SCALARS))
    const scalar = value !== null && typeof value === 'object' ? 'x' : value
    return one([
      () => ({ $gt: scalar === undefined ? 0 : scalar }),
      () => ({ $gte: scalar === undefined ? '' : scalar }),
      () => ({ $lt: scalar === undefined ? 5 : scalar }),
      () => ({ $lte: scalar === undefined ? 'b' : scalar, $gt: typeof scalar === 'number' ? scalar / 2 : '' }),
      () => ({ $ne: scalar === undefined ? null : scalar }),
      () => ({ $not: true }),
      () => ({ $truthy: true }),
      () => ({ $is: one(['string', 'number', 'boolean', 'undefined', 'object']) }),
      () => ({ $prefix: typeof scalar === 'string' ? scalar.slice(0, below(4)) : 'a' }),
      () => ({ $in: [scalar === undefined ? 1 : scalar, other === undefined ? null : other] }),
      () => ({ $int: true })
    ])()
  }

  function condition (filter, path, value) {
    let part = filter
    for (const key of path.slice(0, -1)) {
      if (part[key] === null || typeof part[key] !== 'object') part[key] = {}
      part = part[key]
    }
    part[path.at(-1)] = value
  }

  function filter () {
    const from = message()
    const wanted = {}
    for (const path of some(3, () => one(SCALARS))) {
      const value = at(from, path)
      const isLiteral = chance(0.6) && path.at(-1) !== 'length' && value !== undefined && (value === null || typeof value !== 'object')
      // The package's indexes break on $-operators that no range is; such a filter goes where none looks.
      condition(wanted, path, isLiteral ? value : operatorsOn(value))
    }
    return wanted
  }

  const rule = () => one([() => one(SCALARS), () => 'key', () => ['value', 'content'], () => ({ $map: 1 }), () => ({ is: ['value', 'content', 'type'], author: ['value', 'author'] })])()
  const map = () => {
    const members = Object.fromEntries(some(3, () => [one(['a', 'b', 'c', 'd']), rule()]).filter(([, made]) => !made.$map))
    return chance(0.2) ? one(SCALARS) : chance(0.2) ? { key: true, timestamp: true, ...members } : { k: 'key', ...members }
  }
  const reduction = () => one([() => ({ $count: true }), () => ({ $sum: one(NUMBERS) }), () => ({ $max: one(NUMBERS) }), () => ({ $min: one(NUMBERS) }), () => ({ $collect: 'key' })])()
  const reduce = () => chance(0.25)
    ? reduction()
    : { ...Object.fromEntries(some(2, () => one(GROUPS)).map((path, i) => ['g' + i, path])), n: { $count: true }, ...(chance(0.5) ? { more: { of: reduction() } } : {}) }
  const paths = () => some(2, () => chance(0.3) ? { $reverse: one(GROUPS) } : one([['timestamp'], ['value', 'timestamp'], ['value', 'author'], ...GROUPS]))

  function mapFilterReduce () {
    const query = [{ $filter: chance(0.15) ? {} : filter() }]
    while (chance(0.2)) query.push({ $sort: paths() })
    if (chance(0.15)) query.push({ $filter: filter() })
    if (chance(0.3)) query.push({ $map: map() })
    else if (chance(0.3)) query.push({ $reduce: reduce() })
    if (chance(0.1)) query.push({ $sort: [...paths(), 'k', 'g0', 'n'] })
    const opts = { ...(chance(0.4) ? { limit: 1 + below(60) } : {}), ...(chance(0.4) ? { reverse: true } : {}) }
    return { query, opts }
  }

  /** Trees of {and}, {or}, {not} over operators as lib/query-operators.js makes them. */
  function operators (depth = 0) {
    const from = message()
    const { content } = from.value
    const mentioned = Array.isArray(content.mentions) && content.mentions.length > 0 && content.mentions[0].link
    const leaves = [
      () => ({ type: content.type || 'post' }),
      () => ({ author: from.value.author }),
      () => ({ hasRoot: content.root && typeof content.root === 'string' ? content.root : from.key }),
      () => ({ votesFor: content.vote && typeof content.vote.link === 'string' ? content.vote.link : from.key }),
      () => ({ mentions: mentioned || from.value.author }),
      () => ({ contact: content.contact || from.value.author }),
      () => ({ about: content.about || from.value.author }),
      () => ({ channel: content.channel || 'ssb' }),
      () => ({ isRoot: true }),
      () => ({ isEncrypted: true }),
      () => ({ isPublic: true }),
      () => ({ equal: [['value', 'content', 'vote', 'value'], 1] }),
      () => ({ absent: ['value', 'content', 'text'] }),
      () => ({ [one(['gt', 'gte', 'lt', 'lte'])]: ['timestamp', Math.min(from.timestamp, from.value.timestamp)] }),
      () => ({ [one(['gt', 'gte', 'lt', 'lte'])]: ['sequence', from.value.sequence] })
    ]
    if (depth === 3 || chance(0.4)) return one(leaves)()
    const parts = () => Array.from({ length: 2 + below(2) }, () => operators(depth + 1))
    return one([() => ({ and: parts() }), () => ({ and: parts() }), () => ({ or: parts() }), () => ({ not: operators(depth + 1) })])()
  }

  const jitdb = () => ({
    operator: operators(),
    opts: { descending: chance(0.5), sortBy: chance(0.3) ? 'arrival' : undefined, startFrom: chance(0.3) ? below(20) : 0, limit: chance(0.5) ? 1 + below(40) : 0 }
  })

  return { mapFilterReduce, jitdb }
}

module.exports = { randomQueries }
