import Flume = require('./index')

declare const OffsetLog: Flume.OffsetLogModule & { legacy: Flume.OffsetLogModule }
export = OffsetLog
