'use strict'
// The boundary to Java as the rest of the package sees it: start, cold calls, hot calls through one page, wakes.
//
//   start(options)        boots the JVM, or attaches; lazy and idempotent, any other function calls it when nobody has
//   cold(name, args)      strings in, strings out: open, close, …  -> {key: string}
//   page[F.seq] = …       arguments and results of a hot call; F has the index of each field of mr_call
//   dispatch(OP.get)      one hot call; addresses in the page are those of pinned memory. Throws MillraceError
//   dispatchData(op, …)   the same with typed arrays, whose addresses and lengths stand in the page during the call only
//   onWake(handle, fn)    fn() after something changed behind the handle; at most one call a turn of the event loop
//
// Nothing here keeps the process alive. What is left open at the end of a process or a worker is drained and closed by the addon.

const abi = require('./abi')
const { MillraceError } = require('./error')
const { optionsOf } = require('./options')

/** Operations and flags by short names: OP.append, FLAG.pending; F: index of each field of mr_call in `page`. */
const OP = short(abi.enums.mr_op, 'MR_OP_')
const FLAG = short(abi.enums.mr_flag, 'MR_FLAG_')
const F = Object.freeze(Object.fromEntries(Object.entries(abi.structs.mr_call.fields).map(([name, { offset }]) => [camel(name), offset / 8])))
const CODES = Object.fromEntries(Object.entries(abi.enums.mr_status).map(([name, status]) => [status, name.slice('MR_'.length)]))
const ERROR_TEXT_BYTES = 8192

let addon = null // set by start
let page = null
let errorText = null
let wakes = new Map() // handle -> fn

function short (names, prefix) {
  return Object.freeze(Object.fromEntries(Object.entries(names).map(([name, value]) => [camel(name.slice(prefix.length).toLowerCase()), value])))
}

function camel (name) {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
}

/**
 * Starts Java in this process and this thread; the first thread's options count, later calls do nothing.
 *
 * @param {object} [options]
 * @param {number} [options.maxHeapMb=128] Java's heap; data is not on it
 * @param {string} [options.javaHome] look for Java only there
 * @param {string[]} [options.classpath] jars and folders with views of yours
 * @param {string[]} [options.jvmOptions] more options for the JVM
 * @throws {MillraceError} ERR_JAVA_NOT_FOUND, ERR_JAVA_VERSION, ERR_JAVA_START
 */
function start (options) {
  if (addon) return
  const { launch } = require('./launch')
  const started = launch(optionsOf('start', options), wake)
  wakes = started.wakes ??= wakes // the addon is loaded once a thread; we, once a module registry
  page = new Float64Array(started.page())
  errorText = new Uint8Array(ERROR_TEXT_BYTES)
  addon = started // all of it is there
}

/** Shares the JVM of the npm package `java`; before the first open. lib/launch.js has the details. */
function useJava (java, options) {
  require('./launch').useJava(java, options)
}

/**
 * One cold call: tens of microseconds; for opening, closing and asking, not for records.
 *
 * @param {string} name
 * @param {Object<string, string|number|boolean>} [args] undefined and null are left out
 * @returns {Object<string, string>}
 */
function cold (name, args) {
  if (!addon) start()
  const request = [name]
  for (const key in args) {
    if (args[key] !== undefined && args[key] !== null) request.push(key, String(args[key]))
  }
  const reply = addon.cold(request)
  if (reply[0] !== 'OK') throw new MillraceError(reply[0], reply[1])
  const answer = {}
  for (let i = 1; i < reply.length; i += 2) answer[reply[i]] = reply[i + 1]
  return answer
}

const ESCAPE = '\u0001' // in front of what stands within a string for the 0 between strings, or for itself

const escaped = (part) => part.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`)

/** The request of OP.open: as `cold` takes it, in one string. */
function requestText (name, args) {
  let text = name
  for (const key in args) {
    const value = args[key]
    if (value === undefined || value === null) continue
    const part = String(value)
    text += `\0${key}\0${part.includes('\0') || part.includes(ESCAPE) ? escaped(part) : part}`
  }
  return text
}

/** One hot call with the page as it stands; for pinned memory, or operations without memory. */
function dispatch (op) {
  const status = addon.dispatch(op)
  if (status !== 0) throw failure(status)
}

/**
 * One hot call over memory of JavaScript's: `data`, `index` and, for append, `seqs` are typed arrays or null. Their addresses and
 * lengths are in the page for the length of the call; pass a subarray when less than all counts.
 */
function dispatchData (op, data, index, seqs) {
  const status = addon.dispatchData(op, data, index, seqs)
  if (status !== 0) throw failure(status)
}

/** The error of this thread's last hot call. `needed` is there with ERR_BUFFER_TOO_SMALL. */
function failure (status) {
  const needed = page[F.needed]
  const code = CODES[status] || 'ERR_INTERNAL'
  addon.dispatchData(OP.error, errorText)
  const text = Buffer.from(errorText.buffer, 0, page[F.used]).toString()
  page[F.needed] = needed
  const error = new MillraceError(code, text)
  if (code === 'ERR_BUFFER_TOO_SMALL') error.needed = needed
  return error
}

/** Why a log takes no more appends: to be asked for right after a call of its own that went well and set FLAG.failed. */
function keptFailure () {
  addon.dispatchData(OP.error, errorText)
  const text = Buffer.from(errorText.buffer, 0, page[F.used]).toString()
  return new MillraceError(text.split(' ', 1)[0], text)
}

/** Keeps an ArrayBuffer in place and gives its address for the page; `unpin` it. */
function pin (arrayBuffer) {
  if (!addon) start()
  return addon.pin(arrayBuffer)
}

function unpin (address) {
  addon.unpin(address)
}

function onWake (handle, fn) {
  wakes.set(handle, fn)
}

function offWake (handle) {
  wakes.delete(handle)
}

function wake (handle) {
  const fn = wakes.get(handle)
  if (fn) fn()
}

module.exports = {
  start,
  useJava,
  cold,
  requestText,
  dispatch,
  dispatchData,
  keptFailure,
  pin,
  unpin,
  onWake,
  offWake,
  OP,
  FLAG,
  F,
  get page () {
    if (!addon) start()
    return page
  },
  /** True once hot calls go by the upcall; before, by JNI, which is slower and otherwise the same. */
  get isHot () { return addon !== null && addon.isHot() },
  MillraceError
}
