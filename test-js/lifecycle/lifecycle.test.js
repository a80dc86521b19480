'use strict'
// The JVM inside Node.js, from boot to exit: nothing that a program does to it, or beside it, kills the process or loses what was
// acknowledged. nodes.test.js runs the same cases on other versions of Node.js.

const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { cases, output } = require('./cases')
const { runProgram } = require('./child')
const { tempDir } = require('../temp')

const TRAINING_MS = 600000 // by a child of low priority, on a machine that may be busy

cases(`Node.js ${process.versions.node}`, process.execPath)

test('no Java: one error that names what to install', async () => {
  assert.match(await output('java-missing', ['/nowhere']), /^ERR_JAVA_NOT_FOUND .*Install a JDK or JRE >= 25/)
})

test('only an older Java: one error that names it', async (t) => {
  const home = tempDir(t)
  fs.mkdirSync(path.join(home, 'lib/server'), { recursive: true })
  fs.writeFileSync(path.join(home, 'lib/server/libjvm.so'), '')
  fs.writeFileSync(path.join(home, 'release'), 'JAVA_VERSION="17.0.15"\n')
  assert.match(await output('java-missing', [home]), /^ERR_JAVA_VERSION .*every Java found is older than 25: .*\(17\)/)
})

test('Java from the path when JAVA_HOME names an older one', async () => {
  assert.strictEqual(await output('memory', [], { env: { JAVA_HOME: '/nowhere' } }), 'record 0 record 1999')
})

test('the AOT cache: trained by the first start, used by the next, harmless when broken', async (t) => {
  const dir = path.join(tempDir(t), 'cache')
  const env = { MILLRACE_AOT_CACHE: dir }
  const caches = () => fs.existsSync(dir) ? fs.readdirSync(dir).filter((name) => name.endsWith('.aot')) : []
  await output('memory', [], { env })
  for (const end = Date.now() + TRAINING_MS; caches().length === 0 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 200))
  assert.strictEqual(caches().length, 1)
  await output('memory', [], { env })
  fs.truncateSync(path.join(dir, caches()[0]), 1000000)
  assert.strictEqual((await runProgram('memory', [], { env })).out.trim(), 'record 0 record 1999')
  fs.chmodSync(dir, 0o777) // somebody else could have put it there
  assert.strictEqual(await output('memory', [], { env }), 'record 0 record 1999')
})

test('JNI used as its checker wants it', async () => {
  const { code, out, err } = await runProgram('errors', [], { env: { MILLRACE_JVM_OPTIONS: '-Xcheck:jni', MILLRACE_AOT_CACHE: 'off' } })
  assert.strictEqual(code, 0, err)
  assert.doesNotMatch(out + err, /WARNING in native method|FATAL ERROR/)
})
