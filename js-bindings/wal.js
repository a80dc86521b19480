'use strict'
// A segmented write-ahead log: a directory of checked files; an append calls back when it is on disk.

const path = require('node:path')
const { createLog } = require('./lib/log')
const { Codec } = require('./lib/codec')
const { argument } = require('./lib/errors')

const LEVELS = ['memory', 'os', 'sync']
const NUMBERS = ['segmentBytes', 'preallocateBytes', 'bufferBytes', 'writeTimeoutMs', 'groupWaitMicros', 'retainBytes', 'retainMs', 'zstdLevel']

/**
 * @param {string} dir created when missing
 * @param {object} [opts] {codec, durable: 'sync' (default) | 'os' | 'memory', readOnly, segmentBytes, preallocateBytes, bufferBytes,
 *   writeTimeoutMs, groupWaitMicros, retainBytes, retainMs, zstdLevel: 1 to 22 compresses sealed segments, key: a Buffer of 32 bytes
 *   that encrypts them}
 */
module.exports = function Wal (dir, opts = {}) {
  if (typeof dir !== 'string' || dir === '') throw argument(`the log's directory is ${dir === '' ? 'empty' : `a ${typeof dir}`}, expected a path`)
  const { codec, durable = 'sync', readOnly, key } = opts
  if (!LEVELS.includes(durable)) throw argument(`durable is ${String(durable)}, expected one of ${LEVELS.join(', ')}; the log was not opened`)
  if (key !== undefined && !(key instanceof Uint8Array)) throw argument('key is not a Buffer; the log was not opened')
  const options = { format: 'wal', path: path.resolve(dir), durable, readOnly }
  for (const name of NUMBERS) options[name] = opts[name]
  if (key) options.key = Buffer.from(key).toString('hex')
  return createLog(dir, options, Codec.of(codec))
}
