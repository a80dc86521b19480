'use strict'
// Runs test-flumelog 1.0.1 over the subject that swap.js puts in place. Started by published.test.js, once for each codec.

const createLog = require('flumelog-offset')
const testLog = require('test-flumelog')

const codec = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: JSON.parse, buffer: false }

testLog((file) => {
  const name = file.replace('/tmp', process.env.TMPDIR)
  const log = createLog(name, { blockSize: 1024, codec, offsetCodec: Number(process.argv[2]) })
  if (!log.close) log.close = (cb) => cb() // the peer has none, the test wants one
  return log
}, () => {})
