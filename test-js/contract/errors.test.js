'use strict'
// Bad input and the defects of flumelog-offset 3.4.4 that are not kept (docs/DIFFERENCES.md): on ours each row has one coded
// error or the clean behaviour. Where it is cheap the peer's defect is shown in the row before, so that the list stays true.

const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { Worker } = require('node:worker_threads')
const { contract, both, onOurs, workspace, text, call, callArgs, errorOf, codeOf, collect, tap, loaded, delay } = require('./harness')

/** Runs a script over the real peer in a process of its own; `log`, `pull`, `file` are there. Answers what came of it. */
function onPeer (dir, script, setup = '') {
  const file = path.join(dir, 'peer.offset')
  const preamble = `const Log = require(${JSON.stringify(require.resolve('flumelog-offset'))})
    const pull = require(${JSON.stringify(require.resolve('pull-stream'))})
    const file = ${JSON.stringify(file)}; ${setup}
    const log = Log(file, { codec: { encode: Buffer.from, decode: String, buffer: true } });\n`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', preamble + script], { encoding: 'utf8', timeout: 600000 })
  return { status, stdout: stdout.trim(), stderr }
}

const peerShows = (subject, title, body) => { if (!subject.ours) both(`defect of the peer: ${title}`, body) }

/** Opens the log that it is given in a worker; answers with the error. */
const OPENER = `const { parentPort, workerData: { module, file } } = require('node:worker_threads')
  try {
    require(module)(file)
    parentPort.postMessage({ code: 'opened' })
  } catch ({ code, message }) {
    parentPort.postMessage({ code, message })
  }`

const opens = async (subject, ...args) => {
  let log
  const err = await errorOf((cb) => {
    log = subject.OffsetLog(...args)
    log.get(0, cb)
  })
  return { err, log }
}

