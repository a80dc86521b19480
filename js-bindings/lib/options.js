'use strict'
// Options as every call of ours takes them.

const { argument } = require('./errors')

/** None, undefined or null, are {}; what cannot have members is told. */
function optionsOf (who, opts) {
  if (opts === undefined || opts === null) return {}
  if (typeof opts === 'object' || typeof opts === 'function') return opts
  throw argument(`${who}: options are a ${typeof opts}, expected an object`)
}

module.exports = { optionsOf }
