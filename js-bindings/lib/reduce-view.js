'use strict'
// A view whose `reduce` makes one value of the log. The value is here; Java keeps it encoded, now and then.

const native = require('./native')
const apart = require('./apart')
const Observable = require('./obv')
const { ScriptView } = require('./script-view')
const { argument } = require('./errors')

const STATE_EVERY_MS = 1000 // while it is built
const STATE_SHARE = 20 // of the time goes into encoding the state, one part in so many

class ReduceView extends ScriptView {
  get forgets () {
    return this.spec.content === 'lasting' // what was seen counts, not what is there
  }

  begun () {}

  restore (state) {
    this.value = this.value || Observable()
    this.accumulated = state === undefined ? structuredClone(this.spec.initial) : this.decoded(state)
    this.records = 0
    this.encodeMs = 0
    this.keptAt = performance.now()
    this.value.set(this.accumulated)
  }

  /** A state that the codec does not understand is as good as none. */
  decoded (state) {
    const { codec, initial } = this.spec
    const bytes = Buffer.from(state, 'base64')
    try {
      return codec.decode(codec.buffer ? bytes : bytes.toString())
    } catch {
      native.cold('view.rebuild', { handle: this.handle })
      this.position = this.kept = -1
      return structuredClone(initial)
    }
  }

  take (row, seq) {
    const { columns } = this
    const accumulated = this.spec.reduce(this.accumulated, row, seq)
    if (this.columns === columns) this.accumulated = accumulated // else reduce itself had it begun anew
    return false // nothing of it goes to Java before it is saved
  }

  commit (upTo, records) {
    this.position = upTo
    this.records += records
    apart(this.value.set, this.accumulated)
    this.publish()
    if (performance.now() - this.keptAt > Math.max(STATE_EVERY_MS, this.encodeMs * STATE_SHARE)) this.keepState()
    return this.handle !== 0
  }

  /** Caught up: Java's copy too, if that costs little. */
  atEnd () {
    if (this.position === this.kept || this.timer) return
    const wait = this.encodeMs * STATE_SHARE - (performance.now() - this.keptAt)
    if (wait <= 0) return this.keepState()
    this.timer = setTimeout(() => {
      this.timer = null
      try {
        this.keepState()
      } catch (err) {
        this.fail(err)
      }
    }, wait).unref()
  }

  beforeClose () {
    clearTimeout(this.timer)
    this.timer = null
    if (this.failure === null) this.keepState()
  }

  keepState () {
    if (this.handle === 0 || this.position === this.kept) return
    if (this.next > 0 && this.next < this.columns.rows) return // in the middle of a batch
    const begun = performance.now()
    const bytes = this.encoded()
    const { records } = this
    this.records = 0
    const index = new Float64Array(2)
    new Uint32Array(index.buffer)[3] = bytes.length
    this.keep(this.position, bytes, index, records)
    this.keptAt = performance.now()
    this.encodeMs = this.keptAt - begun
  }

  encoded () {
    const encoded = this.spec.codec.encode(this.accumulated)
    if (typeof encoded === 'string') return Buffer.from(encoded)
    if (encoded instanceof Uint8Array) return encoded
    throw argument(`the codec made ${typeof encoded} of what reduce gave, ${typeof this.accumulated}; expected a string or a Buffer`)
  }
}

module.exports = { ReduceView }
