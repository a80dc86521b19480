'use strict'
// A tmpfs of 2 MB, to be filled up; it needs root.

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const MEGABYTES = 2
const run = (command, ...args) => spawnSync(command, args).status === 0

/** Mounts one, tells why it cannot be: {dir} or {skip}. Unmounted when the test `t` ends. */
function tinyDisk (t) {
  if (process.getuid() !== 0) return { skip: 'SKIPPED full disk: needs root to mount a tmpfs' }
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-tiny-'))
  const isMounted = run('mount', '-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', dir)
  t.after(() => {
    if (isMounted && !run('umount', dir)) {
      run('umount', '-l', dir) // else it stays for ever
      throw new Error(`${dir} was still in use`)
    }
    fs.rmdirSync(dir)
  })
  return isMounted ? { dir } : { skip: 'SKIPPED full disk: no mounts here' }
}

module.exports = { tinyDisk }
