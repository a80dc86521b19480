'use strict'
// argv: file, way. Appends at level memory and ends without close, by one of several ways.

const { open } = require('../log')

const [, , path, way] = process.argv
const log = open({ format: 'offset', path, durable: 'memory' })
for (let i = 0; i < 1000; i++) log.append(`record ${i}`)
if (way === 'exit') process.exit(0)
if (way === 'throw') throw new Error('planted')
if (way === 'exit in a handler') process.on('exit', () => log.append('last words'))
