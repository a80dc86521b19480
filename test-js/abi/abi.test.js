'use strict'
// JavaScript's copy of millrace.h against the C compiler: every number in lib/abi.js becomes a static assertion, and nothing the
// header declares is missing. When this fails after a change of the header: node js-bindings/native/generate-abi.js

const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const abi = require('../../js-bindings/lib/abi')
const { generate, HEADER, OUTPUT } = require('../../js-bindings/native/generate-abi')
const { tempDir } = require('../temp')

// An address is read as a BigUint64 too.
const C_TYPES = { Float64: 'double', Uint32: 'uint32_t', Int32: 'int32_t', BigInt64: 'int64_t', BigUint64: 'uint64_t' }
const header = fs.readFileSync(HEADER, 'utf8')

/** C that compiles only when the header beside it says what abi.js says. */
function assertions () {
  const numbers = Object.entries(Object.assign({}, abi.constants, ...Object.values(abi.enums)))
  const lines = numbers.map(([name, value]) => must(`${name} == ${value}`))
  for (const [struct, { byteSize, fields }] of Object.entries(abi.structs)) {
    lines.push(must(`sizeof(${struct}) == ${byteSize}`))
    for (const [field, { offset, type }] of Object.entries(fields)) {
      const value = `((${struct} *)0)->${field}`
      const other = type === 'BigUint64' ? `int64_t: 0, double: 0, default: sizeof ${value} == sizeof(void *)` : 'default: 0'
      lines.push(must(`offsetof(${struct}, ${field}) == ${offset}`), must(`_Generic(${value}, ${C_TYPES[type]}: 1, ${other})`))
    }
  }
  return lines
}

const must = (condition) => `_Static_assert(${condition}, "abi.js says: ${condition}");`

/** What the C compiler says against abi.js when it reads the given header; nothing when it agrees. */
function objections (headerFile) {
  const input = ['#include <stddef.h>', `#include "${headerFile}"`, ...assertions()].join('\n')
  const { stderr, error } = spawnSync(process.env.CC || 'cc', ['-std=c11', '-fsyntax-only', '-x', 'c', '-'], { input, encoding: 'utf8' })
  if (error) throw error
  return stderr
}

function withChange (t, pattern, change) {
  const planted = header.replace(pattern, change)
  assert.notStrictEqual(planted, header, `${pattern} is not in millrace.h: choose another place to plant the change`)
  const file = path.join(tempDir(t), 'millrace.h')
  fs.writeFileSync(file, planted)
  return file
}

test('every number in abi.js is what the C compiler says', () => {
  assert.strictEqual(objections(HEADER), '')
  assert.ok(assertions().length > 50, `only ${assertions().length} assertions`)
})

test('nothing that millrace.h declares is missing in abi.js', () => {
  assert.strictEqual(fs.readFileSync(OUTPUT, 'utf8'), generate())
})

test('abi.js cannot be changed by its users', () => {
  assert.throws(() => { abi.structs.mr_record.fields.seq.offset = 8 }, TypeError)
})

// The canaries: changes of the header that contradict abi.js ...
for (const [what, pattern, change] of [
  ['a constant', /(MR_ABI_VERSION) \d+/, '$1 9999'],
  ['a status', /(MR_ERR_HANDLE) = \d+/, '$1 = 9999'],
  ['a field before another', /uint32_t start;/, 'uint32_t planted; $&'],
  ['fields swapped', /(uint32_t start;)([^]*)(uint32_t length;)/, '$3$2$1'],
  ['a type of the same size', /double (seq;)/, 'int64_t $1'],
  ['a sign', /uint32_t start;/, 'int32_t start;'],
  ['a removed constant', /#define MR_DELETED .*/, '']
]) {
  test(`a changed header is seen: ${what}`, (t) => {
    const file = withChange(t, pattern, change)
    assert.match(objections(file), /error:/)
    assert.notStrictEqual(generate(file), generate())
  })
}

// ... and additions, which only the completeness test can see.
for (const [what, pattern, change] of [
  ['a constant', /#define MR_DELETED/, '#define MR_PLANTED 7\n$&'],
  ['a status', /MR_OK = 0,/, '$& MR_PLANTED = 90,'],
  ['a struct', /} mr_record;/, '$& typedef struct mr_new { int32_t a; } mr_new;']
]) {
  test(`an addition to the header is seen: ${what}`, (t) => {
    assert.notStrictEqual(generate(withChange(t, pattern, change)), generate())
  })
}

test('a declaration that the generator cannot read is refused', (t) => {
  const file = withChange(t, /#endif\s*$/, 'typedef union u { int a; } u;\n$&')
  assert.throws(() => generate(file), /cannot read: typedef union u/)
})
