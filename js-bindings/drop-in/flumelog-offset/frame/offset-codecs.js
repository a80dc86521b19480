'use strict'
// flumelog-offset/frame/offset-codecs's module, on Millrace.

module.exports = require('../face')('/flumelog-offset/frame/offset-codecs')
