'use strict'
// async-append-only-log's module, on Millrace.

module.exports = require('./face')('/async-append-only-log')
