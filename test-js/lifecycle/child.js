'use strict'
// Runs a lifecycle program in a process of its own, on this Node.js or another, and tells how it ended.

const { spawn } = require('node:child_process')
const path = require('node:path')

const TIMEOUT_MS = 600000 // a hang, not a slow machine

/**
 * @param {string} program name in programs/
 * @param {string[]} args
 * @param {{node?: string, env?: object}} [options]
 * @returns {Promise<{code: number|null, signal: string|null, out: string, err: string}>}
 */
function runProgram (program, args = [], { node = process.execPath, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const file = path.join(__dirname, 'programs', `${program}.js`)
    const child = spawn(node, [file, ...args.map(String)], { env: { ...process.env, NODE_OPTIONS: '', ...env }, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => { out += data })
    child.stderr.on('data', (data) => { err += data })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
}

module.exports = { runProgram }
