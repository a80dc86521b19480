'use strict'
// A log through the boundary alone (lib/native.js), for the lifecycle programs: no face of flumedb's in between.

const native = require('../../js-bindings/lib/native')

const { F, OP, FLAG } = native

function open (args) {
  const handle = Number(native.cold('log.open', args).handle)
  const { page } = native
  const at = (seq) => {
    page[F.handle] = handle
    page[F.seq] = seq
  }
  return {
    handle,
    append (...texts) {
      const bytes = Buffer.from(texts.join(''))
      const ends = new Uint32Array(texts.length)
      texts.reduce((end, text, i) => (ends[i] = end + Buffer.byteLength(text)), 0)
      at(-1)
      native.dispatchData(OP.append, bytes, ends)
      return page[F.seq]
    },
    get (seq) {
      const bytes = Buffer.alloc(1000)
      const entry = Float64Array.of(seq, 0)
      at(-1)
      native.dispatchData(OP.get, bytes, entry)
      return bytes.toString('utf8', 0, new Uint32Array(entry.buffer)[3])
    },
    state () {
      at(-1)
      native.dispatch(OP.state)
      return { since: page[F.since], durableSince: page[F.durableSince], flags: page[F.flags] }
    },
    drain () {
      at(-1)
      native.dispatch(OP.drain)
      return page[F.seq]
    },
    cursor: (range) => cursor(handle, range),
    close: () => native.cold('log.close', { handle })
  }
}

function cursor (log, range) {
  const handle = Number(native.cold('cursor.open', { log, ...range }).handle)
  const { page } = native
  const bytes = Buffer.alloc(1 << 16)
  const index = new Uint32Array(4 * 1000)
  return {
    handle,
    /** Texts of the next records, or null while the disk is waited for. */
    next (flags = 0) {
      page[F.handle] = handle
      page[F.flags] = flags
      native.dispatchData(OP.next, bytes, index)
      if (page[F.flags] & FLAG.pending) return null
      return Array.from({ length: page[F.count] }, (_, i) => bytes.toString('utf8', index[4 * i + 2], index[4 * i + 2] + index[4 * i + 3]))
    },
    close: () => native.cold('cursor.close', { handle })
  }
}

/** Every record of a log, waiting for the disk. */
function all (log) {
  const reader = log.cursor()
  const texts = []
  for (let more = reader.next(FLAG.wait); more.length; more = reader.next(FLAG.wait)) texts.push(...more)
  reader.close()
  return texts
}

module.exports = { open, all, native }
