'use strict'
// A view whose `map` emits keys. They stand sorted in Java, which answers reads; `listeners` hear of new ones.

const native = require('./native')
const apart = require('./apart')
const { KeyBlock } = require('./keys')
const { ScriptView } = require('./script-view')

const { F, FLAG } = native
const FULL_POLL_MS = 2 // until Java has saved what it holds in memory
const KEYS_AT_ONCE = 512 // Java takes them in on this thread, a millisecond or two while its code is not compiled yet

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
    if (keys === undefined || keys === null || this.columns !== columns) return false
    for (const key of keys) this.keys.add(key, seq)
    return this.keys.count >= KEYS_AT_ONCE
  }

  commit (upTo, records) {
    const { keys } = this
    const { page } = native
    if (!this.keep(upTo, keys.bytes.subarray(0, keys.used), keys.seqs.subarray(0, keys.count * 2), records)) return false
    const isFull = (page[F.flags] & FLAG.pending) !== 0
    this.position = upTo
    for (const listener of this.listeners) apart(listener, keys)
    keys.clear()
    this.publish()
    if (isFull) setTimeout(() => this.pump(), FULL_POLL_MS)
    return !isFull
  }

  atEnd () {}
  beforeClose () {}
}

module.exports = { MapView }
