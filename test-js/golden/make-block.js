'use strict'
// Writes the golden files of the block format: logs made by the real async-append-only-log 4.3.10 and async-flumelog 2.0.0,
// for blocks of 1,024 and 65,536 bytes, and index.json which says what is in each. README.md beside them describes the index.
//
// Usage: node make-block.js [directory = test-java/org/millrace/golden/files/block] [--seed N]; same seed, same bytes.

const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const { random } = require('../random')

const DIRECTORY = path.join(__dirname, '../../test-java/org/millrace/golden/files/block')
const SEED = 43
const WRITE_TIMEOUT_MS = 1
const BLOCK_SIZES = [1024, 65536]
const PEERS = {
  aaol: { name: 'async-append-only-log', open: require('async-append-only-log'), full: true },
  flumelog: { name: 'async-flumelog', open: require('async-flumelog'), full: false }
}

const filled = (length, fill) => ({ bytes: Buffer.alloc(length, fill), unit: Buffer.from(fill), times: length })
const text = (value) => ({ bytes: Buffer.from(value) })

/** Operations of each shape. `full`: only the younger peer can (transactions, deletion, compaction); `large`: also in large blocks. */
function shapes (block, seed) {
  return {
    'abc-defg': { large: true, ops: [['append', text('abc')], ['append', text('defg')]] },
    batch: { ops: [['append', [text('one'), text('two'), text('three')]], ['append', text('four')]] },
    edges: { large: true, ops: edges(block) },
    zeros: { full: true, ops: [['append', text('before')], ['append', text('\0\0\0\0')], ['append', text('after')]] },
    transaction: { full: true, ops: transactions(block) },
    deleted: { full: true, ops: [['append', 'r0 r1 r2 r3 r4 r5'.split(' ').map((name) => text(name.repeat(5)))], ['del', 0], ['del', 3], ['del', 3], ['del', 5]] },
    'all-deleted': { full: true, ops: [['append', text('x')], ['append', text('yy')], ['del', 1], ['del', 0]] },
    random: { large: true, ops: randomOps(random(seed), block, false) },
    'random-deleted': { full: true, large: true, ops: [...randomOps(random(seed + 1), block, true), ['compact']] },
    'hole-last-block': { full: true, ops: holeInLastBlock(block) }
  }
}

/** The largest record, and blocks that end with the 2 reserved bytes, with 3, with 4, and too full for one more byte. */
function edges (block) {
  return [
    ['append', filled(block - 4, 'm')],
    ['append', text('first of block')],
    ['append', filled(block - 16 - 2 - 2, 'e')],
    ['append', filled(block - 5, 't')],
    ['append', text('x')],
    ['append', filled(block - 3 - 2 - 4, 'f')],
    ['append', text('y')],
    ['append', filled(Math.floor(block / 2), 'h')],
    ['append', filled(Math.floor(block / 2), 'j')]
  ]
}

function transactions (block) {
  const third = Math.floor(block / 3)
  return [
    ['append', filled(third, 'a')],
    ['transaction', [filled(third, 'b'), text('c'), text('d')]],
    ['transaction', [filled(third, 'e'), filled(third, 'f')]],
    ['append', text('g')]
  ]
}

function holeInLastBlock (block) {
  const half = filled(Math.floor(block / 2) - 8, 'h')
  return [['append', [half, half, half, half, text('last')]], ['del', 3], ['compact']]
}

function randomOps (rng, block, deletes) {
  const ops = []
  const blocks = block > 10000 ? 1.3 : 12
  let bytes = 0
  let count = 0
  while (bytes < blocks * block) {
    const record = () => ({ bytes: Buffer.concat([Buffer.from([1 + rng.below(255)]), rng.bytes(rng.below(rng.below(6) ? block / 20 : block / 2))]) })
    const records = Array.from({ length: 1 + rng.below(4) }, record)
    for (const { bytes: { length } } of records) bytes += length + 2
    count += records.length
    ops.push(['append', records.length === 1 ? records[0] : records])
  }
  if (deletes) for (let i = 0; i < count; i++) if (rng.below(3) === 0) ops.push(['del', i])
  return ops
}

const call = (fn, ...args) => new Promise((resolve, reject) => fn(...args, (err, value) => err ? reject(err) : resolve(value)))
const loaded = (log) => new Promise((resolve) => log.since((since) => { resolve(since); return false }))
const drained = (log) => new Promise((resolve) => log.onDrain(resolve))
const deletesFlushed = (log) => log.onDeletesFlushed ? call(log.onDeletesFlushed) : undefined

/** Runs one shape; gives the index entries of the files it leaves: the log, and what compaction made of it. */
async function make (directory, peer, block, name, { ops }) {
  const file = `${name}-${block}.${peer}`
  const full = path.join(directory, file)
  const log = PEERS[peer].open(full, { blockSize: block, writeTimeout: WRITE_TIMEOUT_MS })
  await loaded(log)
  const records = []
  const entries = []
  const settle = async () => { await drained(log); await deletesFlushed(log) }
  for (const [op, argument] of ops) {
    if (op === 'compact') {
      await settle()
      const before = `${name}-before-${block}.${peer}`
      fs.copyFileSync(full, path.join(directory, before))
      entries.push(describe(directory, before, peer, block, records, log.since.value))
      const states = await compact(log, full)
      const kept = await readAll(log)
      entries.push({ ...describe(directory, file, peer, block, kept, log.since.value), compactedFrom: before, states })
    } else if (op === 'del') {
      await drained(log)
      await call(log.del, records[argument].seq)
      records[argument].deleted = true
    } else {
      const list = Array.isArray(argument) ? argument : [argument]
      const bytes = list.map((record) => record.bytes)
      const append = op === 'transaction' ? log.appendTransaction : log.append
      const reached = await call(append, Array.isArray(argument) ? bytes : bytes[0])
      place(list, block, op === 'transaction', records)
      const expected = records[records.length - 1].seq
      if ((op === 'transaction' ? reached[reached.length - 1] : reached) !== expected) throw new Error(`${file}: peer says ${reached}, not ${expected}`)
    }
  }
  await settle()
  if (ops.at(-1)[0] === 'compact') await statsCleared(full + '.stats')
  if (!entries.length) entries.push(describe(directory, file, peer, block, records, log.since.value))
  await call(log.close)
  const stats = full + '.stats'
  if (fs.existsSync(stats)) {
    entries[entries.length - 1].stats = fs.readFileSync(stats, 'utf8')
    fs.rmSync(stats)
  }
  return entries
}

