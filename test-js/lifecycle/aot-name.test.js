'use strict'
// The AOT cache's name is remembered, not hashed, from one start to the next: it must still change whenever the jar does.

const { test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { rememberedName } = require('../../js-bindings/lib/aot-cache')

function setUp (t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-aot-'))
  t.after(() => fs.rmSync(dir, { recursive: true }))
  const java = { home: dir, libjvm: path.join(dir, 'libjvm.so') }
  fs.mkdirSync(path.join(dir, 'lib'))
  for (const file of ['release', 'lib/modules', 'libjvm.so', 'our.jar']) fs.writeFileSync(path.join(dir, file), 'one')
  const jar = path.join(dir, 'our.jar')
  return { jar, notes: path.join(dir, 'names.json'), name: (options = ['-Xrs']) => rememberedName(dir, jar, java, options) }
}

test('the name is remembered; other options have another', (t) => {
  const { name, notes } = setUp(t)
  const first = name()
  const written = fs.readFileSync(notes, 'utf8')
  assert.strictEqual(name(), first)
  assert.strictEqual(fs.readFileSync(notes, 'utf8'), written)
  assert.notStrictEqual(name(['-Xss4m']), first)
  assert.strictEqual(name(), first)
})

test('a jar of the same size and mtime in place of another has another name', (t) => {
  const { jar, name } = setUp(t)
  const first = name()
  const { atime, mtime } = fs.statSync(jar)
  fs.writeFileSync(jar, 'two')
  fs.utimesSync(jar, atime, mtime)
  assert.notStrictEqual(name(), first)
  fs.writeFileSync(jar, 'one')
  assert.strictEqual(name(), first)
})

test('notes that are damaged, or name something else, cost a hash and nothing more', (t) => {
  const { name, notes } = setUp(t)
  const first = name()
  const good = fs.readFileSync(notes, 'utf8')
  for (const bad of ['', '{', 'null', '7', good.slice(0, -3), good.replace(first, '../elsewhere.aot')]) {
    fs.writeFileSync(notes, bad)
    assert.strictEqual(name(), first)
    assert.strictEqual(name(), first)
  }
})

test('no more than a few names are remembered', (t) => {
  const { name, notes } = setUp(t)
  for (let i = 0; i < 40; i++) name([`-Xmx${i}m`])
  assert.strictEqual(Object.keys(JSON.parse(fs.readFileSync(notes, 'utf8'))).length, 16)
})
