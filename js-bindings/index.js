'use strict'
// The public face: `require('millrace')` is flumedb's Flume(log, isReady, mapper). What is ours stands beside it, and loads only
// when it is asked for.

const Flume = require('./lib/flume')

const lazily = (name, load) => Object.defineProperty(Flume, name, { get: load, enumerable: true, configurable: true })

lazily('OffsetLog', () => require('./flumelog-offset'))
lazily('wal', () => require('./wal'))
lazily('memory', () => require('./lib/memory'))
lazily('operators', () => require('./lib/query-operators'))
lazily('views', () => require('./lib/views').builtIn)
lazily('view', () => require('./lib/script-views').view)
for (const name of ['verify', 'repair', 'stat', 'convert']) lazily(name, () => require('./lib/maintenance')[name])
lazily('MillraceError', () => require('./lib/error').MillraceError)
lazily('start', () => require('./lib/native').start)
lazily('useJava', () => require('./lib/native').useJava)

module.exports = Flume
