'use strict'
// The rows of bench-flumelog 2.0.0, each on an open log, plus the batch face's two. A row resolves to {ops, seconds, p99Us, bytes}.

const pull = require('pull-stream')
const paramap = require('pull-paramap')
const { random } = require('../random')

const APPENDS_AT_ONCE = 16
const GETS_AT_ONCE = 1024
const STREAMS = 10
const STREAM_SECONDS_MAX = 600
const BATCH = 1000
const SAMPLE_EVERY = 64

const now = () => Number(process.hrtime.bigint()) / 1e3

/** bench-flumelog's 1000 ready Buffers of about 150 bytes of JSON, the same in every run. */
function records () {
  const { next } = random(1)
  return Array.from({ length: 1000 }, (_, seq) => {
    const value = { seq, random: next(), time: new Date(seq).toString(), foo: { bar: next() < 0.5, length: 0 } }
    value.length = JSON.stringify(value).length
    return Buffer.from(JSON.stringify(value))
  })
}

/** Latency of every 64th operation. */
function sampler () {
  const samples = []
  let n = 0
  return {
    begin: () => n++ % SAMPLE_EVERY === 0 ? now() : 0,
    end: (begun) => { if (begun) samples.push(now() - begun) },
    p99: () => samples.length ? samples.sort((a, b) => a - b)[Math.floor(samples.length * 0.99)] : 0
  }
}

function timed (run) {
  return new Promise((resolve, reject) => {
    const start = now()
    const sample = sampler()
    let bytes = 0
    let ops = 0
    run({
      sample,
      count: (data) => { ops++; bytes += data.length },
      done: (err) => err && err !== true ? reject(err) : resolve({ ops, bytes, seconds: (now() - start) / 1e6, p99Us: sample.p99() })
    })
  })
}

/** Appends for `secs`, 16 unacknowledged; with `drained`, the time until all is on disk counts too. */
function append (log, { secs, drained }) {
  const ready = records()
  const { below } = random(2)
  const end = Date.now() + secs * 1000
  return timed(({ sample, count, done }) => pull(
    pull.infinite(() => ready[below(ready.length)]),
    paramap((data, cb) => {
      count(data)
      const begun = sample.begin()
      log.append(data, (err, seq) => { sample.end(begun); cb(err, seq) })
    }, APPENDS_AT_ONCE),
    pull.drain(() => Date.now() <= end, (err) => {
      if (drained && log.onDrain) log.onDrain(() => done(err))
      else done(err)
    })
  ))
}

/** Reads everything, collects the seqs and asks the clock at every record, as bench-flumelog does; its time limit is never met. */
function stream (log, { opts, seqs = [] }) {
  const end = Date.now() + STREAM_SECONDS_MAX * 1000
  return timed(({ sample, count, done }) => pull(
    log.stream(opts),
    pull.drain(({ value, seq, offset }) => {
      count(value)
      seqs.push(seq === undefined ? offset : seq)
      return Date.now() <= end
    }, done)
  ))
}

async function stream10 (log) {
  const start = now()
  const all = await Promise.all(Array.from({ length: STREAMS }, () => stream(log, {})))
  const sum = (name) => all.reduce((total, row) => total + row[name], 0)
  return { ops: sum('ops'), bytes: sum('bytes'), seconds: (now() - start) / 1e6, p99Us: 0 }
}

/** `secs` of gets, 1024 unacknowledged, of seqs that a stream gave. */
function gets (log, { secs, seqs }) {
  const { below } = random(3)
  const end = Date.now() + secs * 1000
  return timed(({ sample, count, done }) => pull(
    pull.infinite(() => seqs[below(seqs.length)]),
    paramap((seq, cb) => {
      const begun = sample.begin()
      log.get(seq, (err, value) => { sample.end(begun); cb(err, value) })
    }, GETS_AT_ONCE),
    pull.drain((value) => { count(value); return Date.now() <= end }, done)
  ))
}

/** Ours alone: ready batches of 1000 records in one Buffer each. */
function appendBatches (log, { secs }) {
  const ready = records()
  const bytes = Buffer.concat(ready)
  let end = 0
  const ends = Uint32Array.from(ready.slice(0, BATCH), (record) => (end += record.length))
  return timed(({ sample, count, done }) => {
    const stop = Date.now() + secs * 1000
    const next = () => {
      const begun = sample.begin()
      log.appendBatch(bytes, ends, (err) => {
        if (err) return done(err)
        sample.end(begun)
        for (let i = 0; i < BATCH; i++) count(ready[i])
        if (Date.now() > stop) done() // behind one batch at least
        else setImmediate(next)
      })
    }
    next()
  })
}

/** Ours alone: every record's length and first byte through the batch face. */
async function scanBatches (log) {
  const start = now()
  let ops = 0
  let bytes = 0
  let sum = 0
  for await (const batch of log.batches()) {
    for (let i = 0; i < batch.count; i++) {
      bytes += batch.length(i)
      sum = (sum + batch.bytes[batch.start(i)]) | 0
    }
    ops += batch.count
  }
  return { ops, bytes, seconds: (now() - start) / 1e6, p99Us: 0, sum }
}

module.exports = { append, stream, stream10, gets, appendBatches, scanBatches, records }
