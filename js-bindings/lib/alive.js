'use strict'
// Keeps the process alive while somebody waits for Java: its wakes do not, so that an open log lets Node.js end.

const LONG_MS = 2 ** 30
let waiting = 0
let timer = null

/** The event loop goes on until `release()` was called as often. */
function hold () {
  if (waiting++ === 0) timer = setInterval(() => {}, LONG_MS)
}

function release () {
  if (--waiting > 0) return
  clearInterval(timer)
  timer = null
}

module.exports = { hold, release }
