'use strict'
// flumedb/wrap's module, on Millrace.

module.exports = require('./face')('/wrap')
