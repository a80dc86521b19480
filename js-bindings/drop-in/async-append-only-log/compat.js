'use strict'
// async-append-only-log/compat's module, on Millrace.

module.exports = require('./face')('/async-append-only-log/compat')