/** Where the peers place records: in the current block, or at the start of the next when a record (a transaction) does not fit. */
function place (list, block, together, records) {
  const last = records[records.length - 1]
  let at = last ? last.seq + 2 + last.bytes.length : 0
  const fit = (bytes) => { if (at % block + bytes + 2 > block || (at > 0 && at % block === 0)) at = Math.ceil(at / block) * block }
  if (together) fit(list.reduce((sum, { bytes }) => sum + 2 + bytes.length, 0))
  for (const record of list) {
    if (!together) fit(2 + record.bytes.length)
    records.push({ ...record, seq: at })
    at += 2 + record.bytes.length
  }
}

/** Compacts, and keeps what a crash after its second and after its last sync would leave: [log, state] pairs. */
async function compact (log, full) {
  const fsync = fs.fsync
  const kept = []
  const state = full + '.compaction'
  const keep = log.blockSize < 10000 // the large ones would only be large
  let previous = null
  fs.fsync = (fd, cb) => fsync(fd, (err) => {
    if (keep && fs.existsSync(state) && fs.statSync(state).size > 0) {
      previous = [fs.readFileSync(full), fs.readFileSync(state)]
      if (kept.length < 2) kept.push(previous)
    }
    cb(err)
  })
  try {
    await call(log.compact)
  } finally {
    fs.fsync = fsync
  }
  if (previous && !kept.includes(previous)) kept.push(previous)
  return kept.map(([logBytes, stateBytes], i) => {
    const name = `${path.basename(full)}.crash${i}`
    fs.writeFileSync(path.join(path.dirname(full), name), logBytes)
    fs.writeFileSync(path.join(path.dirname(full), name + '.compaction'), stateBytes)
    return name
  })
}

/** The peer writes its stats after it has called back. */
async function statsCleared (stats) {
  const cleared = () => fs.existsSync(stats) && JSON.parse(fs.readFileSync(stats, 'utf8') || '{}').deletedBytes === 0
  while (!cleared()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function readAll (log) {
  const records = []
  return new Promise((resolve) => log.stream({ offsets: true }).pipe({
    paused: false,
    write: ({ offset, value }) => records.push(value ? { seq: offset, bytes: value } : { seq: offset, bytes: Buffer.alloc(1), deleted: true }),
    end: () => resolve(records)
  }))
}

/** Payloads are not repeated here: a record's bytes stand in the file, `length` of them from seq + 2. */
function describe (directory, file, peer, block, records, since) {
  const contents = fs.readFileSync(path.join(directory, file))
  return {
    file,
    peers: [PEERS[peer].name],
    blockSize: block,
    bytes: contents.length,
    sha256: crypto.createHash('sha256').update(contents).digest('hex'),
    since,
    records: records.map(({ seq, bytes }) => [seq, bytes.length]),
    deleted: records.filter(({ deleted, bytes }) => deleted || bytes.every((byte) => byte === 0)).map(({ seq }) => seq)
  }
}

/** A file that both peers write alike is kept once, and names both. */
function merge (directory, files, entry) {
  const twin = files.find(({ sha256, blockSize }) => sha256 === entry.sha256 && blockSize === entry.blockSize)
  if (!twin) return files.push(entry)
  twin.peers.push(...entry.peers)
  fs.rmSync(path.join(directory, entry.file))
}

async function makeAll (directory, seed) {
  fs.mkdirSync(directory, { recursive: true })
  for (const file of fs.readdirSync(directory)) if (/\.(aaol|flumelog)/.test(file)) fs.rmSync(path.join(directory, file))
  const files = []
  for (const peer of Object.keys(PEERS)) {
    for (const block of BLOCK_SIZES) {
      for (const [name, shape] of Object.entries(shapes(block, seed))) {
        if (shape.full && !PEERS[peer].full) continue
        if (block > 10000 && !shape.large) continue
        for (const entry of await make(directory, peer, block, name, shape)) merge(directory, files, entry)
      }
    }
  }
  const madeBy = Object.values(PEERS).map(({ name }) => `${name} ${require(`${name}/package.json`).version}`).join(', ')
  const lines = files.map((file) => '  ' + JSON.stringify(file)).join(',\n')
  fs.writeFileSync(path.join(directory, 'index.json'), `{\n "madeBy": "${madeBy}",\n "seed": ${seed},\n "files": [\n${lines}\n ]\n}\n`)
  return files
}

if (require.main === module) {
  const seedAt = process.argv.indexOf('--seed')
  const seed = seedAt > 0 ? Number(process.argv[seedAt + 1]) : SEED
  const directory = process.argv[2] && seedAt !== 2 ? process.argv[2] : DIRECTORY
  makeAll(directory, seed).then((files) => console.log(`${directory}: ${files.length} files, seed ${seed}`))
}

module.exports = { makeAll, DIRECTORY, SEED }
