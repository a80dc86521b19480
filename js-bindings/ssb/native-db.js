'use strict'
// ssb-db 19 or 20 as it stands in a directory, on our flumedb and log, with native ones in the place of its six indexes. Its own code asks and
// answers; only the modules that its files require for log and indexes are exchanged, in a copy of its modules that nobody else sees.

const { isDeepStrictEqual } = require('node:util')
const Flume = require('../index')
const OffsetLog = require('../flumelog-offset')
const levelView = require('../lib/level-view')
const { builtIn } = require('../lib/views')
const dbIndex = require('./db-index')
const { lastView } = require('./db-last')
const { ownCopy } = require('./own-copy')

/** Which index a file's call of flumeview-level makes. */
const INDEXES = {
  'db.js': 'keys', // in ssb-db 19
  'extras.js': 'time', // likewise
  'indexes/keys.js': 'keys',
  'indexes/clock.js': 'clock',
  'indexes/time.js': 'time',
  'indexes/feed.js': 'feed',
  'indexes/links.js': 'links'
}

const [AUTHOR, KEY, ROOT] = [['@', '.ed25519'], ['%', '.sha256'], ['%', '.sha256']].map(([sigil, suffix], i) => sigil + 'ABC'[i].repeat(42) + 'A=' + suffix)
const TYPE = 'a type of more than 32 characters, of which 32 count'

/** A message, and what each index must make of it to be the one that we know. */
const MESSAGE = { key: KEY, value: { author: AUTHOR, sequence: 7, timestamp: 5, content: { type: TYPE, root: ROOT, branch: [{ link: ROOT }], text: KEY.slice(1) } }, timestamp: 9 }
const EXPECTED = {
  keys: [KEY],
  clock: [[AUTHOR, 7]],
  time: [9],
  feed: [[5, AUTHOR]],
  links: [
    ['type', TYPE.slice(0, 32), 9],
    ...['root', 'branch'].flatMap((rel) => [['link', AUTHOR, rel, ROOT, 7, KEY], ['_link', ROOT, rel, AUTHOR, 7, KEY]])
  ]
}

/** @param {string} directory of ssb-db @returns {object} its plugin for secret-stack, and `create` of its create.js */
function nativeDb (directory) {
  let mounted = new Set() // views of the database that is being created

  const levelIn = (file) => (version, map) => {
    const index = INDEXES[file.replaceAll('\\', '/')]
    if (!index || !isDeepStrictEqual(map(structuredClone(MESSAGE), 0), EXPECTED[index])) return levelView(version, map)
    if (index !== 'keys') return dbIndex(index, (view) => mounted.add(view))(version, map)
    return (log, name) => builtIn.keys()(log, `ssb-db-${name}`)
  }

  /** ssb-db's create, whose addMap tells the views, and whose del waits for `last`: what it has not seen when it is gone it would not miss. */
  const creating = (create) => (...args) => {
    const views = mounted = new Set()
    const db = create(...args)
    const { addMap, del } = db
    db.addMap = (map) => {
      addMap(map)
      for (const view of views) view.mapAll()
    }
    db.del = (target, cb) => db.last.get((err) => err ? cb(err) : del(target, cb))
    return db
  }

  let create
  const own = ownCopy(directory, (name, file, load) => {
    switch (name) {
      case 'flumedb': return Flume
      case 'flumelog-offset': return OffsetLog
      case 'flumeview-level': return levelIn(file)
      case 'flumeview-reduce': return lastView
      case './create': return (create = create || creating(load()))
    }
  })
  const plugin = own('./index.js')
  return { ...plugin, create: own('./create') }
}

module.exports = { nativeDb }
