'use strict'
// argv: file. Prints how many records the log has, and the last one.

const { open, all } = require('../log')

const texts = all(open({ format: 'offset', path: process.argv[2], readOnly: true }))
console.log(JSON.stringify({ count: texts.length, last: texts.at(-1) }))
