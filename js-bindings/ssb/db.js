'use strict'
// ssb-db for secret-stack, the application's own, with native indexes: `last`, `keys`, `clock`, `time`, `feed`, `links`. The same manifest,
// the same rows. Brings flumedb and log with it: no `overrides`. What differs stands in docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('millrace/ssb/db'))          `.create` is ssb-db/create

const { nativeDb } = require('./native-db')
const { directoryOfPeer } = require('./require-peer')

module.exports = nativeDb(directoryOfPeer('ssb-db'))
