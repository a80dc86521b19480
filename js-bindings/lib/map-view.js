'use strict'
// A view whose `map` emits keys. They stand sorted in Java, which answers reads; `listeners` hear of new ones.

const native = require('./native')
const { KeyBlock } = require('./keys')
const { ScriptView } = require('./script-view')

const { F, OP, FLAG } = native
const FULL_POLL_MS = 2 // until Java has saved what it holds in memory

class MapView extends ScriptView {
  get forgets () {
    return true // a key leads to its record, and that is gone
  }

  begun () {
    if (this.keys) this.keys.clear()
    else this.keys = new KeyBlock()
  }

  restore () {
    this.listeners = this.listeners || new Set() // of {key, seq}: live reads
  }

  take (row, seq) {
    const { columns } = this
    const keys = this.spec.map(row, seq)
    if (keys === undefined || keys === null || this.columns !== columns) return
    for (const key of keys) this.keys.add(key, seq)
  }

  commit () {
    const { keys } = this
    const { page } = native
    if (!this.keep(this.upTo, keys.bytes.subarray(0, keys.used), keys.seqs.subarray(0, keys.count * 2), this.columns.records)) return false
    const isFull = (page[F.flags] & FLAG.pending) !== 0
    this.position = this.upTo
    for (const listener of this.listeners) listener(keys)
    keys.clear()
    this.publish()
    if (isFull) setTimeout(() => this.pump(), FULL_POLL_MS)
    return !isFull
  }

  /** Sequence of a key's newest record; -1 = there is none. */
  find (key) {
    const { page } = native
    page[F.handle] = this.handle
    page[F.seq] = -1
    native.dispatchData(OP.viewGet, key, null, null)
    return page[F.seq]
  }

  atEnd () {}
  beforeClose () {}
}

module.exports = { MapView }
