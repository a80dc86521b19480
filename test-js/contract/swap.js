'use strict'
// A --require preload: whoever asks for flumedb, flumelog-offset or flumelog-offset/legacy, by name or by a path into the peer's
// package, gets the subject named by MILLRACE_SUBJECT. So the peers' own test folders run on ours, unchanged. With MILLRACE_LEVEL, who asks
// for flumeview-level gets ours. With MILLRACE_DB, a directory of ssb-db, its own tests get millrace/ssb/db over it.

const Module = require('node:module')
const path = require('node:path')
const { MODULES, BINDINGS } = require('../subjects')

const swapped = MODULES[process.env.MILLRACE_SUBJECT || 'millrace']
const targetOf = new Map()
for (const [name, file] of Object.entries(MODULES.peer)) {
  targetOf.set(name, swapped[name])
  targetOf.set(file, swapped[name])
}
const checkout = process.env.MILLRACE_AAOL_TESTS // the peer's repository, whose tests require '../'
if (checkout) targetOf.set(path.join(checkout, 'index.js'), swapped['async-append-only-log'])

if (process.env.MILLRACE_LEVEL) {
  const ours = path.join(BINDINGS, 'flumeview-level.js')
  targetOf.set('flumeview-level', ours).set(require.resolve('flumeview-level'), ours)
}

const ofNativeDb = new Map()
if (process.env.MILLRACE_DB) {
  for (const name of ['index.js', 'create.js']) ofNativeDb.set(path.join(process.env.MILLRACE_DB, name), path.join(__dirname, '../published/native-db', name))
}

const resolve = Module._resolveFilename
Module._resolveFilename = function (request, parent, ...rest) {
  const inside = parent && parent.filename ? parent.filename : ''
  // flumelog-offset's own test was written for test-flumelog 1.0.0: 1.0.1 wants a close() that this peer does not have.
  if (request === 'test-flumelog' && /flumelog-offset[/\\]test/.test(inside)) return resolve.call(this, 'test-flumelog-1.0.0', parent, ...rest)
  if (targetOf.has(request)) return resolve.call(this, targetOf.get(request), parent, ...rest)
  const file = resolve.call(this, request, parent, ...rest)
  if (ofNativeDb.has(file) && /[/\\]test[/\\]/.test(inside)) return ofNativeDb.get(file)
  return targetOf.has(file) ? resolve.call(this, targetOf.get(file), parent, ...rest) : file
}
