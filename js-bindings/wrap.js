'use strict'
// flumedb/wrap's module, for who wraps a view without Flume: (view, flume) -> the wrapped view.

const wrapView = require('./lib/view')
const { peerError } = require('./lib/errors')

module.exports = (view, flume) => wrapView(view, flume, (name) => {
  if (flume.closed) throw peerError(`cannot call:${name}, flumedb instance closed`, 'ERR_LOG_CLOSED')
})
