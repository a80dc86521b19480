'use strict'
// The one test command of test-js: lint, types, tests, the published suites; the last line counts everything.
// Usage: node run.js [part ...]   parts: lint c-format types abi golden fixtures contract published interop lifecycle fault soak bench cli (default: all that are there)
// MILLRACE_SUBJECT=peer | millrace runs only that subject. Exits 1 when anything failed or nothing ran.

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { run } = require('node:test')
const { spec } = require('node:test/reporters')
const tier = require('./tier')

const ROOT = path.join(__dirname, '..')
const SUITES = ['abi', 'fixtures', 'golden', 'contract', 'published', 'interop', 'lifecycle', 'fault', 'soak', 'bench', 'cli']
const FILE_TIMEOUT_MS = tier.count('MILLRACE_FILE_TIMEOUT_MS', 1800000, 4 * 3600 * 1000) // a hang, not a slow machine
const bin = (name) => path.join(__dirname, 'node_modules/.bin', name)
const counts = { pass: 0, fail: 0, skipped: 0 }

function check (name, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error) throw error
  counts[status === 0 ? 'pass' : 'fail']++
  console.log(`${status === 0 ? 'ok' : 'FAILED'} ${name}`)
}

const checks = {
  lint: () => {
    const globs = ['test-js', 'js-bindings'].filter(hasScript).map((dir) => `${dir}/**/*.{js,mjs}`)
    check('lint: standard', bin('standard'), globs)
  },
  'c-format': () => {
    const files = ['js-bindings/native', 'native-headers'].flatMap((dir) => fs.readdirSync(path.join(ROOT, dir))
      .filter((name) => /\.[ch]$/.test(name)).map((name) => `${dir}/${name}`))
    check('c-format: clang-format', bin('clang-format'), ['--dry-run', '-Werror', ...files])
  },
  types: () => {
    const types = path.join(ROOT, 'js-bindings/index.d.ts')
    if (!fs.existsSync(types)) return console.log('types: js-bindings/index.d.ts is not there yet')
    const uses = testFiles(path.join(__dirname, 'types'), '.ts')
    const typeRoots = ['--typeRoots', path.join(__dirname, 'node_modules/@types'), '--types', 'node']
    check('types: tsc', bin('tsc'), ['--noEmit', '--strict', '--target', 'es2023', '--module', 'node16', ...typeRoots, types, ...uses])
  }
}

const hasScript = (dir) => fs.readdirSync(path.join(ROOT, dir)).some((name) => name.endsWith('.js'))

function testFiles (dir, ending = '.test.js') {
  if (!fs.existsSync(dir)) return []
  return fs.readdirSync(dir, { recursive: true }).filter((name) => name.endsWith(ending) && !name.includes('node_modules')).sort().map((name) => path.join(dir, name))
}

function runTests (files) {
  return new Promise((resolve, reject) => {
    const stream = run({ files, concurrency: 2, timeout: FILE_TIMEOUT_MS })
    const count = (kind) => ({ details, skip, todo }) => {
      if (details.type === 'suite') return
      if (skip !== undefined || todo !== undefined) counts.skipped++
      else counts[kind]++
    }
    stream.on('test:pass', count('pass'))
    stream.on('test:fail', count('fail'))
    stream.on('error', reject)
    const report = stream.compose(spec)
    report.on('data', (text) => process.stdout.write(text))
    report.on('end', resolve)
  })
}

async function main (parts) {
  const unknown = parts.filter((part) => !checks[part] && !SUITES.includes(part))
  if (unknown.length) throw new Error(`unknown part: ${unknown.join(' ')}; expected ${[...Object.keys(checks), ...SUITES].join(' ')}`)
  const wanted = (part) => parts.length === 0 || parts.includes(part)
  for (const name of Object.keys(checks)) if (wanted(name)) checks[name]()
  // Here, not in two files of tests at once.
  if (wanted('lifecycle')) require('./lifecycle/foreign/install').install()
  if (wanted('published') || wanted('interop')) require('./interop/stack/install').install()
  const files = SUITES.filter(wanted).flatMap((suite) => testFiles(path.join(__dirname, suite)))
  if (files.length) await runTests(files)
  const { pass, fail, skipped } = counts
  console.log(`\nSubjects: ${process.env.MILLRACE_SUBJECT || 'peer and millrace'}\nJavaScript: ${pass} passed, ${fail} failed, ${skipped} skipped`)
  process.exitCode = fail > 0 || pass === 0 ? 1 : 0
}

main(process.argv.slice(2))
