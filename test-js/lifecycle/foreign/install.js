'use strict'
// Installs what stands in package.json here, once: node-java is compiled, against the JDK that the tests use.
// Usage: node install.js

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { findJava } = require('../../../js-bindings/lib/java-home')

const MODULES = path.join(__dirname, 'node_modules')

function install () {
  if (isComplete()) return
  const env = { ...process.env, JAVA_HOME: findJava().home }
  // The headers that the system's package brought need no download.
  const nodedir = path.join(path.dirname(process.execPath), '..')
  if (fs.existsSync(path.join(nodedir, 'include/node/node.h'))) env.npm_config_nodedir = nodedir
  execFileSync('npm', ['ci', '--prefer-offline', '--loglevel', 'error'], { cwd: __dirname, env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (!isComplete()) throw new Error(`npm left something out in ${MODULES}: node-java needs a C++ compiler, the Node.js versions linux-x64`)
}

const isComplete = () => ['java/build/Release/nodejavabridge_bindings.node', ...['22', '24', '26'].map((major) => `node${major}/bin/node`)]
  .every((file) => fs.existsSync(path.join(MODULES, file)))

/** [name, path] of the other Node.js versions. */
const otherNodes = () => ['22', '24', '26'].map((major) => [`Node.js ${major}`, path.join(MODULES, `node${major}/bin/node`)])

if (require.main === module) install()

module.exports = { install, otherNodes, MODULES }
