'use strict'
// Private names by which our own parts recognise each other through flumedb's public objects.

module.exports = {
  ENGINE: Symbol('millrace.engine'), // on a log of ours: its engine
  CODEC: Symbol('millrace.codec'), // on a log of ours: what turns its records into values
  SOURCE: Symbol('millrace.source'), // on a log of ours whose `stream` is another interface's: makes a pull-stream of {value, seq}
  SELF_FED: Symbol('millrace.selfFed'), // on a view that Java feeds from its own log
  PROGRESS: Symbol('millrace.progress'), // on a native view: how fast it is
  FAILED: Symbol('millrace.failed'), // on a native view: an observable, true while waiting for it is vain; its methods tell why
  REACH: Symbol('millrace.reach'), // on a native view: catch up now, when that is quick
  LOOKUPS: Symbol('millrace.lookups') // on a native view, by name: (key, upTo, cb) answers if the view stands there, else it says false
}
