import Flume = require('../index')

declare const LegacyLog: Flume.OffsetLogModule
export = LegacyLog
