'use strict'
// Random questions to ssb-db, each a name and a function of the database: every read it has, with every option that the read looks at.

const { promisify } = require('node:util')
const { rowsOf, settled } = require('./db-pair')

/** Of the rows of createFeedStream alone: it writes `rts` into messages that ssb-db 20 keeps when it has opened them, and others see it there. */
function withoutRts ({ answer, error }) {
  for (const row of answer || []) if (row && typeof row === 'object') delete (row.seq === undefined ? row : row.value).rts
  return { answer, error }
}

/** What there is to ask about, of the log's messages as their reader sees them, and its sequences. */
function subjectsOf (messages, seqs = []) {
  const subjects = { authors: new Set(['nobody']), types: new Set(['no such type', '']), keys: new Set([`%${'n'.repeat(42)}A=.sha256`]), targets: new Set(), rels: new Set(['no such rel']), times: [0, -1, 1e300], unboxKeys: [], seqs }
  for (const { key, value, timestamp } of messages) {
    const { author, content, unbox } = value
    subjects.keys.add(key)
    subjects.authors.add(author)
    subjects.times.push(timestamp)
    if (Number.isFinite(value.timestamp)) subjects.times.push(value.timestamp)
    if (unbox) subjects.unboxKeys.push([key, unbox])
    if (content === null || typeof content !== 'object') continue
    if (typeof content.type === 'string') subjects.types.add(content.type.slice(0, 32))
    for (const rel of Object.keys(content)) {
      subjects.rels.add(rel)
      for (const part of [content[rel]].flat()) {
        const target = part && typeof part === 'object' ? part.link : part
        if (typeof target === 'string' && /^[@%&]/.test(target)) subjects.targets.add(target)
      }
    }
  }
  return Object.fromEntries(Object.entries(subjects).map(([name, values]) => [name, [...values]]))
}

class Questions {
  constructor ({ below }, subjects) {
    this.below = below
    this.subjects = subjects
    this.kinds = ['log', 'feed', 'history', 'user', 'type', 'links', 'raw', 'get', 'at', 'author', 'all']
  }

  one (list) {
    return list[this.below(list.length)]
  }

  /** Each of these options is there or is not. */
  some (options) {
    return Object.fromEntries(Object.entries(options).filter(() => this.below(3) === 0).map(([name, value]) => [name, value()]))
  }

  bounds (value) {
    return this.some({ [this.one(['gt', 'gte'])]: value, [this.one(['lt', 'lte'])]: value })
  }

  isIt () {
    return this.below(2) === 0
  }

  /** Options of all streams of messages. */
  shape () {
    const opts = this.some({ reverse: () => this.isIt(), limit: () => this.one([1, 2, 10, 100, -1]), keys: () => this.isIt(), values: () => this.isIt(), private: () => this.isIt(), old: () => true, live: () => false, sync: () => this.isIt() })
    if (opts.keys === false && opts.values === false) delete opts.keys
    return opts
  }

  next () {
    const kind = this.one(this.kinds)
    const { method, opts, ask } = this[kind]()
    const told = kind === 'feed' ? (rows) => rows : withoutRts
    return { question: `${kind} ${method || ''} ${JSON.stringify(opts)}`, ask: ask || (async (db) => told(await rowsOf(() => db[method](structuredClone(opts))))) }
  }

  log () {
    const opts = { ...this.bounds(() => this.one(this.subjects.times)), ...this.shape() }
    if (opts.reverse || opts.gte <= 0) delete opts.gte // ssb-db adds `gt: 0`, and LevelDB with both does neither: docs/DIFFERENCES.md
    return { method: 'createLogStream', opts }
  }

  feed () {
    return { method: 'createFeedStream', opts: { ...this.bounds(() => this.one(this.subjects.times)), ...this.shape() } }
  }

  history () {
    return { method: 'createHistoryStream', opts: { id: this.one(this.subjects.authors), ...this.some({ seq: () => this.below(12), sequence: () => this.below(12) }), ...this.shape() } }
  }

  user () {
    return { method: 'createUserStream', opts: { id: this.one(this.subjects.authors), ...this.bounds(() => this.one([0, 1, 3, 7, 20, 1.5, -1])), ...this.shape() } }
  }

  type () {
    const type = this.one(this.subjects.types)
    const opts = { type, ...this.bounds(() => this.one(this.subjects.times)), ...this.shape() }
    return { method: 'messagesByType', opts: this.below(4) === 0 ? type : opts }
  }

  links () {
    const end = () => this.one([() => this.one(this.subjects.targets), () => this.one(this.subjects.authors), () => this.one(['feed', 'msg', 'blob', '@', '%', '&'])])()
    const opts = this.some({ source: end, dest: end, rel: () => this.one(this.subjects.rels), keys: () => this.isIt(), values: () => this.isIt(), meta: () => this.isIt(), private: () => this.isIt(), reverse: () => this.isIt(), old: () => true, sync: () => this.isIt() })
    return { method: 'links', opts }
  }

  raw () {
    return { method: 'createRawLogStream', opts: this.some({ reverse: () => this.isIt(), limit: () => this.one([1, 5, 50]), gt: () => -1 }) }
  }

  get () {
    const [withKey, unbox] = this.subjects.unboxKeys.length > 0 ? this.one(this.subjects.unboxKeys) : ['', '']
    const id = this.one(this.subjects.keys)
    const opts = this.one([
      () => id,
      () => ({ id, ...this.some({ private: () => this.isIt(), meta: () => this.isIt() }) }),
      () => ({ id: withKey || id, private: true, unbox, meta: this.isIt() }),
      () => unbox ? `${withKey}?unbox=${encodeURIComponent(unbox)}` : id,
      () => this.one(this.subjects.seqs)
    ])()
    return { method: 'get', opts, ask: (db) => settled((async () => promisify(db.get)(structuredClone(opts)))()) }
  }

  at () {
    const [id, seq] = [this.one(this.subjects.authors), this.below(15)]
    const opts = this.isIt() ? [id, seq] : `${id}:${seq}`
    return { method: 'getAtSequence', opts, ask: (db) => settled(promisify(db.getAtSequence)(opts)) }
  }

  author () {
    const opts = this.one(this.subjects.authors)
    const method = this.one(['latestSequence', 'getLatest', 'getFeedState'])
    return { method, opts, ask: (db) => db[method] ? settled(promisify(db[method])(opts)) : 'not in this release' }
  }

  all () {
    const [method, ask] = this.one([
      ['getVectorClock', (db) => settled(promisify(db.getVectorClock)())],
      ['latest', (db) => rowsOf(() => db.latest())],
      ['last.get', (db) => settled(promisify(db.last.get)({ meta: false }))]
    ])
    return { method, opts: {}, ask }
  }
}

module.exports = { Questions, subjectsOf, withoutRts }