contract('bad input', (subject) => {
  onOurs(subject, 'a missing file opened read-only: ERR_FILE_NOT_FOUND, and nothing is created', async (t) => {
    const { dir } = workspace(t, subject)
    const file = path.join(dir, 'missing')
    assert.strictEqual(codeOf((await opens(subject, file, { flags: 'r' })).err), 'ERR_FILE_NOT_FOUND')
    assert.strictEqual(fs.existsSync(file), false)
  })

  onOurs(subject, 'a directory: ERR_FILE_KIND', async (t) => {
    const { dir } = workspace(t, subject)
    assert.strictEqual(codeOf((await opens(subject, dir, {})).err), 'ERR_FILE_KIND')
  })

  onOurs(subject, 'opened read-only: reads work, append and del give ERR_LOG_READ_ONLY, the file is untouched', async (t) => {
    const { file, log, keep } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, ['a', 'b'])
    await call(first.close)
    const before = fs.readFileSync(file)
    const reader = keep(subject.OffsetLog(file, { codec: text, flags: 'r' }))
    assert.deepStrictEqual(await collect(reader.stream({ seqs: false })), ['a', 'b'])
    assert.strictEqual(codeOf(await errorOf(reader.append, 'c')), 'ERR_LOG_READ_ONLY')
    assert.strictEqual(codeOf(await errorOf(reader.del, 0)), 'ERR_LOG_READ_ONLY')
    assert.ok(fs.readFileSync(file).equals(before))
  })

  onOurs(subject, 'a wrong offset codec: ERR_LOG_FORMAT, not one byte changed', async (t) => {
    const { file, log } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, ['alpha', 'beta', 'gamma'])
    await call(first.close)
    const before = fs.readFileSync(file)
    const { err, log: wrong } = await opens(subject, file, { codec: text, offsetCodec: 53 })
    assert.strictEqual(codeOf(err), 'ERR_LOG_FORMAT')
    assert.ok(fs.readFileSync(file).equals(before))
    if (wrong) await callArgs(wrong.close)
  })

  onOurs(subject, 'a callback that is no function is thrown at once: ERR_ARGUMENT, and nothing is appended', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await loaded(log.since)
    for (const bad of ['cb', 7, {}]) {
      assert.throws(() => log.append('a', bad), { code: 'ERR_ARGUMENT' })
      assert.throws(() => log.get(0, bad), { code: 'ERR_ARGUMENT' })
      assert.throws(() => log.del(0, bad), { code: 'ERR_ARGUMENT' })
    }
    assert.strictEqual(log.since.value, -1)
  })

  onOurs(subject, 'values that are no bytes: ERR_ARGUMENT, and the log goes on', async (t) => {
    const log = workspace(t, subject).log()
    for (const bad of [undefined, null, 5, {}, Symbol('s')]) assert.strictEqual(codeOf(await errorOf(log.append, bad)), 'ERR_ARGUMENT', String(bad))
    assert.strictEqual(codeOf(await errorOf(log.append, [Buffer.from('a'), 5])), 'ERR_ARGUMENT')
    assert.strictEqual(await call(log.append, Buffer.from('a')), 0)
  })

  onOurs(subject, 'an error thrown by the codec reaches the callback, and the log goes on', async (t) => {
    const encode = (value) => {
      if (value === 'bad') throw new TypeError('cannot encode')
      return Buffer.from(value)
    }
    const log = workspace(t, subject).log({ codec: { encode, decode: String } })
    assert.match((await errorOf(log.append, 'bad')).message, /cannot encode/)
    assert.strictEqual(await call(log.append, 'good'), 0)
  })

  onOurs(subject, 'a sequence inside a record ERR_SEQ_INVALID, past the end or negative ERR_SEQ_RANGE, no number ERR_ARGUMENT', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, ['alpha', 'beta'])
    const rows = [[3, 'ERR_SEQ_INVALID'], [100000, 'ERR_SEQ_RANGE'], [33, 'ERR_SEQ_RANGE'], [-5, 'ERR_SEQ_RANGE'], ['x', 'ERR_ARGUMENT'], [1.5, 'ERR_ARGUMENT'], [NaN, 'ERR_ARGUMENT'], [undefined, 'ERR_ARGUMENT']]
    for (const [seq, code] of rows) {
      assert.strictEqual(codeOf(await errorOf(log.get, seq)), code, `get ${seq}`)
      assert.strictEqual(codeOf(await errorOf(log.del, seq)), code, `del ${seq}`)
    }
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), ['alpha', 'beta'])
  })

  onOurs(subject, 'use after close: ERR_LOG_CLOSED', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, 'a')
    await call(log.close)
    assert.strictEqual(codeOf(await errorOf(log.append, 'b')), 'ERR_LOG_CLOSED')
    assert.strictEqual(codeOf(await errorOf(log.get, 0)), 'ERR_LOG_CLOSED')
    assert.strictEqual(codeOf(await errorOf(log.del, 0)), 'ERR_LOG_CLOSED')
    const streamed = await Promise.resolve().then(() => collect(log.stream())).then(() => null, (err) => err) // thrown or through the stream
    assert.strictEqual(codeOf(streamed), 'ERR_LOG_CLOSED')
  })

  onOurs(subject, 'a second writer, in a worker: ERR_LOG_LOCKED with the pid', async (t) => {
    const { file, log } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, 'a')
    const worker = new Worker(OPENER, { eval: true, workerData: { module: require.resolve('../../js-bindings/flumelog-offset'), file } })
    const err = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))
    assert.strictEqual(err.code, 'ERR_LOG_LOCKED')
    assert.ok(err.message.includes(String(process.pid)), err.message)
    assert.strictEqual(await call(first.append, 'b'), 13)
  })

  onOurs(subject, 'a second writer by another name of the file, a link: ERR_LOG_LOCKED', async (t) => {
    const { dir, file, log } = workspace(t, subject)
    const { OffsetLog, wal } = require('../../js-bindings')
    const Block = require('../../js-bindings/async-append-only-log')
    for (const [Log, target] of [[OffsetLog, file], [Block, path.join(dir, 'block')], [wal, path.join(dir, 'wal')]]) {
      const first = target === file ? log({ codec: text }) : Log(target, { durable: 'os' })
      fs.symlinkSync(target, `${target}-link`)
      assert.throws(() => Log(`${target}-link`, { durable: 'os' }), { code: 'ERR_LOG_LOCKED' })
      await call(first.close)
      await call(Log(`${target}-link`, { durable: 'os' }).close)
      assert.strictEqual(fs.existsSync(`${target}-link.lock`), false)
    }
  })

  onOurs(subject, 'a second writer by a hard link, of this process or another: ERR_LOG_LOCKED; afterwards it may', async (t) => {
    const { dir } = workspace(t, subject)
    for (const module of ['flumelog-offset', 'async-append-only-log']) {
      const Log = require(`../../js-bindings/${module}`)
      const [file, link] = [path.join(dir, module), path.join(dir, `${module}-link`)]
      let first = Log(file)
      fs.linkSync(file, link)
      assert.throws(() => Log(link), { code: 'ERR_LOG_LOCKED' })
      fs.closeSync(fs.openSync(file, 'r+')) // would give back a lock of the process
      const other = 'try { require(process.argv[1])(process.argv[2]) } catch (err) { console.log(err.code) }'
      const args = ['-e', other, require.resolve(`../../js-bindings/${module}`), link]
      assert.strictEqual(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout, 'ERR_LOG_LOCKED\n')
      await call(first.close)
      first = Log(link)
      assert.throws(() => Log(file), { code: 'ERR_LOG_LOCKED', message: /hard link/ })
      await call(Log(file, { flags: 'r' }).close)
      await call(first.close)
    }
  })

  onOurs(subject, 'a name that no file can have: ERR_ARGUMENT', (t) => {
    for (const name of ['a\0b', 'a\ud800b']) {
      for (const ask of [(file) => subject.OffsetLog(file), (file) => require('../../js-bindings').wal(file)]) {
        assert.throws(() => ask(path.join(workspace(t, subject).dir, name)), { code: 'ERR_ARGUMENT' })
      }
    }
  })

  onOurs(subject, 'a name or path that is too long: ERR_ARGUMENT, and what to do', (t) => {
    const { dir } = workspace(t, subject)
    const { wal } = require('../../js-bindings')
    const long = path.join(dir, 'a'.repeat(252)) // a lock's name is longer
    const deep = path.join(dir, `${'d'.repeat(200)}/`.repeat(30), 'log')
    for (const [Log, file] of [[subject.OffsetLog, long], [subject.OffsetLog, deep], [wal, `${long}aaaa`], [wal, deep]]) {
      assert.throws(() => Log(file), { code: 'ERR_ARGUMENT', message: /too long.*Use a shorter one/ })
    }
  })

  onOurs(subject, 'a second open in the same thread shares the log: code written for the peer, which has no close, does that', async (t) => {
    const { log } = workspace(t, subject)
    const first = log({ codec: text })
    const live = tap(first.stream({ live: true, seqs: false }))
    await call(first.append, 'a')
    await live.wait(1)
    const second = log({ codec: text })
    await call(second.append, 'b')
    await call(first.append, 'c')
    assert.deepStrictEqual(await live.wait(3), ['a', 'b', 'c'])
    assert.strictEqual(first.since.value, 26)
    assert.strictEqual(second.since.value, 26)
    await call(second.close)
    await call(first.append, 'd')
    await live.stop()
  })
})

