import Flume = require('./index')

/** flumeview-level's module: `map` gives a record's keys. */
declare function level<T = any> (version: number, map: (value: T, seq: number) => any[]): Flume.ViewFactory
export = level
