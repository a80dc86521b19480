'use strict'
// The one error of Millrace in JavaScript; codes are those of org.millrace.memory.ErrorCode.

/** `code` is stable (`ERR_…`), and `millraceCode` the same where a peer's face replaces `code`; `message` says what, where, and what to do next. */
class MillraceError extends Error {
  constructor (code, message, options) {
    super(message.startsWith(code) ? message : `${code} ${message}`, options)
    this.code = this.millraceCode = code
  }
}
Object.defineProperty(MillraceError.prototype, 'name', { value: 'MillraceError', writable: true, configurable: true })

module.exports = { MillraceError }
