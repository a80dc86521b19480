'use strict'
// Calls functions of somebody else in the middle of work that others wait for. What one throws is an uncaught exception of its own, in the
// next tick; who calls goes on.

module.exports = function apart (fn, ...args) {
  try {
    fn(...args)
  } catch (err) {
    process.nextTick(() => { throw err })
  }
}
