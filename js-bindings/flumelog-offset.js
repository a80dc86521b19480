'use strict'
// flumelog-offset's module, on Millrace: the same call, the same file, the same object; close, onDrain and more beside it.

const path = require('node:path')
const { createLog } = require('./lib/log')
const { Codec } = require('./lib/codec')
const { argument } = require('./lib/errors')

const LEVELS = ['memory', 'os', 'sync']
const WIDTHS = { 4: 32, 6: 48, 8: 53 } // bytes of the peer's offset codec objects -> bits

/**
 * @param {string} file
 * @param {object} [opts] {codec, offsetCodec: 32 | 48 | 53 or an object of the peer's, flags: 'r' = read-only, durable:
 *   'memory' | 'os' | 'sync', checksums: true = kept beside the log for verify, keepRevealed: true = db.reveal may keep plaintext
 *   beside the log}; blockSize and cache are accepted and not needed. Or the old forms (file, blockSize, codec) and (file, codec).
 */
function OffsetLog (file, opts, codec) {
  return open(file, optionsOf(opts, codec), (options) => bitsOf(options.offsetCodec))
}

/** The old frame without an end offset: flumelog-offset/legacy. (file, blockSize, codec) or (file, codec). */
function LegacyLog (file, opts, codec) {
  return open(file, optionsOf(opts, codec), () => 'legacy')
}

function open (file, options, kind) {
  if (typeof file !== 'string' || file === '') throw argument(`the log's file is ${file === '' ? 'empty' : `a ${typeof file}`}, expected a path`)
  const { durable = 'os', flags } = options
  if (!LEVELS.includes(durable)) throw argument(`durable is ${String(durable)}, expected one of ${LEVELS.join(', ')}; the log was not opened`)
  const codec = Codec.of(options.codec)
  return createLog(file, {
    format: 'offset',
    path: path.resolve(file),
    offsetCodec: kind(options),
    durable,
    readOnly: flags === 'r',
    checksums: options.checksums,
    keepRevealed: options.keepRevealed,
    recordBytesMax: options.recordBytesMax,
    waitingMax: options.waitingMax,
    writeTimeoutMs: options.writeTimeoutMs
  }, codec)
}

/** Both old call forms as options; a codec in their place is told by its functions. */
function optionsOf (opts, codec) {
  if (opts === undefined || opts === null) return { codec }
  if (typeof opts === 'number') return { codec }
  if (typeof opts !== 'object' && typeof opts !== 'function') throw argument(`options are a ${typeof opts}, expected an object`)
  return typeof opts.encode === 'function' && typeof opts.decode === 'function' ? { codec: opts } : opts
}

function bitsOf (offsetCodec) {
  if (offsetCodec === undefined || offsetCodec === null) return 32
  if ([32, 48, 53].includes(offsetCodec)) return offsetCodec
  const bits = WIDTHS[offsetCodec.byteWidth]
  if (bits) return bits
  throw argument(`offsetCodec is ${String(offsetCodec)}, expected 32, 48, 53 or one of flumelog-offset's codec objects; the log was not opened`)
}

module.exports = OffsetLog
module.exports.legacy = LegacyLog
