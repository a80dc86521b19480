'use strict'
// What Java does for a log in the background: started by a cold call, told by wakes of a handle of its own.

const alive = require('./alive')
const apart = require('./apart')
const native = require('./native')
const { MillraceError } = require('./error')

/**
 * @param {function} cold makes a cold call for the log
 * @param {string} name of the call that gives a task
 * @param {function(object)|null} onProgress
 * @param {function(Error|null, object)} cb
 * @returns {number} its handle; 0 when it could not begin, which cb is told
 */
function runTask (cold, name, onProgress, cb) {
  let handle
  try {
    handle = Number(cold(name).handle)
  } catch (err) {
    process.nextTick(cb, err)
    return 0
  }
  alive.hold()
  const over = (err, reply) => {
    native.offWake(handle)
    alive.release()
    cb(err, reply)
  }
  const look = () => {
    const reply = native.cold('task.look', { handle })
    if (reply.percent !== undefined && onProgress) apart(onProgress, progressOf(reply))
    if (reply.state === 'done') over(null, reply)
    else if (reply.state === 'failed') over(new MillraceError(reply.code, reply.text))
  }
  native.onWake(handle, look)
  return handle
}

/** Returns when the task is over, or was over before; what came of it is told later, as always. */
function awaitTask (handle) {
  native.cold('task.wait', { handle })
}

/** Java saves and closes the view of `engine` on a thread of its own. cb(err) */
function closeInJava (view, cb) {
  const handle = view.letGo()
  if (handle === 0) cb(null)
  else view.engine.closeBehind([handle], [], cb)
}

/** Java removes what it has of the view, on a thread of its own: a save may be under way. cb(err) */
function rebuildInJava ({ handle }, cb) {
  runTask((name) => native.cold(name, { view: handle }), 'task.rebuild', null, cb)
}

function progressOf (reply) {
  return {
    startOffset: Number(reply.startOffset),
    compactedOffset: Number(reply.compactedOffset),
    unshiftedOffset: Number(reply.unshiftedOffset),
    percent: Number(reply.percent)
  }
}

module.exports = { runTask, awaitTask, closeInJava, rebuildInJava, progressOf }
