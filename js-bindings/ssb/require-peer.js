'use strict'
// Modules that every application of the SSB stack has and that we do not bring: found beside us, or from the application's main file.

const path = require('node:path')
const { createRequire } = require('node:module')

function requirePeer (name) {
  try {
    return require(name)
  } catch (err) {
    if (err.code !== 'MODULE_NOT_FOUND') throw err
    return createRequire(require.main ? require.main.filename : path.resolve('index.js'))(name) // we are linked from a checkout
  }
}

module.exports = { requirePeer }
