'use strict'
// Builds the sanitized addon and runs lifecycle programs with it, the JVM inside.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { runProgram } = require('./child')

const BINDINGS = path.join(__dirname, '../../js-bindings')
const ADDON = path.join(BINDINGS, 'build/Sanitize/millrace.node')
// The JVM and V8 use these signals themselves.
const OPTIONS = 'handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:allow_user_segv_handler=1'

function libasan () {
  try {
    const file = execFileSync(process.env.CC || 'cc', ['-print-file-name=libasan.so']).toString().trim()
    return path.isAbsolute(file) && fs.existsSync(file) ? file : null
  } catch {
    return null
  }
}

const LIBASAN = libasan()
const skip = LIBASAN ? false : 'SKIPPED: no libasan.so beside the C compiler'

function build () {
  execFileSync(process.execPath, [path.join(BINDINGS, 'native/build.js')], { env: { ...process.env, MILLRACE_SANITIZE: '1' } })
}

function runSanitized (program, args, options = 'detect_leaks=0') {
  const env = { LD_PRELOAD: LIBASAN, MILLRACE_ADDON: ADDON, MILLRACE_AOT_CACHE: 'off', ASAN_OPTIONS: `${OPTIONS}:${options}`, UBSAN_OPTIONS: 'print_stacktrace=1' }
  return runProgram(program, args, { env })
}

module.exports = { build, runSanitized, skip }
