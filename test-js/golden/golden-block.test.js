'use strict'
// The committed golden files of the block format are what the real peers write today, byte for byte.

const { test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { makeAll, DIRECTORY, SEED } = require('./make-block')
const { tempDir } = require('../temp')

test('the peers write the committed block files again', async (t) => {
  const dir = tempDir(t)
  await makeAll(dir, SEED)
  const names = fs.readdirSync(dir).sort()
  assert.deepStrictEqual(fs.readdirSync(DIRECTORY).filter((name) => name !== 'README.md').sort(), names)
  for (const name of names) {
    assert.ok(fs.readFileSync(path.join(dir, name)).equals(fs.readFileSync(path.join(DIRECTORY, name))), `${name} differs`)
  }
})
