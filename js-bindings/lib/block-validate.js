'use strict'
// validateRecord: at open the records of the last block are shown to the user; from the first that is refused on the log is cut,
// after a copy to quarantine.

const native = require('./native')
const { Reader } = require('./reader')
const { argument } = require('./errors')

/** Before the log has loaded: nobody has read yet. Deleted records are never asked about. */
function keepValid (engine, blockBytes, validateRecord) {
  if (typeof validateRecord !== 'function') throw argument(`validateRecord is a ${typeof validateRecord}, expected a function`)
  const { since } = engine.foundAt
  if (since < 0 || engine.since.value !== undefined) return
  const range = { lower: -1, lowerInclusive: false, upper: Infinity, upperInclusive: true, reverse: true, limit: -1, live: false, old: true }
  const first = since - since % blockBytes
  const reader = new Reader(engine, range, false)
  let invalid = -1
  try {
    for (let last = since; last >= first && reader.fill(true) === Reader.READY;) {
      for (; reader.position < reader.visible; reader.position++) {
        last = reader.seqs[reader.position * 2]
        if (last < first) break
        if (!isValid(reader, reader.position, validateRecord)) invalid = last
      }
    }
  } finally {
    reader.end()
  }
  if (invalid < 0) return
  native.cold('block.cut', { log: engine.handle, seq: invalid })
  engine.foundAt = engine.stateNow()
}

function isValid (reader, record, validateRecord) {
  if (reader.isDeleted(record)) return true
  const start = reader.start(record)
  return Boolean(validateRecord(reader.block.subarray(start, start + reader.length(record))))
}

module.exports = { keepValid }
