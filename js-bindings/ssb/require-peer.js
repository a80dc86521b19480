'use strict'
// Modules that every application of the SSB stack has and that we do not bring: found beside us, or from the application's main file.

const path = require('node:path')
const { createRequire } = require('node:module')

const found = new Map()

function requirePeer (name) {
  if (!found.has(name)) found.set(name, find(name))
  return found.get(name)
}

function find (name) {
  try {
    return require(name)
  } catch (err) {
    if (err.code !== 'MODULE_NOT_FOUND') throw err
  }
  return withAdvice(name, () => fromMain()(name))
}

/** Where a package stands. */
function directoryOfPeer (name) {
  const file = `${name}/package.json`
  try {
    return path.dirname(require.resolve(file))
  } catch {}
  return path.dirname(withAdvice(name, () => fromMain().resolve(file)))
}

/** Node.js names two folders; what is to be done is one thing. */
function withAdvice (request, look) {
  const [name] = request.split('/')
  try {
    return look()
  } catch (err) {
    if (err.code === 'MODULE_NOT_FOUND') err.message = `millrace/ssb works with the application's own ${name}: npm install ${name}. ${err.message}`
    throw err
  }
}

const fromMain = () => createRequire(require.main ? require.main.filename : path.resolve('index.js')) // we are linked from a checkout

module.exports = { requirePeer, directoryOfPeer }
