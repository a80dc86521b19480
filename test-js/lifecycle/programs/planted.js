'use strict'
// argv: leak? Makes the sanitized addon overflow a block of its own, or lose one: the test's canary.

const addon = require(process.env.MILLRACE_ADDON)

require('../log').open({ format: 'memory' }).append('x') // the JVM is inside, as in the real runs
addon.plant(process.argv[2] === 'leak')
