'use strict'
// Views that somebody else wrote in Java: a class on the class path, and an object that npm java made.

const test = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { findJava } = require('../../js-bindings/lib/java-home')
const { JAR } = require('../../js-bindings/lib/launch')
const { tempDir } = require('../temp')
const { runProgram } = require('./child')
const { install } = require('./foreign/install')

test.before(() => install(), { timeout: 600000 })

for (const [how, refused] of [['class', 'ERR_VIEW_UNKNOWN'], ['object', 'ERR_ARGUMENT']]) {
  test(`db.use(name, ${how}) reads a view written in Java`, async (t) => {
    const classes = tempDir(t)
    const source = path.join(__dirname, 'programs/TypeCount.java')
    execFileSync(path.join(findJava().home, 'bin/javac'), ['-cp', JAR, '-d', classes, source])
    const { code, out, err } = await runProgram('java-view', [how, classes])
    assert.strictEqual(code, 0, err)
    assert.deepStrictEqual(out.trim().split('\n'), ['{"post":2,"vote":1}', '{"about":1,"post":2,"vote":1}', refused])
  })
}
