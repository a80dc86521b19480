'use strict'
// flumelog-offset/legacy's module, on Millrace.

module.exports = require('../flumelog-offset').legacy
