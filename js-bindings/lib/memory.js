'use strict'
// A log in off-heap memory: flumelog-memory's purpose. Its sequences are 0, 1, 2, …

const { createLog } = require('./log')
const { Codec } = require('./codec')
const { optionsOf } = require('./options')

/** @param {object} [opts] {codec, bytesMax: refuse what would go beyond, with ERR_LOG_FULL} */
module.exports = function MemoryLog (opts) {
  const { codec, bytesMax } = optionsOf('memory', opts)
  return createLog(null, { format: 'memory', durable: 'memory', bytesMax }, Codec.of(codec))
}
