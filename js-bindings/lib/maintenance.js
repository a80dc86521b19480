'use strict'
// verify, repair, stat and convert of logs that are not open: the command line's work, in a Java process of its own, so that a long
// run neither holds up this one nor ends with it half done.

const { execFile } = require('node:child_process')
const path = require('node:path')
const { findJava } = require('./java-home')
const { argument, coded } = require('./errors')
const { withCallback } = require('./promise')

const JAR = path.join(__dirname, '../java/millrace-cli.jar')
const DAMAGED = 1 // org.millrace.cli.Exit
const ANSWER_BYTES_MAX = 256 << 20

function run (args, cb) {
  let java
  try {
    java = findJava()
  } catch (err) {
    return process.nextTick(cb, err)
  }
  const options = { encoding: 'utf8', maxBuffer: ANSWER_BYTES_MAX }
  execFile(path.join(java.home, 'bin/java'), ['-XX:+UseSerialGC', '-jar', JAR, ...args, '--json'], options, (err, stdout, stderr) => {
    if (!err || (err.code === DAMAGED && stdout !== '')) return cb(null, JSON.parse(stdout))
    const [, code = 'ERR_JAVA_START', text = err.message] = /^millrace: (ERR_\w+) (.*)$/m.exec(stderr) || []
    cb(coded(code, text))
  })
}

/** `name(file, [opts], [cb])`; a promise without a callback. `more` turns what follows the file into arguments. */
function operation (name, more = () => []) {
  return function (file, opts, cb) {
    if (typeof opts === 'function') [opts, cb] = [{}, opts]
    if (typeof file !== 'string' || file === '') throw argument(`${name}: the log is ${String(file)}, expected a path`)
    const format = opts && opts.format ? ['--format', String(opts.format)] : []
    return withCallback(name, cb, (done) => run([name, path.resolve(file), ...more(opts || {}), ...format], done))
  }
}

/** What is damaged, if anything: {whole, records, damages, …}. Changes nothing. */
const verify = operation('verify')

/** Makes a damaged log whole: {changed, quarantine, before, after, …}. */
const repair = operation('repair')

/** Format, size, last sequence, without reading the log. */
const stat = operation('stat')

/** Copies a log into a new one: opts {target, to: format, skipDamaged}. */
const convert = operation('convert', ({ target, to, skipDamaged }) => {
  if (typeof target !== 'string' || typeof to !== 'string') throw argument('convert: opts.target (a path) and opts.to (a format) are needed')
  return [path.resolve(target), '--to', to, ...(skipDamaged ? ['--skip-damaged'] : [])]
})

module.exports = { verify, repair, stat, convert }
