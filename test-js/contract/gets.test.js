'use strict'
// Many gets at once: each gets its own answer, whatever its neighbours get, and what it gives back is its user's.

const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { contract, both, onOurs, workspace, call, callArgs, errorOf, codeOf } = require('./harness')

const SIZES = [1, 150, 3000, 4097, 8192, 8193, 70000, 200]
const POOL_BYTES = 8192

const OFFSET_LOG = path.join(__dirname, '../../js-bindings/flumelog-offset')
const THROWING = `
  process.once('uncaughtException', (err) => console.log('uncaught ' + err.message))
  const log = require(process.argv[1])(process.argv[2])
  log.append(Buffer.from('abc'), (err, seq) => {
    log.get(seq, () => { throw new Error('a callback of get') })
    log.get(seq, (err, value) => console.log('got ' + value))
  })`

const bytes = (length, fill) => Buffer.alloc(length, fill)

/** Appends records of mixed sizes; resolves to {seq, value} of each. */
async function mixed (log, count) {
  const all = []
  for (let i = 0; i < count; i++) {
    const value = bytes(SIZES[i % SIZES.length], 1 + i % 255)
    all.push({ value, seq: await call(log.append, value) })
  }
  return all
}

contract('many gets', (subject) => {
  both('a thousand in one tick, of all sizes, each answers with its own record', async (t) => {
    const log = workspace(t, subject).log()
    const all = await mixed(log, 64)
    const asked = Array.from({ length: 1000 }, (_, i) => all[(i * 37) % all.length])
    const got = await Promise.all(asked.map(({ seq }) => call(log.get, seq)))
    got.forEach((value, i) => assert.ok(value.equals(asked[i].value), `get ${i} of ${asked[i].seq}`))
  })

  onOurs(subject, 'a wrong sequence and a deleted record among them fail alone, in order', async (t) => {
    const log = workspace(t, subject).log()
    const all = await mixed(log, 3)
    await call(log.del, all[1].seq)
    const order = []
    const ask = (name, seq) => callArgs(log.get, seq).then((answer) => { order.push(name); return answer })
    const [first, deleted, inside, past, none, last] = await Promise.all([
      ask('first', all[0].seq), ask('deleted', all[1].seq), ask('inside', all[1].seq + 1), ask('past', 1e9), ask('none', 1.5), ask('last', all[2].seq)])
    assert.ok(first[1].equals(all[0].value) && last[1].equals(all[2].value))
    assert.deepStrictEqual([deleted[0].code, deleted[1]], ['flumelog:deleted', -1])
    assert.deepStrictEqual([inside, past, none].map(([err]) => codeOf(err)), ['ERR_SEQ_INVALID', 'ERR_SEQ_RANGE', 'ERR_ARGUMENT'])
    assert.deepStrictEqual(order.filter((name) => name !== 'none'), ['first', 'deleted', 'inside', 'past', 'last'])
  })

  onOurs(subject, 'a get sees what stood when it was asked for: a deletion behind it comes too late', async (t) => {
    const log = workspace(t, subject).log()
    const [{ seq, value }] = await mixed(log, 1)
    const got = call(log.get, seq)
    const deleted = call(log.del, seq)
    assert.ok((await got).equals(value))
    await deleted
    assert.strictEqual((await errorOf(log.get, seq)).code, 'flumelog:deleted')
  })

  onOurs(subject, 'a record that is kept holds no more memory than a small Buffer of Node.js does', async (t) => {
    const log = workspace(t, subject).log()
    const all = await mixed(log, 32)
    const got = await Promise.all(all.map(({ seq }) => call(log.get, seq)))
    for (const value of got) assert.ok(value.buffer.byteLength <= Math.max(POOL_BYTES, value.length), `${value.length} bytes hold ${value.buffer.byteLength}`)
  })

  onOurs(subject, 'the callback comes after get has returned; a close behind it does not take it away', async (t) => {
    const log = workspace(t, subject).log()
    const [{ seq, value }] = await mixed(log, 1)
    let isReturned = false
    const got = new Promise((resolve) => log.get(seq, (err, value) => resolve({ err, value, isReturned })))
    isReturned = true
    await call(log.close)
    const answer = await got
    assert.ok(answer.err === null && answer.isReturned && answer.value.equals(value))
  })

  onOurs(subject, 'a callback that throws takes nothing from those behind it', (t) => {
    const { file } = workspace(t, subject)
    const out = execFileSync(process.execPath, ['-e', THROWING, OFFSET_LOG, file]).toString()
    assert.strictEqual(out, 'uncaught a callback of get\ngot abc\n')
  })

  onOurs(subject, 'gets made by callbacks of gets leave the event loop its turns', async (t) => {
    const log = workspace(t, subject).log()
    const [{ seq }] = await mixed(log, 1)
    let isOver = false
    const again = () => { if (!isOver) log.get(seq, again) }
    again()
    await new Promise((resolve) => setTimeout(resolve, 20))
    isOver = true
  })
})
