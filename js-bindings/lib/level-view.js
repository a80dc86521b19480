'use strict'
// flumeview-level's module, (version, map) => view, with its keys kept in Java beside our log instead of in LevelDB: what npm's `overrides` put
// in its place, so that plugins built on it (ssb-db's indexes, flumeview-query, -links, -search) stay as they are. `map` sees whole values.

const { MapView } = require('./map-view')
const { mapFace } = require('./script-views')
const { ENGINE, SELF_FED, REACH } = require('./symbols')
const { argument } = require('./errors')
const { readKeys, shape } = require('./key-reads')
const { mapAhead, ended } = require('./pull')

const KEYS_AT_ONCE = 512 // and at the log's end what there is
const GETS = 256 // at once, of a read's records

/** A MapView whose records come through flumedb's feed, not by columns that Java picked. */
class LevelView extends MapView {
  schedule () {} // the feed brings what there is

  /** Java, which had to save first, may have room again. */
  pump () {
    const { parked } = this
    this.parked = null
    if (parked) parked()
  }

  begun () {
    super.begun()
    this.records = 0
    this.endFeed({ abort: true }) // what it brings is no longer what comes next: flumedb asks again where we stand
  }

  createSink (cb) {
    return (read) => {
      const feed = { read, cb }
      this.feed = feed
      const next = () => read(null, (end, item) => {
        if (this.feed !== feed) return
        if (end) return this.endFeed(end === true ? null : end)
        const goesOn = this.receive(item)
        if (this.feed !== feed || this.failure !== null) return
        if (goesOn) next()
        else this.parked = () => this.feed === feed && next()
      })
      next()
    }
  }

  endFeed (reason) {
    const { feed } = this
    if (!feed) return
    this.feed = null
    feed.read(reason || true, () => {})
    feed.cb(reason)
  }

  /** False when Java has to save first. */
  receive ({ value, seq }) {
    try {
      for (const key of this.spec.map(value, seq)) this.keys.add(key, seq)
      this.records++
      this.upTo = seq
      if (this.keys.count >= KEYS_AT_ONCE || seq === this.log.since.value) return this.flush()
      this.flushSoon()
      return true
    } catch (err) {
      this.fail(err)
      return false
    }
  }

  flushSoon () {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => {
      this.isScheduled = false
      if (this.handle !== 0 && this.feed && this.failure === null) this.flush()
    })
  }

  flush () {
    const { records } = this
    this.records = 0
    return records === 0 || this.commit(this.upTo, records)
  }

  beforeClose () {
    if (this.failure === null) this.flush()
    this.feed = null
  }
}

/** Records come by the log's get, as flumeview-level's do: through flumedb's mapper, which unboxes ssb-db's. */
function read (view, given = {}) {
  if (view.failure) return ended(view.failure)
  const opts = given.tail ? { ...given, live: true } : given // the older name
  if (opts.values === false) return readKeys(view, opts)
  const wants = { keys: opts.keys !== false, seqs: opts.seqs !== false, values: true }
  return mapAhead(readKeys(view, { ...opts, keys: true, seqs: true, values: false }), GETS, (item, cb) => {
    if (item.sync) return cb(null, item)
    view.log.get(item.seq, (err, value) => {
      if (err) return err.code === 'flumelog:deleted' ? cb(null, undefined) : cb(err)
      cb(null, shape(wants, item.key, item.seq, value))
    })
  })
}

/** flumeview-level's members, of a view with sorted keys. */
const levelFace = (view) => ({ ...mapFace(view), read: (opts) => read(view, opts) })

module.exports = (version, map) => (log, name) => {
  if (!log[ENGINE]) throw argument(`flumeview-level ${name}: its keys are kept beside a log of Millrace's; take the stock flumeview-level for others`)
  const view = new LevelView({ version, content: 'keys', names: [], options: {}, encoding: 'json', map }, log, name)
  return { ...levelFace(view), [SELF_FED]: false, [REACH]: undefined, createSink: (cb) => view.createSink(cb) }
}
module.exports.levelFace = levelFace
