'use strict'
// flumeview-level's view for one of ssb-db's own indexes: its keys are made in Java (org.millrace.view.MessageKeysView), in the one scan of all
// native views. The index' own map sees the records of which Java is not certain - encrypted ones above all, which flumedb's mapper may
// open - and those that come while somebody reads live.

const native = require('../lib/native')
const { NativeView } = require('../lib/native-view')
const { KeyBlock } = require('../lib/keys')
const { levelFace } = require('../lib/level-view')
const { drained } = require('./sources')
const { MillraceError } = require('../lib/error')
const { ENGINE, REACH } = require('../lib/symbols')
const { argument } = require('../lib/errors')

const { F, OP } = native

class KeyedView extends NativeView {
  constructor ({ index, map }, log, name) {
    super({ operation: 'keys.open', index, name: `ssb-db-${name}` }, log)
    this.map = map
    this.listeners = new Set() // of keys as they come: live reads
    this.told = undefined // up to where they were
    this.toldKeys = new KeyBlock()
    this.keys = new KeyBlock()
    this.isTelling = this.isBringing = false
    this.isNew = true
    setImmediate(() => { this.isNew = false })
    this.publish()
  }

  get position () {
    return this.since.value
  }

  get isOpen () {
    return this.handle !== 0 && this.failure === null && !this.engine.closed
  }

  attach () {
    super.attach()
    this.begunAt = this.reached
    this.hasLeft = this.isBegunAnew = true // as far as we know
    if (this.mapsAll) native.cold('keys.leaveAll', { handle: this.handle })
  }

  learn (page) {
    super.learn(page)
    this.hasLeft = page[F.count] > 0
    if (this.beginning !== page[F.durableSince]) this.isBegunAnew = true
    this.beginning = page[F.durableSince]
  }

  /** It stands nowhere new before the map has seen what Java has left to it; and not where it stood once Java has begun it anew. */
  publish () {
    if (this.map === undefined) return // not made yet
    if (this.hasLeft && this.isBegunAnew && this.since.value > -1) this.since.set(-1)
    this.isBegunAnew = false
    if (this.hasLeft) return this.bring()
    super.publish()
    this.tell()
  }

  follow (since) {
    if (this.listeners.size > 0) this.reach(since)
    else super.follow(since)
  }

  /** From here on the map sees every record, for what it would see is no longer what the log has. */
  mapAll () {
    this.mapsAll = true
    const { handle } = this
    native.cold('keys.leaveAll', { handle })
    if (!this.isNew) return
    this.reach(-1)
    if (this.reached > this.begunAt) native.cold('view.rebuild', { handle }) // it was asked for when the view was, and Java was quick
  }

  bring () {
    if (this.isBringing || !this.isOpen) return
    this.isBringing = true
    setImmediate(() => this.attempt(() => this.bringNext()))
  }

  attempt (step) {
    try {
      step()
    } catch (err) {
      this.isBringing = false
      if (err.code !== 'ERR_VIEW_FAILED') this.fail(err) // else Java mends it, or says why it cannot
    }
  }

  /** Hands the next few records that Java has left to the map, and its keys to Java. */
  bringNext () {
    if (this.isOpen) this.lookAt(-1)
    if (!this.isOpen || !this.hasLeft) return this.brought()
    const { handle, beginning, keys } = this
    const { seqs, upTo } = this.value('left')
    let missing = seqs.length
    keys.clear()
    const handOver = () => {
      if (this.isOpen && this.handle === handle) this.hand(beginning, upTo)
      this.brought()
    }
    if (missing === 0) return handOver()
    for (const seq of seqs) {
      this.log.get(seq, (err, value) => {
        if (!err) this.addKeys(keys, value, seq)
        else if (err instanceof MillraceError) this.fail(err) // else it is deleted, or codec or mapper cannot read it
        if (--missing === 0) this.attempt(handOver)
      })
    }
  }

  brought () {
    this.isBringing = false
    if (this.isOpen) this.publish()
  }

  hand (beginning, upTo) {
    const { page } = native
    const { bytes, used, seqs, count } = this.keys
    page[F.handle] = this.handle
    page[F.durableSince] = beginning
    page[F.seq] = upTo
    native.dispatchData(OP.viewAppend, bytes.subarray(0, used), seqs.subarray(0, count * 2), null)
    this.learn(page)
  }

  /** What nobody can make keys of has none: an index must not stand still at a message that somebody wrote to that end. */
  addKeys (to, value, seq) {
    try {
      for (const key of this.map(value, seq)) to.add(key, seq)
    } catch {}
  }

  /** Live readers hear of the keys of what has come. */
  tell () {
    const upTo = this.since.value
    if (this.listeners.size === 0) this.told = upTo
    if (this.isTelling || !(upTo > this.told)) return
    this.isTelling = true
    const tellOf = ({ value, seq }) => {
      this.toldKeys.clear()
      this.addKeys(this.toldKeys, value, seq)
      for (const listener of this.listeners) listener(this.toldKeys)
    }
    drained(this.log.stream({ gt: this.told, lte: upTo, seqs: true, values: true }), tellOf, (err) => {
      this.isTelling = false
      this.told = upTo
      if (!err) this.tell()
    })
  }
}

/** As flumeview-level's (version, map) => view; `index` of ssb-db says what the map makes, `made(view)` hears of each view. */
module.exports = (index, made) => (version, map) => (log, name) => {
  if (!log[ENGINE]) throw argument(`${name} of ssb-db: its keys are kept beside a log of Millrace's; take ssb-db itself for others`)
  const view = new KeyedView({ index, map }, log, name)
  made(view)
  return { ...levelFace(view), [REACH]: (seq) => view.reach(seq) }
}
