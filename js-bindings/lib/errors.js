'use strict'
// Errors as users of the JavaScript faces see them: the peers' codes in `code`, ours always in `millraceCode`.

const { MillraceError } = require('./error')

/** An error of ours for JavaScript's users; `millraceCode` stands beside `code` on every face. */
const coded = (code, message) => new MillraceError(code, message)

const argument = (message) => coded('ERR_ARGUMENT', message)

/** An error with a peer's exact message, and a peer's code or else ours. */
function peerError (message, millraceCode, code = millraceCode) {
  const err = new Error(message)
  err.code = code
  err.millraceCode = millraceCode
  return err
}

module.exports = { coded, argument, peerError }
