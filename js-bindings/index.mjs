// import Flume, { wal, views } from 'millrace'. Node reads a CommonJS module's names out of its text, where those that index.js loads when they are
// asked for do not stand; test-js/lifecycle/esm.test.js holds both lists together.

import Flume from './index.js'

export default Flume
export const { OffsetLog, wal, memory, operators, views, view, verify, repair, stat, convert, MillraceError, start, useJava } = Flume
