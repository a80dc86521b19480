'use strict'
// The package as an application sees it that has installed it: every name of package.json's `exports` by require, by import and in TypeScript.

const test = require('node:test')
const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { tempDir } = require('../temp')
const { BINDINGS } = require('../subjects')

const NODE_MODULES = path.join(__dirname, '../node_modules')
const { exports: EXPORTS, peerDependencies } = require('../../js-bindings/package.json')
const specifiers = Object.keys(EXPORTS).filter((name) => name !== './package.json').map((name) => 'millrace' + name.slice(1))

/** A directory with the package linked in, as npm does it, and `file` with this text. */
function application (t, file, text) {
  const dir = tempDir(t)
  fs.mkdirSync(path.join(dir, 'node_modules'))
  fs.symlinkSync(BINDINGS, path.join(dir, 'node_modules/millrace'))
  fs.symlinkSync(path.join(NODE_MODULES, '@types'), path.join(dir, 'node_modules/@types'))
  fs.writeFileSync(path.join(dir, file), text)
  return path.join(dir, file)
}

function output (cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  assert.strictEqual(status, 0, stdout + stderr)
  return stdout
}

test('what can be required can be imported, and is the same', (t) => {
  const file = application(t, 'all.mjs', `
    import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    const peers = ${JSON.stringify(Object.keys(peerDependencies))}
    let count = 0
    for (const name of ${JSON.stringify(specifiers)}) {
      try {
        const { default: imported } = await import(name)
        if (imported !== require(name)) throw new Error(name + ': imported is not what is required')
        count++
      } catch (err) {
        if (!peers.some((peer) => err.message.includes(peer))) throw err
      }
    }
    console.log(count)`)
  assert.ok(Number(output(path.dirname(file), file)) >= 10)
})

test('import { … } from millrace: every name of what is required', (t) => {
  const file = application(t, 'names.mjs', `
    import * as all from 'millrace'
    import Flume, { OffsetLog, views } from 'millrace'
    const { default: same, ...named } = all
    const given = new Set(Reflect.ownKeys(function () {}))
    console.log(JSON.stringify({
      imported: Object.keys(named).sort(),
      required: Reflect.ownKeys(Flume).filter((name) => !given.has(name)).sort(),
      areSame: same === Flume && Object.entries(named).every(([name, value]) => Flume[name] === value) && OffsetLog === Flume.OffsetLog && views === Flume.views
    }))`)
  const { imported, required, areSame } = JSON.parse(output(path.dirname(file), file))
  assert.deepStrictEqual(imported, required)
  assert.ok(areSame)
})

test('TypeScript finds the types of each, for require and for import', (t) => {
  const typed = specifiers.filter((name) => EXPORTS['.' + name.slice('millrace'.length)].types)
  const uses = (line) => typed.map((name, i) => `${line(`name${i}`, name)}\nconst use${i}: object = name${i}`).join('\n')
  const required = application(t, 'required.cts', uses((name, from) => `import ${name} = require('${from}')`))
  const imported = path.join(path.dirname(required), 'imported.mts')
  fs.writeFileSync(imported, `${uses((name, from) => `import ${name} from '${from}'`)}
    import Flume, { views, wal, OffsetLog, MillraceError } from 'millrace'
    const db: Flume.Database = Flume(OffsetLog('log')).use('keys', views.keys())
    const log: Flume.WalLog<Buffer> = wal('wal')
    console.log(db, log, new MillraceError('ERR_ARGUMENT', 'x').code)`)
  const tsc = path.join(NODE_MODULES, 'typescript/bin/tsc')
  output(path.dirname(required), tsc, '--noEmit', '--strict', '--target', 'es2023', '--module', 'node16', '--types', 'node', required, imported)
})

test('a package that a plugin works with and that is not there is named, with what to do', () => {
  const { requirePeer, directoryOfPeer } = require('../../js-bindings/ssb/require-peer')
  const expected = { code: 'MODULE_NOT_FOUND', message: /the application's own no-such-package: npm install no-such-package\./ }
  for (const look of [requirePeer, directoryOfPeer]) assert.throws(() => look('no-such-package'), expected)
  assert.throws(() => requirePeer('no-such-package/util'), expected)
})

test('what npm packs builds its addon, and has nothing of the tests', (t) => {
  const dir = tempDir(t)
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json'], { cwd: BINDINGS, encoding: 'utf8' })
  assert.strictEqual(status, 0, stderr)
  const files = Object.values(JSON.parse(stdout))[0].files.map((file) => file.path)
  assert.deepStrictEqual(files.filter((file) => /Sanitize|node_modules/.test(file)), [])
  for (const file of ['index.js', 'index.d.ts', 'java/millrace.jar', 'build/Release/millrace.node']) assert.ok(files.includes(file), file)
  for (const file of files.filter((file) => !file.startsWith('build/'))) fs.cpSync(path.join(BINDINGS, file), path.join(dir, file))
  fs.symlinkSync(path.join(BINDINGS, 'node_modules'), path.join(dir, 'node_modules'))
  output(dir, 'native/build.js')
  assert.ok(fs.existsSync(path.join(dir, 'build/Release/millrace.node')))
})

test('a class path that no JVM could read is an error that says so', (t) => {
  const file = application(t, 'emoji.js', `
    try {
      require('millrace').start({ classpath: ['/somewhere/\u{1f389}.jar'] })
    } catch (err) { console.log(err.message) }`)
  assert.match(output(path.dirname(file), file), /^ERR_JAVA_START .*beyond U\+FFFF/)
})

test('a home in which nothing can be made only goes without the cache', { skip: fs.existsSync('/proc/self') ? false : 'SKIPPED: no /proc' }, (t) => {
  const file = application(t, 'home.js', "require('millrace').start(); console.log('started')")
  const env = { ...process.env, HOME: '/proc', XDG_CACHE_HOME: '', MILLRACE_AOT_CACHE: '' }
  const { stdout, stderr } = spawnSync(process.execPath, [file], { env, encoding: 'utf8', timeout: 180000, killSignal: 'SIGKILL' })
  assert.strictEqual(stdout.trim(), 'started', stderr)
})
