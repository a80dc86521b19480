'use strict'
// File names are UTF-8, as Node.js has them, whatever the locale of the environment says: none at all in many containers, one that is
// not installed in others. Java goes by the locale that it finds when it boots.

const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { tempDir } = require('../temp')

const NAME = 'grün 日本 😀'
const LOCALES = { none: {}, 'LC_ALL=C': { LC_ALL: 'C' }, 'LANG of a locale that is not there': { LANG: 'xx_XX.UTF-8' } }

const skip = !/^C\.utf-?8$/im.test(spawnSync('locale', ['-a'], { encoding: 'utf8' }).stdout) && 'SKIPPED: the system has no locale C.UTF-8'

const PROGRAM = `const millrace = require(process.argv[1])
  const { LC_ALL } = process.env
  const db = millrace(millrace.OffsetLog(process.argv[2], { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } }))
  db.use('keys', millrace.views.keys())
  db.append({ key: 'k', value: {} }, (err) => {
    if (err) throw err
    db.keys.get('k', (err, { key }) => db.close((closing) => console.log(err || closing || key, process.env.LC_ALL === LC_ALL)))
  })`

for (const [title, locale] of Object.entries(LOCALES)) {
  const { LC_ALL, LC_CTYPE, LANG, ...rest } = process.env
  const run = (...args) => spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...rest, ...locale } })

  test(`a log by a name beyond ASCII, with views; the environment stays as it was: ${title}`, { skip }, (t) => {
    const file = path.join(tempDir(t), NAME, NAME)
    const { stdout, stderr } = run('-e', PROGRAM, require.resolve('../../js-bindings'), file)
    assert.strictEqual(stdout, 'k true\n', stderr)
    assert.deepStrictEqual(fs.readdirSync(path.dirname(file)).sort(), [NAME, `${NAME}.lock`, 'millrace'].sort())
    const { status, stderr: words } = run(path.join(__dirname, '../../js-bindings/bin/millrace.js'), 'verify', file)
    assert.strictEqual(status, 0, words)
  })
}
