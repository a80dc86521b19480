'use strict'
// async-append-only-log's module, on Millrace: the same call, the same file, the same object.

const path = require('node:path')
const { createBlockLog } = require('./lib/block-log')
const { argument } = require('./lib/errors')

const BLOCK_BYTES = 65536
const WRITE_TIMEOUT_MS = 250
const LEVELS = ['memory', 'os', 'sync']

/**
 * @param {string} filename
 * @param {object} [opts] {blockSize 65536, codec {encode, decode}, writeTimeout 250 ms, validateRecord(buffer) -> boolean: asked of
 *   the records of the last block at open}; ours: durable 'memory' | 'os' | 'sync', flags 'r' = read-only. `writeTimeout` is the
 *   longest time from an append to its fdatasync; the peer's starts anew with every append.
 */
module.exports = function AsyncAppendOnlyLog (filename, opts = {}) {
  if (typeof filename !== 'string' || filename === '') throw argument(`the log's file is ${filename === '' ? 'empty' : `a ${typeof filename}`}, expected a path`)
  if (opts === null) opts = {}
  if (typeof opts !== 'object') throw argument(`options are a ${typeof opts}, expected an object`)
  const { durable = 'memory', flags, validateRecord } = opts
  if (!LEVELS.includes(durable)) throw argument(`durable is ${String(durable)}, expected one of ${LEVELS.join(', ')}; the log was not opened`)
  return createBlockLog(filename, {
    format: 'block',
    path: path.resolve(filename),
    blockBytes: opts.blockSize || BLOCK_BYTES,
    writeTimeoutMs: opts.writeTimeout || WRITE_TIMEOUT_MS,
    durable,
    readOnly: flags === 'r'
  }, opts.codec, validateRecord)
}
