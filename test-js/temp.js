'use strict'
// Temporary directories of the tests: one per call, removed when its test ends.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

function tempDir (t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-'))
  t.after(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

module.exports = { tempDir }
