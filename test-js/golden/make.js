'use strict'
// Writes the golden files: logs made by the real flumelog-offset 3.4.4, one per shape and codec, and index.json which says
// what is in each. Java and JavaScript tests read them; README.md beside them describes the index.
//
// Usage: node make.js [directory = test-java/org/millrace/golden/files] [--seed N]; same seed, same bytes.

const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const OffsetLog = require('flumelog-offset')
const LegacyLog = require('flumelog-offset/legacy')
const { random } = require('../random')

const DIRECTORY = path.join(__dirname, '../../test-java/org/millrace/golden/files')
const SEED = 20
const WIDTHS = { 32: 4, 48: 6, 53: 8, legacy: 0 }
const peer = require('flumelog-offset/package.json')

const text = (value) => ({ bytes: Buffer.from(value) })
const repeated = (value, times) => ({ bytes: Buffer.from(value.repeat(times)), unit: Buffer.from(value), times })

/** Appends of each shape: an inner array is one batch. `del` names records by their index, in the order of deletion. */
function shapes (width, seed) {
  return {
    none: { appends: [] },
    'abc-defg': { appends: [text('abc'), text('defg')] },
    batch: { appends: [[text('one'), text('two'), text('three')], text('four'), [text('five')]] },
    'empty-values': { appends: [text('before'), text(''), [text(''), text('')], text('after')] },
    'empty-last': { appends: [text('before'), text('')] },
    deleted: {
      appends: [['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((name) => text(name.repeat(5)))],
      del: [0, 3, 3, 6]
    },
    'all-deleted': { appends: [text('x'), text('yy')], del: [1, 0] },
    zeros: { appends: [text('before'), text('\0\0\0\0'), text('after')] },
    large: { appends: [text('small'), repeated('0123456789abcdef', 4400), [text('behind'), repeated('z', 65536)]] },
    utf8: { appends: [text('{"text":"žluťoučký kůň 🐎 \\ud800"}'), { bytes: Buffer.from([0xff, 0xfe, 0xed, 0xa0, 0x80]) }] },
    imitation: { appends: imitations(width) },
    random: randomShape(random(seed))
  }
}

/** Payloads that hold what recovery looks for: a length and the absolute end offset, a whole frame, and only that offset. */
function imitations (width) {
  const offsetBytes = Math.max(width, 4)
  const records = []
  let offset = 0
  const add = (bytes) => {
    records.push({ bytes })
    offset += bytes.length + 8 + width
  }
  const absolute = (at) => {
    const field = Buffer.alloc(offsetBytes)
    field.writeUInt32BE(at, offsetBytes - 4)
    return field
  }
  const length = (value) => {
    const field = Buffer.alloc(4)
    field.writeUInt32BE(value)
    return field
  }
  add(Buffer.from('honest'))
  const frameAt = offset + 4
  const frameEnd = frameAt + 4 + 6 + 4 + offsetBytes
  add(Buffer.concat([length(6), Buffer.from('forged'), length(6), absolute(frameEnd), Buffer.from('tail')]))
  const trailerEnd = offset + 4 + 4 + offsetBytes
  add(Buffer.concat([length(trailerEnd), absolute(trailerEnd), Buffer.alloc(9, 0x2e)]))
  add(absolute(offset + 4 + offsetBytes))
  return records
}

function randomShape (rng) {
  const appends = []
  let count = 0
  while (count < 150) {
    const batch = Array.from({ length: 1 + rng.below(12) }, () => ({ bytes: rng.bytes(1 + rng.below(rng.below(8) ? 40 : 700)) }))
    count += batch.length
    appends.push(batch.length === 1 ? batch[0] : batch)
  }
  const del = Array.from({ length: count }, (_, i) => i).filter(() => rng.below(8) === 0)
  return { appends, del }
}

const open = (file, codec) => codec === 'legacy' ? LegacyLog(file, 16384) : OffsetLog(file, { offsetCodec: Number(codec) })
const loaded = (log) => new Promise((resolve) => log.since.once(resolve))
const call = (fn, ...args) => new Promise((resolve, reject) => fn(...args, (err, value) => err ? reject(err) : resolve(value)))

async function make (directory, name, codec, { appends, del = [] }) {
  const width = WIDTHS[codec]
  const file = `${name}-${codec}.offset`
  const full = path.join(directory, file)
  const log = open(full, codec)
  await loaded(log)
  const records = []
  const batches = []
  let offset = 0
  for (const append of appends) {
    const batch = Array.isArray(append) ? append : [append]
    batches.push(batch.length)
    const bytes = batch.map((record) => record.bytes)
    const reached = await call(log.append, Array.isArray(append) ? bytes : bytes[0])
    for (const record of batch) {
      records.push({ seq: offset, ...record })
      offset += record.bytes.length + 8 + width
    }
    if (reached !== records[records.length - 1].seq) throw new Error(`${file}: peer says since ${reached}`)
  }
  for (const index of del) await call(log.del, records[index].seq)

  const contents = fs.readFileSync(full)
  if (contents.length !== offset) throw new Error(`${file}: ${contents.length} bytes, expected ${offset}`)
  return {
    file,
    codec: codec === 'legacy' ? codec : Number(codec),
    bytes: contents.length,
    sha256: crypto.createHash('sha256').update(contents).digest('hex'),
    since: await since(full, codec, records),
    batches,
    deleted: del.map((index) => records[index].seq),
    records: records.map(describe)
  }
}

/** What the peer says after opening the file again. Its legacy log throws uncaught when the last record is empty. */
function since (full, codec, records) {
  const last = records[records.length - 1]
  return codec === 'legacy' && last && last.bytes.length === 0 ? last.seq : loaded(open(full, codec))
}

/** A record's bytes are `hex` repeated `times` times (once when left out). All zeros and not empty = reads as deleted. */
function describe ({ seq, bytes, unit = bytes, times }) {
  return { seq, length: bytes.length, hex: unit.toString('hex'), ...(times && { times }) }
}

async function makeAll (directory, seed) {
  fs.mkdirSync(directory, { recursive: true })
  for (const file of fs.readdirSync(directory)) if (file.endsWith('.offset')) fs.rmSync(path.join(directory, file))
  const files = []
  for (const codec of Object.keys(WIDTHS)) {
    for (const [name, shape] of Object.entries(shapes(WIDTHS[codec], seed))) {
      if (codec === 'legacy' && shape.del && name !== 'random') continue // the peer's legacy log cannot delete
      if (codec === 'legacy') delete shape.del
      files.push(await make(directory, name, codec, shape))
    }
  }
  const lines = files.map((file) => '  ' + JSON.stringify(file)).join(',\n')
  fs.writeFileSync(path.join(directory, 'index.json'), `{\n "madeBy": "${peer.name} ${peer.version}",\n "seed": ${seed},\n "files": [\n${lines}\n ]\n}\n`)
  return files
}

if (require.main === module) {
  const seedAt = process.argv.indexOf('--seed')
  const seed = seedAt > 0 ? Number(process.argv[seedAt + 1]) : SEED
  const directory = process.argv[2] && seedAt !== 2 ? process.argv[2] : DIRECTORY
  makeAll(directory, seed).then((files) => console.log(`${directory}: ${files.length} files, seed ${seed}`))
}

module.exports = { makeAll, DIRECTORY, SEED }
