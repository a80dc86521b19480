'use strict'
// What Java does for a log in the background: started by a cold call, told by wakes of a handle of its own.

const alive = require('./alive')
const native = require('./native')
const { MillraceError } = require('./error')

/**
 * @param {function} cold makes a cold call for the log
 * @param {string} name of the call that gives a task
 * @param {function(object)|null} onProgress
 * @param {function(Error|null, object)} cb
 */
function runTask (cold, name, onProgress, cb) {
  let handle
  try {
    handle = Number(cold(name).handle)
  } catch (err) {
    return process.nextTick(cb, err)
  }
  alive.hold()
  const over = (err, reply) => {
    native.offWake(handle)
    alive.release()
    cb(err, reply)
  }
  const look = () => {
    const reply = native.cold('task.look', { handle })
    if (reply.percent !== undefined && onProgress) onProgress(progressOf(reply))
    if (reply.state === 'done') over(null, reply)
    else if (reply.state === 'failed') over(new MillraceError(reply.code, reply.text))
  }
  native.onWake(handle, look)
}

function progressOf (reply) {
  return {
    startOffset: Number(reply.startOffset),
    compactedOffset: Number(reply.compactedOffset),
    unshiftedOffset: Number(reply.unshiftedOffset),
    percent: Number(reply.percent)
  }
}

module.exports = { runTask, progressOf }
