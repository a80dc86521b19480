'use strict'
// Java beside Node.js in one process lists and reads the views that JavaScript has registered.

const test = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { findJava } = require('../../js-bindings/lib/java-home')
const { JAR } = require('../../js-bindings/lib/launch')
const { tempDir } = require('../temp')
const { runProgram } = require('./child')

test('Java reads what JavaScript\'s map and reduce have made', async (t) => {
  const classes = tempDir(t)
  const source = path.join(__dirname, 'programs/Neighbour.java')
  execFileSync(path.join(findJava().home, 'bin/javac'), ['-cp', JAR, '-d', classes, source])
  const { code, out, err } = await runProgram('java-neighbour', [classes])
  assert.strictEqual(code, 0, err)
  assert.deepStrictEqual(out.trim().split('\n'), ['keys,neighbour,numbers,types', 'true', 'true', 'true', 'true'])
})
