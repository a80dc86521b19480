'use strict'
// async-append-only-log's errors, with its messages and codes; ours stands beside in `millraceCode`.

const { peerError } = require('./errors')

const TOO_LARGE = 'Data to be appended is larger than block size'

function notANumber (offset) {
  return peerError(`Offset ${offset} is not a number`, 'ERR_ARGUMENT', 'ERR_AAOL_INVALID_OFFSET')
}

function negative (offset) {
  return peerError(`Offset ${offset} is negative`, 'ERR_SEQ_RANGE', 'ERR_AAOL_INVALID_OFFSET')
}

function outOfBounds (offset, logSize) {
  return peerError(`Offset ${offset} is beyond log size ${logSize}`, 'ERR_SEQ_RANGE', 'ERR_AAOL_OFFSET_OUT_OF_BOUNDS')
}

const deleted = () => peerError('Record has been deleted', 'ERR_RECORD_DELETED', 'ERR_AAOL_DELETED_RECORD')
const tooLarge = () => peerError(TOO_LARGE, 'ERR_RECORD_TOO_LARGE')
const deleteWhileCompacting = () => peerError('Cannot delete while compaction is in progress', 'ERR_ARGUMENT')
const transactionWantsArray = () => peerError('appendTransaction expects first argument to be an array', 'ERR_ARGUMENT')
const truncationWouldGrow = () => peerError('truncate() is trying to *increase* the log size, which is not possible', 'ERR_ARGUMENT')

function compactWithBoundedLiveStream () {
  return peerError('Compaction cannot run if there are live streams configured with opts.lt or opts.lte', 'ERR_ARGUMENT')
}

/** What Java said about an append, in the peer's words where it has some. */
function appendError (err) {
  return err.code === 'ERR_RECORD_TOO_LARGE' ? tooLarge() : err
}

/**
 * What Java said about an offset. Where no record starts the peer answers with garbage, or, in the zeros at the end of a block, says
 * that the record was deleted; that is kept.
 */
function offsetError (err, offset, logSize, isZeroAt) {
  switch (err.code) {
    case 'ERR_RECORD_DELETED': return deleted()
    case 'ERR_SEQ_RANGE': return outOfBounds(offset, logSize())
    case 'ERR_SEQ_INVALID':
      if (isZeroAt(offset)) return deleted()
      err.code = 'ERR_AAOL_INVALID_OFFSET'
  }
  return err
}

/** The offset as it must be checked before Java is asked, or undefined. */
function offsetFault (offset) {
  if (typeof offset !== 'number' || Number.isNaN(offset)) return notANumber(offset)
  if (offset < 0) return negative(offset)
  if (!Number.isSafeInteger(offset)) return notANumber(offset)
}

module.exports = {
  appendError,
  offsetError,
  offsetFault,
  deleteWhileCompacting,
  transactionWantsArray,
  truncationWouldGrow,
  compactWithBoundedLiveStream
}
