'use strict'
// jitdb's and ssb-db2's operators over `db.query`: query(fromDB(db), where(and(type('post'), author(id))), descending(), toCallback(cb)).
// An operator is plain JSON; `db.query` takes it as it is. What only jitdb's own indexes need (seek functions, prefixes) has no place here.

const { argument } = require('./errors')
const { iterate } = require('./pull')

const OWN_OPTIONS = ['startFrom', 'sortBy', 'descending']
const named = (name) => (value) => ({ [name]: value })
const flag = (name) => () => ({ [name]: true })
const compared = (name) => (value, field) => {
  if (typeof value !== 'number') throw argument(`${name}() needs a number, got a ${typeof value}`)
  return { [name]: [field, value] }
}

/** `path`: an array of keys, or keys with dots between them. An undefined value: nothing stands there. */
const equal = (path, value) => value === undefined ? { equal: [path] } : { equal: [path, value] }
const absent = (path) => ({ absent: path })
const includes = (path, value, opts = {}) => ({ includes: opts.pluck ? [path, value, opts.pluck] : [path, value] })
const not = (operator) => ({ not: operator })
const and = (...operators) => joined('and', operators)
const or = (...operators) => joined('or', operators)

function joined (name, operators) {
  const wanted = operators.filter(Boolean)
  return wanted.length === 0 ? {} : wanted.length === 1 ? wanted[0] : { [name]: wanted }
}

// A query under way: {db, operator, opts}; each step below makes the next one.
const fromDB = (db) => ({ db, operator: {}, opts: {} })
const query = (...steps) => steps.slice(1).reduce((made, step) => step ? step(made) : made, steps[0])
const where = (operator) => (made) => operator ? { ...made, operator: isAll(made.operator) ? operator : and(made.operator, operator) } : made
const option = (opts) => (made) => ({ ...made, opts: { ...made.opts, ...opts } })
const isAll = (operator) => Object.keys(operator).length === 0

const descending = () => option({ descending: true })
const sortByArrival = () => option({ sortBy: 'arrival' })
const startFrom = (row) => option({ startFrom: row })
const paginate = (pageSize) => option({ pageSize })
const batch = () => option({}) // rows cross in batches of bytes anyway
const asOffsets = () => option({ asOffsets: true })
const count = () => option({ count: true })
const live = ({ old = false } = {}) => option({ live: true, old })

const toPromise = () => ({ db, operator, opts }) => {
  const { startFrom = 0, pageSize } = opts
  if (opts.count) return db.query.count(operator, opts).then((total) => total - startFrom)
  if (pageSize) return db.query.paginate(operator, { ...rowOptions(opts), limit: pageSize })
  return Promise.resolve(db.query(operator, rowOptions(opts)))
}

const toCallback = (cb) => (made) => {
  toPromise()(made).then((answer) => process.nextTick(cb, null, answer), (err) => process.nextTick(cb, err))
}

/** Rows, or arrays of `pageSize` rows; what comes live comes one by one. */
const toPullStream = () => (made) => {
  const { db, operator, opts } = made
  if (opts.count) return once(toPromise()(made))
  const old = () => opts.pageSize ? pages(db.query(operator, { ...rowOptions(opts), live: false, old: true }), opts.pageSize) : null
  if (!opts.pageSize || (opts.live && !opts.old)) return db.query(operator, rowOptions(opts))
  if (!opts.live) return old()
  return followed(old(), db.query(operator, { ...rowOptions(opts), old: false }))
}

const toAsyncIter = () => (made) => iterate(toPullStream()(made))

function rowOptions (opts) {
  const given = Object.fromEntries(OWN_OPTIONS.filter((name) => opts[name] !== undefined).map((name) => [name, opts[name]]))
  return { ...given, ...(opts.live ? { live: true, old: opts.old } : {}), ...(opts.asOffsets ? { values: false, seqs: true } : {}) }
}

/** A source of the one value that a promise gives. */
function once (promise) {
  let isGiven = false
  return (abort, cb) => {
    if (abort || isGiven) return cb(abort || true)
    isGiven = true
    promise.then((value) => cb(null, value), cb)
  }
}

function pages (read, size) {
  let ended = null
  return (abort, cb) => {
    if (abort) return read(abort, cb)
    if (ended) return cb(ended)
    const page = []
    const next = (end, row) => {
      if (end) ended = end
      else page.push(row)
      if (!end && page.length < size) return read(null, next)
      if (ended && (ended !== true || page.length === 0)) return cb(ended)
      cb(null, page)
    }
    read(null, next)
  }
}

/** One source after the other; the second is opened first, so that nothing falls between them. */
function followed (first, second) {
  let current = first
  return function read (abort, cb) {
    if (abort) return first(abort, () => second(abort, cb))
    current(null, (end, item) => {
      if (end === true && current === first) {
        current = second
        return read(null, cb)
      }
      cb(end, item)
    })
  }
}

module.exports = {
  and,
  or,
  not,
  equal,
  slowEqual: equal,
  absent,
  slowAbsent: absent,
  includes,
  slowIncludes: includes,
  gt: compared('gt'),
  gte: compared('gte'),
  lt: compared('lt'),
  lte: compared('lte'),
  seqs: named('seqs'),
  offsets: named('seqs'),
  key: named('key'),
  type: named('type'),
  author: named('author'),
  channel: named('channel'),
  votesFor: named('votesFor'),
  contact: named('contact'),
  mentions: named('mentions'),
  about: named('about'),
  hasRoot: named('hasRoot'),
  hasFork: named('hasFork'),
  hasBranch: named('hasBranch'),
  isRoot: flag('isRoot'),
  isPublic: flag('isPublic'),
  isEncrypted: flag('isEncrypted'),
  isDecrypted: flag('isDecrypted'),
  isPrivate: flag('isPrivate'),
  fromDB,
  query,
  where,
  descending,
  sortByArrival,
  startFrom,
  paginate,
  batch,
  asOffsets,
  count,
  live,
  toPromise,
  toCallback,
  toPullStream,
  toAsyncIter
}
