'use strict'
// Who is tested: the real npm peers and our package, behind the same names.
// MILLRACE_SUBJECT=peer | millrace chooses one; without it tests run on both. A chosen subject that is not there is an error, never a skip.

const path = require('node:path')

const BINDINGS = path.join(__dirname, '../js-bindings')

/** Module names a subject stands for -> where it lives. swap.js resolves by the same table. */
const MODULES = {
  peer: {
    flumedb: require.resolve('flumedb'),
    'flumelog-offset': require.resolve('flumelog-offset'),
    'flumelog-offset/legacy': require.resolve('flumelog-offset/legacy'),
    'async-append-only-log': require.resolve('async-append-only-log'),
    'async-append-only-log/compat': require.resolve('async-append-only-log/compat')
  },
  millrace: {
    flumedb: BINDINGS,
    'flumelog-offset': path.join(BINDINGS, 'flumelog-offset'),
    'flumelog-offset/legacy': path.join(BINDINGS, 'flumelog-offset/legacy'),
    'async-append-only-log': path.join(BINDINGS, 'async-append-only-log'),
    'async-append-only-log/compat': path.join(BINDINGS, 'async-append-only-log/compat')
  }
}

function subject (name) {
  const modules = MODULES[name]
  if (!modules) throw new Error(`MILLRACE_SUBJECT=${name}: expected ${Object.keys(MODULES).join(' or ')}`)
  return {
    name,
    ours: name === 'millrace',
    get Flume () { return require(modules.flumedb) },
    get OffsetLog () { return require(modules['flumelog-offset']) },
    get BlockLog () { return require(modules['async-append-only-log']) },
    get compat () { return require(modules['async-append-only-log/compat']) },
    get LegacyLog () { return require(modules['flumelog-offset/legacy']) }
  }
}

const chosen = process.env.MILLRACE_SUBJECT ? [process.env.MILLRACE_SUBJECT] : Object.keys(MODULES)

module.exports = { subject, subjects: chosen.map(subject), MODULES, BINDINGS }
