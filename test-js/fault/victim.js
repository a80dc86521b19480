'use strict'
// A process that acknowledges by lines on its output, to be killed in the middle. The pipe keeps what was written before the kill.

const { spawn } = require('node:child_process')
const path = require('node:path')

const WAIT_MS = 600000 // a hang, not a slow machine

class Victim {
  /** @param {string} program name in programs/ */
  constructor (program, args) {
    this.text = ''
    this.lines = 0
    this.last = -1
    this.waiting = null
    this.child = spawn(process.execPath, [path.join(__dirname, 'programs', `${program}.js`), ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.child.stdout.on('data', (data) => this.hear(String(data)))
    this.ended = new Promise((resolve) => this.child.on('close', resolve))
    this.ended.then(() => this.check())
  }

  hear (data) {
    const lines = (this.text + data).split('\n')
    this.text = lines.pop() // perhaps a part of a line: that one was not acknowledged
    this.lines += lines.length
    if (lines.length) this.last = Math.max(this.last, Number(lines[lines.length - 1]))
    this.check()
  }

  /** Waits for so many lines; an error when the process ends or hangs before. */
  async heard (lines) {
    const timer = setTimeout(() => this.waiting.reject(new Error(`the child hangs after ${this.lines} lines`)), WAIT_MS)
    await new Promise((resolve, reject) => {
      this.waiting = { lines, resolve, reject }
      this.check()
    })
    clearTimeout(timer)
  }

  check () {
    const { waiting } = this
    if (!waiting) return
    if (this.lines >= waiting.lines) waiting.resolve()
    else if (this.child.exitCode !== null) waiting.reject(new Error(`the child ended by itself after ${this.lines} lines`))
  }

  /** Kill -9; the last acknowledgement that got out, -1 for none. */
  async kill () {
    this.child.kill('SIGKILL')
    await this.ended
    return this.last
  }
}

module.exports = { Victim }
