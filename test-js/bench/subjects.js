'use strict'
// Who is measured: a log that does nothing, ours, and the real npm peers; each with a pull-stream `stream` and an `append(buffer, cb)`.

const fs = require('node:fs')
const path = require('node:path')
const Obv = require('obz')

const BLOCK_SIZE = 64 * 1024
const file = (dir) => path.join(dir, 'log')

/** The harness' own ceiling: calls back at once, hands out one constant. */
function nullLog (count) {
  const value = Buffer.alloc(150, 'x')
  const since = Obv().set(-1)
  let seq = -1
  return {
    since,
    append (data, cb) { cb(null, ++seq) },
    get (seq, cb) { cb(null, value) },
    stream () {
      let i = 0
      return (abort, cb) => abort || i >= count ? cb(abort || true) : cb(null, { value, seq: i++ })
    },
    close (cb) { cb() }
  }
}

const SUBJECTS = {
  null: { open: (dir, count) => nullLog(count), persistent: false },
  millrace: { open: (dir) => require('../../js-bindings/flumelog-offset')(file(dir), { blockSize: BLOCK_SIZE }) },
  'millrace block': { open: (dir) => pushStream(path.join(__dirname, '../../js-bindings/async-append-only-log'), dir) },
  'flumelog-offset': { open: (dir) => require('flumelog-offset')(file(dir), { blockSize: BLOCK_SIZE, offsetCodec: 53 }), peer: true },
  'async-append-only-log': { open: (dir) => pushStream('async-append-only-log', dir), peer: true },
  'async-flumelog': { open: (dir) => pushStream('async-flumelog', dir), peer: true },
  'flumelog-aligned-offset': { open: alignedOffset, peer: true },
  'flumelog-memory': { open: () => require('flumelog-memory')(), persistent: false }
}

// Peers whose own stream is a push-stream: their compat face, as bench-flumelog's authors ran them.
function pushStream (name, dir) {
  fs.mkdirSync(dir, { recursive: true })
  return require(`${name}/compat`)(require(name)(file(dir), { blockSize: BLOCK_SIZE, block: BLOCK_SIZE }))
}

/** Without `sync`: otherwise every append waits for a 20 ms timer, and the row says nothing. Never closed: that throws while it writes. */
function alignedOffset (dir) {
  const log = pushStream('flumelog-aligned-offset', dir)
  const { append } = log
  log.append = (data, cb) => append(data, false, cb)
  delete log.close
  return log
}

module.exports = { SUBJECTS }
