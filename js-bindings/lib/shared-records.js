'use strict'
// Decodes a record once for all JavaScript views that take it at about the same time. JSON.parse is a third of what Patchwork's eleven views
// cost, so views that catch up keep together: who is first waits until the others have taken half of what is kept decoded.
//
// Only the decoding is shared: each view walks the log by a cursor of its own, and one that is far behind, or does not move, decodes for itself
// and holds nobody up. An object is shared but for its outermost level: ssb-query's index writes `rts` there. Deeper, a view must not write.

const HALF = 1024 // records; twice that are kept decoded
const LOOK_MS = 50
const PATIENCE = { moves: 6, loads: 40 } // looks without a move until nobody waits for it any more; while it opens its files

class SharedRecords {
  constructor (codec) {
    this.codec = codec
    this.members = new Set()
    this.waiting = []
    this.timer = null
    this.isWaking = false
    this.forget(-1)
  }

  /** The window is empty; the first who reads begins it anew. */
  forget (position) {
    this.older = new Map() // seq -> value
    this.newer = new Map()
    this.start = this.middle = this.end = position // sequences: before the older ones, the last of them, the last of the newer ones
  }

  /** A view that will read; its position is not known yet. */
  join () {
    const member = { position: null, isReading: false, isStalled: false, seenAt: null, looks: 0, wantsBuffer: this.codec.wantsBuffer }
    member.decode = (memory, block, start, length, seq) => this.decode(member, memory, block, start, length, seq)
    this.members.add(member)
    return member
  }

  begin (member, position) {
    this.members.add(member)
    member.position = position
    member.isStalled = false
    const isAlone = [...this.members].every((other) => other === member || other.position === null || other.position >= this.end || other.position < this.start)
    if (position < this.start && isAlone) this.forget(-1)
  }

  leave (member) {
    this.members.delete(member)
    const left = this.waiting.filter((one) => one.member === member)
    this.waiting = this.waiting.filter((one) => one.member !== member)
    this.wake()
    return left
  }

  decode (member, memory, block, start, length, seq) {
    const known = this.newer.has(seq) ? this.newer.get(seq) : this.older.get(seq)
    if (known !== undefined) return ownCopy(known)
    const value = this.codec.decode(memory, block, start, length)
    const isEmpty = this.newer.size + this.older.size === 0
    if (!(isEmpty || member.position === this.end) || !isShareable(value)) return value
    if (isEmpty) this.start = this.middle = member.position
    this.newer.set(seq, value)
    this.end = seq
    this.look()
    return ownCopy(value)
  }

  /** A read of the view's cursor, in company: `{value, seq}` items. */
  paced (member, read) {
    const go = (cb) => {
      member.isReading = true
      read(null, (end, item) => {
        member.isReading = false
        if (end) this.leave(member)
        else this.moved(member, item.seq)
        cb(end, item)
      })
    }
    return (abort, cb) => {
      if (abort) {
        for (const one of this.leave(member)) one.cb(abort)
        return read(abort, cb)
      }
      if (this.hasRoom(member)) return go(cb)
      this.waiting.push({ member, cb, go: () => go(cb) })
      this.look()
      this.timer.ref() // the process stays for who waits
    }
  }

  moved (member, seq) {
    const wasBehind = member.position < this.middle
    member.position = seq
    member.isStalled = false
    if (wasBehind && seq >= this.middle) this.wake()
  }

  /** False when what comes next has no room, because somebody has yet to take the older half. */
  hasRoom (member) {
    if (this.newer.size < HALF || member.position !== this.end) return true
    for (const { position, isStalled } of this.members) {
      if (!isStalled && (position === null || (position >= this.start && position < this.middle))) return false
    }
    this.start = this.middle
    this.middle = this.end
    this.older = this.newer
    this.newer = new Map()
    return true
  }

  wake () {
    if (this.isWaking || this.waiting.length === 0) return
    this.isWaking = true
    setImmediate(() => {
      this.isWaking = false
      const waiting = this.waiting
      this.waiting = []
      for (const one of waiting) {
        if (this.hasRoom(one.member)) one.go()
        else this.waiting.push(one)
      }
    })
  }

  /** Looks now and then, while there is something to look after: who does not move? Does nobody read any more? */
  look () {
    if (this.timer !== null) return
    let end = this.end
    this.timer = setInterval(() => {
      for (const member of this.members) {
        const isHeldUp = member.isReading // by the log, on a busy machine for longer than others would wait for a view
        member.looks = member.position === member.seenAt && !isHeldUp ? member.looks + 1 : 0
        member.seenAt = member.position
        member.isStalled = member.looks >= (member.position === null ? PATIENCE.loads : PATIENCE.moves)
      }
      this.wake()
      if (this.waiting.length > 0) return
      this.timer.unref()
      if (this.end !== end) {
        end = this.end
        return
      }
      clearInterval(this.timer)
      this.timer = null
      this.forget(this.end)
    }, LOOK_MS)
    this.timer.unref()
  }
}

const isObject = (value) => typeof value === 'object' && value !== null
const isShareable = (value) => value !== undefined && (!isObject(value) || Object.getPrototypeOf(value) === Object.prototype)
const ownCopy = (value) => isObject(value) ? { ...value } : value

module.exports = { SharedRecords }
