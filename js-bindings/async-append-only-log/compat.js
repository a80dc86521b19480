'use strict'
// async-append-only-log/compat: the same log object, its `stream` a pull-stream source, as flumedb wants it.

const { pullOf } = require('../lib/push-stream')

module.exports = function toCompat (log) {
  log.onWrite = log.since.set
  const { stream } = log
  log.stream = (opts) => pullOf(stream.call(log, opts))
  return log
}
