'use strict'
// flumelog's stream options, checked and turned into the range that Java walks.

const { argument } = require('./errors')

const BOUNDS = ['gt', 'gte', 'lt', 'lte']

/**
 * @param {object} [opts] gt gte lt lte reverse limit live old seqs values
 * @returns {{lower, lowerInclusive, upper, upperInclusive, reverse, limit, live, old, seqs, values}} lower -1 = from the start;
 *   upper Infinity = to the end; limit -1 = all
 */
function rangeOf (opts) {
  if (opts === undefined || opts === null) opts = {}
  if (typeof opts !== 'object') throw argument(`stream: options are a ${typeof opts}, expected an object`)
  for (const name of BOUNDS) check(name, opts[name])
  if (opts.limit != null && typeof opts.limit !== 'number') throw argument(`stream: limit is a ${typeof opts.limit}, expected a number`)
  const lower = opts.gte != null ? opts.gte : opts.gt
  const upper = opts.lte != null ? opts.lte : opts.lt
  const seqs = opts.seqs !== false
  const old = opts.old !== false
  return {
    lower: lower == null || lower < 0 ? -1 : lower,
    lowerInclusive: opts.gte != null && lower >= 0,
    upper: upper == null ? Infinity : upper,
    upperInclusive: upper == null || opts.lte != null,
    reverse: Boolean(opts.reverse),
    limit: opts.limit > 0 ? opts.limit : -1,
    live: (Boolean(opts.live) || !old) && !opts.reverse,
    old,
    seqs,
    values: opts.values !== false || !seqs
  }
}

function check (name, bound) {
  if (bound == null) return
  if (typeof bound !== 'number' || Number.isNaN(bound)) throw argument(`stream: ${name} is ${typeof bound === 'number' ? bound : `a ${typeof bound}`}, expected a sequence`)
}

module.exports = { rangeOf }