contract('defects that are not kept', (subject) => {
  peerShows(subject, 'get inside a record is an uncaught exception', (t) => {
    const { status, stderr } = onPeer(workspace(t, subject).dir, "log.append('x'.repeat(40), () => log.append('y', () => log.get(3, () => {})))")
    assert.notStrictEqual(status, 0)
    assert.match(stderr, /Error/)
  })

  peerShows(subject, 'after a get past the end del never calls back', (t) => {
    const { stdout } = onPeer(workspace(t, subject).dir, "log.append('a', () => log.get(100000, () => log.del(0, () => console.log('deleted'))))")
    assert.strictEqual(stdout, '')
  })

  onOurs(subject, 'after a get past the end del still works', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, ['a', 'b'])
    assert.strictEqual(codeOf(await errorOf(log.get, 100000)), 'ERR_SEQ_RANGE')
    await call(log.del, 0)
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), ['b'])
  })

  peerShows(subject, 'an empty value fails every full stream', (t) => {
    const { stdout } = onPeer(workspace(t, subject).dir, "log.append(['a', '', 'b'], () => pull(log.stream(), pull.collect(err => console.log(err && err.message.slice(0, 20)))))")
    assert.strictEqual(stdout, 'read an empty buffer')
  })

  onOurs(subject, 'an empty value is stored and streamed as empty', async (t) => {
    const { log } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, ['a', '', 'b', ''])
    assert.deepStrictEqual(await collect(first.stream({ seqs: false })), ['a', '', 'b', ''])
    assert.strictEqual(await call(first.get, 13), '')
    await call(first.close)
    const again = log({ codec: text })
    assert.deepStrictEqual(await collect(again.stream({ seqs: false, reverse: true })), ['', 'b', '', 'a'])
  })

  peerShows(subject, 'del of a sequence past the end calls back twice, or never', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, 'a')
    const calls = []
    log.del(100000, (err) => calls.push(err))
    await delay(50)
    assert.notStrictEqual(calls.length, 1)
  })

  onOurs(subject, 'del of a sequence past the end calls back once, with the error', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, 'a')
    const calls = []
    log.del([0, 100000], (err) => calls.push(codeOf(err)))
    await delay(50)
    assert.deepStrictEqual(calls, ['ERR_SEQ_RANGE'])
  })

  peerShows(subject, 'a payload that holds its own end offset makes recovery stop inside it', (t) => {
    assert.ok(sinceAfterTear(subject, t, (file) => onPeer(path.dirname(file), 'log.since.once(console.log)').stdout) > 18)
  })

  onOurs(subject, 'a payload that holds a length and its own end offset never moves recovery', async (t) => {
    const { log } = workspace(t, subject)
    let opened
    const since = await sinceAfterTear(subject, t, (file) => {
      opened = log({ codec: text }, file)
      return loaded(opened.since)
    })
    assert.strictEqual(since, 0)
    assert.deepStrictEqual(await collect(opened.stream({ seqs: false })), ['honest'])
  })

  peerShows(subject, 'a wrong offset codec is an uncaught exception on open', (t) => {
    const { dir } = workspace(t, subject)
    onPeer(dir, "log.append(['alpha', 'beta'], () => {})")
    const { status, stderr } = onPeer(dir, '', 'Log(file, { offsetCodec: 53 });')
    assert.notStrictEqual(status, 0)
    assert.match(stderr, /ERR_OUT_OF_RANGE/)
  })

  peerShows(subject, 'a partial first record is an uncaught exception on open', (t) => {
    const { dir } = workspace(t, subject)
    fs.writeFileSync(path.join(dir, 'peer.offset'), Buffer.from('0000', 'hex'))
    const { status, stdout } = onPeer(dir, 'log.since.once(v => console.log(v))')
    assert.ok(status !== 0 || stdout !== '-1', `${status} ${stdout}`)
  })

  onOurs(subject, 'a partial first record: an empty log, the bytes quarantined', async (t) => {
    const { dir, file, log } = workspace(t, subject)
    fs.writeFileSync(file, Buffer.from('0000000561626364', 'hex'))
    const opened = log({ codec: text })
    assert.strictEqual(await loaded(opened.since), -1)
    assert.strictEqual(await call(opened.append, 'fresh'), 0)
    const kept = fs.readdirSync(dir, { recursive: true }).filter((name) => name.includes(`quarantine${path.sep}`))
    assert.strictEqual(kept.length, 1, kept.join(' '))
    assert.strictEqual(fs.readFileSync(path.join(dir, kept[0]), 'hex'), '0000000561626364')
  })
})

/** A log of `honest` and a record that forges a whole frame at its own place, torn in its last bytes; answers since after `open`. */
function sinceAfterTear (subject, t, open) {
  const { dir } = workspace(t, subject)
  const file = path.join(dir, 'peer.offset')
  const u32 = (value) => {
    const field = Buffer.alloc(4)
    field.writeUInt32BE(value)
    return field
  }
  const frame = (payload, offset) => Buffer.concat([u32(payload.length), payload, u32(payload.length), u32(offset + payload.length + 12)])
  const honest = frame(Buffer.from('honest'), 0)
  const inner = frame(Buffer.from('forged'), honest.length + 4)
  const whole = Buffer.concat([honest, frame(Buffer.concat([inner, Buffer.alloc(30, '.')]), honest.length)])
  fs.writeFileSync(file, whole.subarray(0, whole.length - 10))
  return open(file)
}
