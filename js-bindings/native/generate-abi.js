'use strict'
// Writes js-bindings/lib/abi.js, JavaScript's copy of native-headers/millrace.h: `node js-bindings/native/generate-abi.js`.
// Names come from what the C preprocessor leaves of the header; every number is printed by a C program that includes it.
// test-js/abi compares the outcome with the C compiler. CC names the compiler, default cc.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const HEADER = path.join(__dirname, '../../native-headers/millrace.h')
const OUTPUT = path.join(__dirname, '../lib/abi.js')

// How DataView and typed arrays name a field's type. An address is read like an integer.
const C_TYPE = `
#define TYPE(x) _Generic((x), double: "Float64", float: "Float32", \\
    signed char: "Int8", unsigned char: "Uint8", short: "Int16", unsigned short: "Uint16", int: "Int32", unsigned: "Uint32", \\
    long: "BigInt64", unsigned long: "BigUint64", long long: "BigInt64", unsigned long long: "BigUint64", default: "BigUint64")
`

function compiler (args, options) {
  return execFileSync(process.env.CC || 'cc', args, { encoding: 'utf8', ...options })
}

/** The header without comments and without what it includes; its #define lines stay. */
function preprocessed (header) {
  let ours = false
  const lines = compiler(['-E', '-dD', header]).split('\n').filter((line) => {
    if (line.startsWith('# ')) ours = line.includes(`"${header}"`)
    return ours && !line.startsWith('# ') && !line.startsWith('#include')
  })
  return lines.join('\n')
}

/** Names by kind. Reads the few forms that millrace.h uses and refuses any other, so that nothing is skipped in silence. */
function declarations (header) {
  let unread = preprocessed(header)
  const take = (pattern) => {
    const found = [...unread.matchAll(pattern)]
    unread = unread.replace(pattern, '')
    return found
  }
  take(/^#define \w+ *$/gm) // include guard
  const constants = take(/^#define (\w+) +\S.*$/gm).map((match) => match[1])
  const bodies = (pattern, member) => take(pattern).map(([, name, body]) => ({ name, members: members(body, member) }))
  const enums = bodies(/typedef enum (\w+) \{([^}]*)\} \1\s*;/g, /(\w+)\s*(?:=[^,]*)?(?:,|$)/g)
  const structs = bodies(/typedef struct (\w+) \{([^}]*)\} \1\s*;/g, /[\w ]+[ *](\w+)\s*;/g)
  take(/typedef [\w ]+\(\*\w+\)\([^()]*\)\s*;/g) // function types: JavaScript calls none
  if (unread.trim()) throw new Error(`${header}: cannot read: ${unread.trim()}`)
  return { constants, enums, structs }

  function members (body, pattern) {
    const rest = body.replace(pattern, '').trim()
    if (rest) throw new Error(`${header}: cannot read: ${rest}`)
    return [...body.matchAll(pattern)].map((match) => match[1])
  }
}

/** A C program that prints abi.js, without the lines that are the same for every header. */
function program (header, { constants, enums, structs }) {
  const print = (format, ...values) => `printf(${[JSON.stringify(format + '\n'), ...values].join(', ')});`
  const number = (indent, name, comma) => print(`${indent}${name}: %lld${comma}`, `(long long)(${name})`)
  const listed = (items, line) => items.flatMap((item, i) => line(item, i < items.length - 1 ? ',' : ''))
  const group = (name, content) => [print(`const ${name} = freeze({`), ...content, print('})\n')]
  const nested = (name, comma, content) => [print(`  ${name}: {`), ...content, print(`  }${comma}`)]
  const lines = [
    ...group('constants', listed(constants, (name, comma) => number('  ', name, comma))),
    ...group('enums', listed(enums, ({ name, members }, comma) =>
      nested(name, comma, listed(members, (member, comma) => number('    ', member, comma))))),
    ...group('structs', listed(structs, ({ name, members }, comma) => nested(name, comma, [
      print('    byteSize: %zu,', `sizeof(${name})`),
      print('    fields: {'),
      ...listed(members, (field, comma) => print(`      ${field}: { offset: %zu, type: '%s' }${comma}`,
        `offsetof(${name}, ${field})`, `TYPE(((${name} *)0)->${field})`)),
      print('    }')
    ])))
  ]
  const includes = `#include <stddef.h>\n#include <stdio.h>\n#include ${JSON.stringify(header)}\n`
  return `${includes}${C_TYPE}int main(void) {\n${lines.join('\n')}\nreturn 0;\n}\n`
}

/** The text of abi.js for a header. */
function generate (header = HEADER) {
  header = path.resolve(header)
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-abi-'))
  try {
    const binary = path.join(dir, 'abi')
    const input = program(header, declarations(header))
    compiler(['-std=c11', '-Wall', '-Werror', '-o', binary, '-x', 'c', '-'], { input })
    return `${HEAD}${execFileSync(binary, { encoding: 'utf8' })}${FOOT}`
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

const HEAD = `'use strict'
// Generated from native-headers/millrace.h: node js-bindings/native/generate-abi.js. Do not edit.
// Sizes and offsets are bytes; a field's type is the name that DataView's get and set end with.

`
const FOOT = `function freeze (object) {
  for (const value of Object.values(object)) if (typeof value === 'object') freeze(value)
  return Object.freeze(object)
}

module.exports = freeze({ constants, enums, structs })
`

module.exports = { generate, HEADER, OUTPUT }

if (require.main === module) fs.writeFileSync(OUTPUT, generate())
