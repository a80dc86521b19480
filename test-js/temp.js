'use strict'
// Temporary directories of the tests: one per call, removed when its test ends.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** What node:test calls after a test it calls in the order in which it was told: directories go behind all of that, for logs close there. */
function tempDir (t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-'))
  const closers = []
  t.after(async () => {
    try {
      for (const close of closers) await close(t)
    } finally {
      fs.rmSync(dir, { recursive: true, force: true, maxRetries: 20 }) // a killed process may be writing its last
    }
  })
  t.after = (close) => { closers.push(close) }
  return dir
}

module.exports = { tempDir }
