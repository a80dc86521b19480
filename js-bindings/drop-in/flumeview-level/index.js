'use strict'
// flumeview-level's module, on Millrace.

module.exports = require('./face')('/flumeview-level')
