import AsyncAppendOnlyLog = require('../async-append-only-log')
import Flume = require('../index')

/** The same log, its `stream` a pull-stream source: what `Flume(log)` of flumedb's own wants. */
declare function toCompat<T> (log: AsyncAppendOnlyLog.Log<T>): Flume.Log<T>
export = toCompat
