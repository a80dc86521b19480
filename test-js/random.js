'use strict'
// Seeded randomness of the tests. Every random test prints its seed; MILLRACE_SEED=<number> runs it again, MILLRACE_SEED=random draws one.

const { isLong } = require('./tier')

// The quick tier's one seed, as in Java's fault/Tier.java. That tier judges a change: with the same seed as yesterday a red build is the
// change's doing and never luck. Looking for new cases is the long tier's work, which draws a seed each time.
const FIXED_SEED = '271828183'

function seedFromEnvironment () {
  const asked = process.env.MILLRACE_SEED || (isLong ? 'random' : FIXED_SEED)
  return asked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(asked)
}

/** A small generator (splitmix32): next() gives 0 <= x < 1, below(n) an integer, bytes(n) a Buffer. */
function random (seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
  const below = (n) => Math.floor(next() * n)
  const bytes = (length) => Buffer.from({ length }, () => below(256))
  return { next, below, bytes }
}

module.exports = { random, seedFromEnvironment }
