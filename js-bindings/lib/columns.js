'use strict'
// Rows of a log as Java's Columns hands them over: decoded cell by cell, when somebody asks for one.

// Kinds, as org.millrace.view.Columns has them.
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const NUMBER = 4
const KNOWN = 5 // a text that came before, by its number
const NEW = 6 // a text that gets its column's next number
const TEXT = 7
const JSON_TEXT = 8
const BYTES = 9

const HEADER_DOUBLES = 3

class Columns {
  /** @param {number} count of columns */
  constructor (count) {
    this.known = Array.from({ length: count }, () => [])
    this.cellsAt = new Array(count).fill(0) // in doubles
    this.kindsAt = new Array(count).fill(0) // in bytes
    this.rows = 0
    this.bytes = null
  }

  /** Takes over a block with columns from its beginning; it must stay as it is while they are used. */
  load (bytes) {
    if (this.bytes === null || this.bytes.buffer !== bytes.buffer) {
      this.bytes = bytes
      this.numbers = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3)
      this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
    }
    const rows = this.rows = this.numbers[0]
    this.records = this.numbers[1]
    this.textsAt = this.numbers[2]
    let at = HEADER_DOUBLES + rows
    for (let column = 0; column < this.cellsAt.length; column++, at += rows) this.cellsAt[column] = at
    let kinds = at * 8
    for (let column = 0; column < this.kindsAt.length; column++, kinds += (rows + 7) & -8) {
      this.kindsAt[column] = kinds
      this.learn(column, bytes.subarray(kinds, kinds + rows))
    }
  }

  /** Texts that come for the first time, whether somebody will look at them or not. */
  learn (column, kinds) {
    const known = this.known[column]
    for (let row = kinds.indexOf(NEW); row !== -1; row = kinds.indexOf(NEW, row + 1)) {
      known.push(this.text(this.cellsAt[column] + row))
      this.numbers[this.cellsAt[column] + row] = known.length - 1
      kinds[row] = KNOWN
    }
  }

  seq (row) {
    return this.numbers[HEADER_DOUBLES + row]
  }

  cell (column, row) {
    const at = this.cellsAt[column] + row
    switch (this.bytes[this.kindsAt[column] + row]) {
      case KNOWN: return this.known[column][this.numbers[at]]
      case NUMBER: return this.numbers[at]
      case UNDEFINED: return undefined
      case TEXT: return this.text(at)
      case NULL: return null
      case FALSE: return false
      case TRUE: return true
      case JSON_TEXT: return JSON.parse(this.text(at))
      case BYTES: return Buffer.from(this.bytes.subarray(this.start(at), this.start(at) + this.words[at * 2 + 1]))
    }
  }

  start (at) {
    return this.textsAt + this.words[at * 2]
  }

  text (at) {
    const start = this.start(at)
    return this.bytes.utf8Slice(start, start + this.words[at * 2 + 1])
  }
}

/**
 * A class whose one object shows row after row of `columns`: a getter for each name, `seq`, and `toObject()` for who wants to
 * keep one.
 */
function rowClass (names, columns) {
  class Row {
    constructor () {
      this.row = 0
    }

    get seq () {
      return columns.seq(this.row)
    }

    toObject () {
      const object = { seq: this.seq }
      for (const name of names) object[name] = this[name]
      return object
    }
  }
  names.forEach((name, column) => {
    Object.defineProperty(Row.prototype, name, { enumerable: true, get () { return columns.cell(column, this.row) } })
  })
  return Row
}

module.exports = { Columns, rowClass }
