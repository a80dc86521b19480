'use strict'
// Installs the example applications' packages, once. Nothing is compiled: leveldown brings its binaries.
// Usage: node install.js

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const LOCK = path.join(__dirname, 'package-lock.json')
const INSTALLED = path.join(__dirname, 'node_modules/.package-lock.json')

function install () {
  if (fs.existsSync(INSTALLED) && fs.statSync(INSTALLED).mtimeMs >= fs.statSync(LOCK).mtimeMs) return
  execFileSync('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--loglevel', 'error'], { cwd: __dirname, stdio: ['ignore', 'inherit', 'inherit'] })
}

if (require.main === module) install()

module.exports = { install }
