'use strict'
// Another program that cuts files under their reader: a line `BYTES FILE` on its input, a line back when it is done.

const { spawn } = require('node:child_process')
const readline = require('node:readline')

const PROGRAM = `
  const fs = require('node:fs')
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [bytes, ...file] = line.split(' ')
    fs.truncateSync(file.join(' '), Number(bytes))
    process.stdout.write('done\\n')
  })
`

class Cutter {
  constructor () {
    this.child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  async cut (file, bytes) {
    this.child.stdin.write(`${bytes} ${file}\n`)
    await this.lines.next()
  }

  end () {
    this.child.stdin.end()
  }
}

module.exports = { Cutter }
