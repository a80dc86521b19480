'use strict'
// flumelog-offset's module, on Millrace.

module.exports = require('./face')('/flumelog-offset')
