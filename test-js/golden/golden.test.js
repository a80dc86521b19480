'use strict'
// The committed golden files are what the real peer writes today, byte for byte.

const { test } = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { makeAll, DIRECTORY, SEED } = require('./make')
const { tempDir } = require('../temp')

test('the peer writes the committed golden files again', async (t) => {
  const dir = tempDir(t)
  await makeAll(dir, SEED)
  const names = fs.readdirSync(dir).sort()
  assert.deepStrictEqual(fs.readdirSync(DIRECTORY).filter((name) => /^index.json$|\.offset$/.test(name)).sort(), names)
  for (const name of names) {
    assert.ok(fs.readFileSync(path.join(dir, name)).equals(fs.readFileSync(path.join(DIRECTORY, name))), `${name} differs`)
  }
})
