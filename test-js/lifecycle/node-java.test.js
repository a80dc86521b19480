'use strict'
// The JVM shared with the npm package java 0.18.0, for real, each case in a process of its own.

const test = require('node:test')
const assert = require('node:assert')
const { runProgram } = require('./child')
const { install } = require('./foreign/install')

test.before(() => install(), { timeout: 600000 })

test('java boots the JVM, ours attaches; it ends after java.stop()', async () => {
  const { code, out, err } = await runProgram('with-java', ['first'])
  assert.strictEqual(code, 0, err)
  assert.deepStrictEqual(out.trim().split('\n'), ['25', 'abc', 'a Java list of 1', 'ERR_JAVA_START', 'hot true'])
})

test('useJava after the first open is one clear error', async () => {
  const { code, out, err } = await runProgram('with-java', ['late'])
  assert.strictEqual(code, 0, err)
  assert.match(out, /^ERR_JAVA_START .*before the first open/)
})

test('java that booted without our jar is one clear error', async () => {
  const { out } = await runProgram('with-java', ['alone'])
  assert.match(out, /^ERR_JAVA_START .*java\.classpath/)
})

test('what is not npm java is one clear error', async () => {
  const { out } = await runProgram('with-java', ['wrong'])
  assert.match(out, /^ERR_ARGUMENT /)
})
