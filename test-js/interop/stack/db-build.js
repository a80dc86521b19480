'use strict'
// Opens millrace/ssb/db in DIRECTORY, over the ssb-db of that name, and builds its indexes until it is killed.
// Usage: node db-build.js DIRECTORY NAME   prints a line when it has begun

const { pluginOf } = require('./db-pair')

const [directory, name] = process.argv.slice(2)
const keys = require('ssb-keys').generate() // nobody's: all that is encrypted waits
const db = pluginOf.native(name).create(directory, { path: directory }, keys)
setInterval(() => {}, 1000)
db.since.once(() => console.log('begun'))
