'use strict'
// What every contract test uses: one describe block per chosen subject, a workspace that closes and removes what a test opened,
// callbacks as promises. A test that hangs fails after TEST_TIMEOUT_MS.

const { describe, test } = require('node:test')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const pull = require('pull-stream')
const { subjects } = require('../subjects')

const TEST_TIMEOUT_MS = 600000 // a hang, not a slow machine
const CLOSE_TIMEOUT_MS = 300000

/** Runs `define(subject)` inside one describe block for each chosen subject. */
function contract (title, define) {
  for (const subject of subjects) {
    describe(`${title} [${subject.name}]`, () => define(subject))
  }
}

/** A test of ours alone: the peer has not the behaviour at all, or has a defect there (docs/DIFFERENCES.md). */
function onOurs (subject, title, body) {
  if (subject.ours) both(title, body)
}

function both (title, body) {
  test(title, { timeout: TEST_TIMEOUT_MS }, async (t) => {
    // A callback that never comes leaves nothing to wait for, and node would cancel the rest of the file: stay until the timeout.
    const stay = setInterval(() => {}, TEST_TIMEOUT_MS)
    t.signal.addEventListener('abort', () => clearInterval(stay))
    try {
      await body(t)
    } finally {
      clearInterval(stay)
    }
  })
}

/** Directory of one test, with everything opened in it; closed last to first, then removed, when the test ends. */
function workspace (t, subject) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-contract-'))
  const opened = []
  t.after(async () => {
    let hung = 0
    for (const closeable of opened.reverse()) if (await within(CLOSE_TIMEOUT_MS, closeQuietly(closeable)) === 'late') hung++
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    if (hung) throw new Error(`${hung} of ${opened.length} logs or databases of this test did not close within ${CLOSE_TIMEOUT_MS} ms`)
  })
  const keep = (closeable) => {
    opened.push(closeable)
    return closeable
  }
  const file = path.join(dir, 'log.offset')
  return {
    dir,
    file,
    keep,
    log: (opts, name = file) => keep(subject.OffsetLog(name, opts)),
    json: (name = file) => keep(subject.OffsetLog(name, { codec: json })),
    flume: (log, ...rest) => keep(subject.Flume(log, ...rest))
  }
}

/** The promise's value, or 'late'. Its timer keeps the process alive meanwhile, and not longer. */
async function within (ms, promise) {
  let timer
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms, 'late') })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

async function closeQuietly (closeable) {
  if (closeable.views === undefined) await loaded(closeable.since) // a peer log that still opens its file would recreate it
  if (!closeable.close || closeable.closed === true) return
  await new Promise((resolve) => {
    try {
      closeable.close(resolve)
    } catch {
      resolve() // closed by the test itself
    }
  })
}

const json = { encode: (value) => Buffer.from(JSON.stringify(value)), decode: (text) => JSON.parse(text), buffer: false }
const text = { encode: (value) => Buffer.from(value), decode: String, buffer: false }

/** Calls `fn(...args, cb)`; resolves with the callback's second argument. */
const call = (fn, ...args) => new Promise((resolve, reject) => fn(...args, (err, value) => err ? reject(err) : resolve(value)))

/** Calls `fn(...args, cb)`; resolves with all arguments of the callback, the error first. */
const callArgs = (fn, ...args) => new Promise((resolve) => fn(...args, (...results) => resolve(results)))

/** The error of `fn(...args, cb)`, thrown or called back: for rows where either is clean. Undefined when there was none. */
async function errorOf (fn, ...args) {
  try {
    const [err] = await callArgs(fn, ...args)
    return err || undefined
  } catch (err) {
    return err
  }
}

/** Ours beside the peer's: a peer face keeps the peer's code in `code` and ours in `millraceCode`. */
const codeOf = (err) => err && err.millraceCode

const collect = (source) => new Promise((resolve, reject) => {
  pull(source, pull.collect((err, items) => err ? reject(err) : resolve(items)))
})

/** Drains a live source; `wait(n)` resolves with the items once there are n; `stop()` aborts it, `late` is what came after. */
function tap (source) {
  const items = []
  const late = []
  let waiting = null
  const state = { ended: false, error: null }
  const finish = (err) => {
    state.ended = true
    state.error = err === true ? null : err
    if (waiting) waiting.resolve(items)
  }
  const take = (end, item) => {
    if (end) return finish(end)
    if (state.ended) return late.push(item)
    items.push(item)
    if (waiting && items.length >= waiting.count) waiting.resolve(items)
    next()
  }
  const next = () => { if (!state.ended) source(null, take) }
  next()
  return {
    items,
    late,
    state,
    wait: (count) => new Promise((resolve) => {
      if (items.length >= count || state.ended) resolve(items)
      else waiting = { count, resolve }
    }),
    stop: () => new Promise((resolve) => {
      if (state.ended) return resolve()
      state.ended = true
      source(true, () => resolve())
    })
  }
}

/** Resolves with the first value the observable has or gets. */
const loaded = (since) => new Promise((resolve) => since.once(resolve))

/** Resolves as soon as the observable's value satisfies `condition`. */
const until = (observable, condition) => new Promise((resolve) => {
  let done = false
  const remove = observable((value) => {
    if (done || !condition(value)) return
    done = true
    setImmediate(() => remove())
    resolve(value)
  })
})

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

module.exports = { contract, both, onOurs, workspace, json, text, call, callArgs, errorOf, codeOf, collect, tap, loaded, until, delay }
