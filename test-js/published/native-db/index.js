'use strict'
// What the tests of the ssb-db in MILLRACE_DB get for its index.js (contract/swap.js).

module.exports = require('../../../js-bindings/ssb/native-db').nativeDb(process.env.MILLRACE_DB)
