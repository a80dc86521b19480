'use strict'
// flumeview-level's module: its keys in Java, beside a log of ours.

module.exports = require('./lib/level-view')
