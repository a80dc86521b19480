'use strict'
// A segmented write-ahead log: a directory of checked files; an append calls back when it is on disk.

const path = require('node:path')
const { createLog } = require('./lib/log')
const { Codec } = require('./lib/codec')
const native = require('./lib/native')
const { runTask } = require('./lib/tasks')
const { withCallback } = require('./lib/promise')
const { argument, coded } = require('./lib/errors')
const { optionsOf } = require('./lib/options')
const { ENGINE } = require('./lib/symbols')

const LEVELS = ['memory', 'os', 'sync']
const NUMBERS = ['segmentBytes', 'preallocateBytes', 'bufferBytes', 'writeTimeoutMs', 'waitingMax', 'groupWaitMicros', 'retainBytes', 'retainMs', 'zstdLevel']
const OPTIONS = ['codec', 'durable', 'readOnly', 'key', 'keepRevealed', ...NUMBERS]

/**
 * @param {string} dir created when missing
 * @param {object} [opts] {codec, durable: 'sync' (default) | 'os' | 'memory', readOnly, segmentBytes, preallocateBytes, bufferBytes,
 *   writeTimeoutMs, waitingMax, groupWaitMicros, retainBytes, retainMs, zstdLevel: 1 to 22 compresses sealed segments, key: a Buffer of 32 bytes
 *   that encrypts them, keepRevealed: lets db.reveal keep plaintext: beside the log, or with a key in memory}
 *
 * Beside what every log has: trim(before, cb), retain(cb), both (err, first sequence left), and compact(cb) (err, bytes freed).
 */
module.exports = function Wal (dir, opts) {
  if (typeof dir !== 'string' || dir === '') throw argument(`the log's directory is ${dir === '' ? 'empty' : `a ${typeof dir}`}, expected a path`)
  opts = optionsOf('wal', opts)
  for (const name of Object.keys(opts)) if (!OPTIONS.includes(name)) throw argument(`wal: no option ${name}; there are ${OPTIONS.join(', ')}; the log was not opened`)
  const { codec, durable = 'sync', readOnly, key, keepRevealed } = opts
  if (!LEVELS.includes(durable)) throw argument(`durable is ${String(durable)}, expected one of ${LEVELS.join(', ')}; the log was not opened`)
  if (key !== undefined && !(key instanceof Uint8Array)) throw argument('key is not a Buffer; the log was not opened')
  const options = { format: 'wal', path: path.resolve(dir), durable, readOnly, keepRevealed }
  for (const name of NUMBERS) options[name] = opts[name]
  if (key) options.key = Buffer.from(key).toString('hex')
  const log = createLog(dir, options, Codec.of(codec))
  return Object.assign(log, upkeep(log))
}

/** What takes old or deleted records off the disk, on a Java thread; sequences do not move. */
function upkeep ({ [ENGINE]: engine }) {
  const run = (name, args, answer, cb) => withCallback(name, cb, (done) => {
    if (engine.closed) throw coded('ERR_LOG_CLOSED', `${name}: the log is closed`)
    const cold = (call) => native.cold(call, { log: engine.handle, ...args })
    runTask(cold, `wal.${name}`, null, (err, reply) => err ? done(err) : done(null, Number(reply[answer])))
  })
  return {
    /** Drops the oldest sealed segments whose records all lie before a sequence. */
    trim (before, cb) {
      if (!Number.isSafeInteger(before)) throw argument(`trim: ${String(before)} is no sequence; nothing was dropped`)
      return run('trim', { before }, 'first', cb)
    },
    /** Applies retainBytes and retainMs now; rotation does it by itself. */
    retain: (cb) => run('retain', {}, 'first', cb),
    /** Takes deleted records off the disk, in sealed segments. */
    compact: (cb) => run('compact', {}, 'freedBytes', cb)
  }
}
