'use strict'
// Callback APIs that give a promise when no callback is given.

const { argument } = require('./errors')

const ignore = () => {}

/**
 * Runs `start(cb)` with the caller's callback; without one, runs it with a promise's and returns the promise.
 *
 * The promise counts as handled from the beginning: code written for callbacks that leaves one out never dies of an unhandled
 * rejection. What `start` throws is thrown to a caller with a callback, as flumedb does, and rejects the promise of one without.
 */
function withCallback (name, cb, start) {
  if (typeof cb === 'function') return start(cb)
  if (cb !== undefined && cb !== null) throw argument(`${name}: the callback is a ${typeof cb}, expected a function; nothing was done`)
  const promise = new Promise((resolve, reject) => {
    start((err, value) => err ? reject(err) : resolve(value))
  })
  promise.catch(ignore)
  return promise
}

module.exports = { withCallback }
