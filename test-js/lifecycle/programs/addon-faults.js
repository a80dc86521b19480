'use strict'
// Makes every call that the sanitized addon makes of Node-API and of the allocator fail, one after the other: each time the function
// throws an Error with a code, or does without, and works again afterwards. Prints how many calls each function was seen to make.

const assert = require('node:assert')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')

const addon = require(process.env.MILLRACE_ADDON)
const { launch } = require('../../../js-bindings/lib/launch')
const CALLS_MAX = 1000

/** The nth call of `fn` fails; answers how many there were, and checks what became of it. */
function fail (n, fn, name) {
  addon.failAt(n)
  let thrown = null
  try {
    fn()
  } catch (error) {
    thrown = error
  }
  const calls = addon.failAt(0)
  if (thrown) {
    assert.match(String(thrown.code), /^ERR_[A-Z_]+$/, `${name}, call ${n}: ${thrown.stack}`)
    assert.ok(thrown.message.startsWith(thrown.code), `${name}, call ${n}: ${thrown.message}`)
    assert.doesNotMatch(thrown.message, /unknown Node-API error/, `${name}, call ${n}`)
  }
  return { calls, thrown }
}

/** Every call of `fn` once; afterwards it works. */
function failEach (name, fn) {
  for (let n = 1; n < CALLS_MAX; n++) {
    const { calls, thrown } = fail(n, fn, name)
    if (calls < n) {
      assert.strictEqual(thrown, null, `${name} without a fault`)
      return n - 1
    }
    assert.ok(thrown, `${name}: nothing was thrown though call ${n} failed`)
  }
  throw new Error(`${name} makes ever more calls`)
}

/** In a worker, an environment of its own: its start with the nth call failing, and again without. */
function startInWorker (n) {
  const wake = () => {}
  const { calls, thrown } = fail(n, () => launch({}, wake), 'start')
  if (calls < n) return { calls, failed: Boolean(thrown) }
  assert.ok(thrown, `start: nothing was thrown though call ${n} failed`)
  launch({}, wake)
  assert.ok(addon.page().byteLength > 0)
  assert.strictEqual(addon.cold(['nope'])[0], 'ERR_ARGUMENT')
  return { calls, failed: true }
}

function inWorker (n) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename)
    worker.once('error', reject)
    worker.once('message', (answer) => worker.terminate().then(() => resolve(answer)))
    worker.postMessage(n)
  })
}

async function main () {
  launch({}, () => {})
  const seen = { page: failEach('page', () => addon.page()) }
  addon.page()
  seen.cold = failEach('cold', () => addon.cold(['nope', 'a', 'b']))
  seen.isHot = failEach('isHot', () => addon.isHot())
  seen.dispatch = failEach('dispatch', () => addon.dispatch(1000))
  const bytes = new Uint8Array(8)
  seen.dispatchData = failEach('dispatchData', () => addon.dispatchData(1000, bytes, new Uint32Array(2), new Float64Array(2)))
  const buffer = new ArrayBuffer(64)
  seen.pin = failEach('pin', () => addon.pin(buffer))
  const address = addon.pin(buffer)
  seen.unpin = failEach('unpin', () => addon.unpin(address))
  seen.start = 0
  for (let n = 1, answer = null; !answer || answer.failed; n++) {
    answer = await inWorker(n)
    if (answer.failed) seen.start++
  }
  console.log(JSON.stringify(seen))
}

if (isMainThread) main()
else parentPort.once('message', (n) => parentPort.postMessage(startInWorker(n)))
