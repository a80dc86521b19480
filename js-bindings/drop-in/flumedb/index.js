'use strict'
// flumedb's module, on Millrace.

module.exports = require('./face')('')
