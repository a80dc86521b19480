'use strict'
// What the tests of the ssb-db in MILLRACE_DB get for its create.js (contract/swap.js).

module.exports = require('./index').create
