'use strict'
// Runs one file of a peer's test folder in a process of its own over the chosen subject (contract/swap.js, which child processes of
// the file inherit) and counts its assertions.

const assert = require('node:assert')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const FILE_TIMEOUT_MS = 600000 // a hang, not a slow machine
const PEER_TRIES = 3 // their files race with their own timers and random names; ours have to pass at once
const SWAP = path.join(__dirname, '../contract/swap.js')

/** {status, signal, output} of `node args`; its temporary files go to `dir`. */
function run (args, subject, { cwd, dir, swap = true, level = false, native }) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, MILLRACE_SUBJECT: subject.name, TMPDIR: dir }
    if (swap || level || native) env.NODE_OPTIONS = `--require ${SWAP}`
    if (level) env.MILLRACE_LEVEL = 'ours'
    if (native) env.MILLRACE_DB = native
    delete env.NODE_TEST_CONTEXT // node's own runner marks its children; these print TAP for us
    const child = spawn(process.execPath, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: FILE_TIMEOUT_MS })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, output: Buffer.concat(chunks).toString() }))
  })
}

/**
 * The file ends by itself, with status 0 and no assertion failed but `failing` named ones, and with as many good ones as expected.
 *
 * @param {string[]} args the file, and what it takes
 * @param {number|number[]} asserts how many succeed; any of several
 * @param {{cwd?: string, failing?: string[], swap?: boolean, level?: boolean, native?: string}} [options] cwd: a directory of the file's own when left out;
 *   swap false: the subject is installed there; level: with our flumeview-level, too; native: a directory of ssb-db, whose tests are to get ours over it
 */
async function passes (t, subject, args, asserts, options = {}) {
  const tries = subject.ours ? 1 : PEER_TRIES
  for (let i = 1; ; i++) {
    try {
      return await passesOnce(t, subject, args, asserts, options)
    } catch (err) {
      if (i === tries) throw err
      t.diagnostic(`the peer's own test failed over the peer, try ${i} of ${tries}: ${err.message}`)
    }
  }
}

async function passesOnce (t, subject, args, asserts, { cwd, failing = [], swap, level, native }) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-published-'))
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }))
  const { status, signal, output } = await run(args, subject, { cwd: cwd || dir, dir, swap, level, native })
  const lines = output.split('\n')
  const tail = lines.filter((line) => /^not ok|Error|^ {4,}at /.test(line)).concat(lines.slice(-15)).join('\n')
  assert.strictEqual(signal, null, `did not end within ${FILE_TIMEOUT_MS} ms\n${tail}`)
  const failed = lines.filter((line) => /^not ok/.test(line)).map((line) => line.replace(/^not ok \d+ /, ''))
  assert.deepStrictEqual(failed, failing, tail)
  assert.strictEqual(status, failing.length > 0 ? 1 : 0, `exit status ${status}\n${tail}`)
  const ok = lines.filter((line) => /^ok/.test(line)).length
  assert.ok([asserts].flat().includes(ok), `${ok} assertions, expected ${asserts}\n${tail}`)
}

module.exports = { passes }
