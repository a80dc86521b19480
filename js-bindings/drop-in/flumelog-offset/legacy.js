'use strict'
// flumelog-offset/legacy's module, on Millrace.

module.exports = require('./face')('/flumelog-offset/legacy')
