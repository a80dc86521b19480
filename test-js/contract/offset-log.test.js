'use strict'
// flumelog-offset: its face, append, get, del and what stands on disk. Streams have a file of their own.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { contract, both, onOurs, workspace, json, text, call, callArgs, collect, loaded, delay } = require('./harness')

const GOLDEN = '00000003616263000000030000000f' + '0000000464656667000000040000001f'

contract('flumelog-offset: face', (subject) => {
  both('own properties filename, since, stream, append, get, del, methods', (t) => {
    const { file, log } = workspace(t, subject)
    const opened = log()
    for (const name of ['filename', 'since', 'stream', 'append', 'get', 'del', 'methods']) assert.ok(Object.hasOwn(opened, name), name)
    assert.strictEqual(opened.filename, file)
    assert.deepStrictEqual(opened.methods, { del: 'async' })
  })

  both('its methods work without their object', async (t) => {
    const { append, get, stream, del } = workspace(t, subject).log({ codec: text })
    assert.strictEqual(await call(append, 'loose'), 0)
    assert.strictEqual(await call(get, 0), 'loose')
    assert.deepStrictEqual(await collect(stream({ seqs: false })), ['loose'])
    assert.strictEqual(await call(del, 0), undefined)
  })

  both('its methods may be replaced, as ssb-db2 and applications do', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    const append = log.append
    log.append = (value, cb) => append(value.toUpperCase(), cb)
    await call(log.append, 'patched')
    assert.strictEqual(await call(log.get, 0), 'PATCHED')
  })

  both('creates the directory', async (t) => {
    const { dir, log } = workspace(t, subject)
    const file = path.join(dir, 'deep', 'deeper', 'log.offset')
    await call(log({}, file).append, Buffer.from('a'))
    assert.strictEqual(fs.statSync(file).size, 13)
  })

  both('(file, blockSize, codec), the old form, works', async (t) => {
    const { file, keep } = workspace(t, subject)
    const log = keep(subject.OffsetLog(file, 1024, json))
    await call(log.append, { a: 1 })
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), [{ a: 1 }])
  })

  onOurs(subject, '(file, codec), the older form, works (the peer takes that codec for its options)', async (t) => {
    const { file, keep } = workspace(t, subject)
    const log = keep(subject.OffsetLog(file, json))
    await call(log.append, { a: 1 })
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), [{ a: 1 }])
  })

  both('without a codec Buffers go in and come out', async (t) => {
    const log = workspace(t, subject).log()
    await call(log.append, Buffer.from([1, 2, 255]))
    const [{ value, seq }] = await collect(log.stream())
    assert.ok(Buffer.isBuffer(value))
    assert.deepStrictEqual([...value], [1, 2, 255])
    assert.strictEqual(seq, 0)
    assert.deepStrictEqual([...await call(log.get, 0)], [1, 2, 255])
  })

  both('codec: encode may give a string, a stream decodes a string unless codec.buffer', async (t) => {
    const { dir, log } = workspace(t, subject)
    const codec = (buffer) => ({ encode: (value) => `<${value}>`, decode: (given) => [Buffer.isBuffer(given), String(given)], buffer })
    const strings = log({ codec: codec(false) }, path.join(dir, 'strings'))
    await call(strings.append, 'ž')
    assert.deepStrictEqual(await collect(strings.stream({ seqs: false })), [[false, '<ž>']])
    const buffers = log({ codec: codec(true) }, path.join(dir, 'buffers'))
    await call(buffers.append, 'ž')
    assert.deepStrictEqual(await collect(buffers.stream({ seqs: false })), [[true, '<ž>']])
    assert.deepStrictEqual(await call(buffers.get, 0), [true, '<ž>'])
  })

  onOurs(subject, 'get decodes a string unless codec.buffer, like a stream (the peer hands get a Buffer)', async (t) => {
    const log = workspace(t, subject).log({ codec: { encode: String, decode: (given) => typeof given, buffer: false } })
    await call(log.append, 'a')
    assert.strictEqual(await call(log.get, 0), 'string')
  })

  for (const [bits, seq] of [[32, 15], [48, 17], [53, 19]]) {
    both(`offsetCodec ${bits}: the second record after "abc" is at ${seq}`, async (t) => {
      const log = workspace(t, subject).log({ offsetCodec: bits })
      await call(log.append, Buffer.from('abc'))
      assert.strictEqual(await call(log.append, Buffer.from('defg')), seq)
      assert.strictEqual((await call(log.get, seq)).toString(), 'defg')
    })
  }

  both('offsetCodec may be one of the peer\'s codec objects', async (t) => {
    const log = workspace(t, subject).log({ offsetCodec: require('flumelog-offset/frame/offset-codecs')[53] })
    await call(log.append, Buffer.from('abc'))
    assert.strictEqual(await call(log.append, Buffer.from('defg')), 19)
  })

  both('an offsetCodec of other bits throws', async (t) => {
    const { file } = workspace(t, subject)
    assert.throws(() => subject.OffsetLog(file, { offsetCodec: 64 }))
    await delay(50) // the peer goes on opening the file it will never use
  })

  both('legacy: (file, codec) works', async (t) => {
    const { file, keep } = workspace(t, subject)
    const log = keep(subject.LegacyLog(file, json))
    await call(log.append, { a: 1 })
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), [{ a: 1 }])
  })

  both('legacy: (file, blockSize, codec), frames without an end offset', async (t) => {
    const { file, keep } = workspace(t, subject)
    const log = keep(subject.LegacyLog(file, 1024, json))
    assert.strictEqual(await call(log.append, [{ a: 1 }, { b: 2 }]), 15)
    assert.deepStrictEqual(await collect(log.stream()), [{ seq: 0, value: { a: 1 } }, { seq: 15, value: { b: 2 } }])
    assert.deepStrictEqual(await call(log.get, 15), { b: 2 })
    assert.strictEqual(fs.readFileSync(file, 'latin1'), '\0\0\0\x07{"a":1}\0\0\0\x07\0\0\0\x07{"b":2}\0\0\0\x07')
  })
})

contract('flumelog-offset: append', (subject) => {
  both('writes the golden bytes', async (t) => {
    const { file, log } = workspace(t, subject)
    const opened = log()
    await call(opened.append, Buffer.from('abc'))
    assert.strictEqual(await call(opened.append, Buffer.from('defg')), 15)
    assert.strictEqual(fs.readFileSync(file, 'hex'), GOLDEN)
  })

  both('a batch writes the same bytes and calls back once with its last seq', async (t) => {
    const { file, log } = workspace(t, subject)
    const opened = log()
    const calls = []
    await new Promise((resolve) => opened.append([Buffer.from('abc'), Buffer.from('defg')], (...args) => {
      calls.push(args)
      setTimeout(resolve, 20)
    }))
    assert.deepStrictEqual(calls, [[null, 15]])
    assert.strictEqual(fs.readFileSync(file, 'hex'), GOLDEN)
  })

  both('since listeners fire before the callback, and since.value is the seq inside it', async (t) => {
    const log = workspace(t, subject).log()
    await loaded(log.since)
    const order = []
    log.since((value) => { order.push(['since', value]) }, false)
    await new Promise((resolve) => log.append([Buffer.from('a'), Buffer.from('b')], (err, seq) => {
      assert.ifError(err)
      order.push(['callback', seq, log.since.value])
      resolve()
    }))
    assert.deepStrictEqual(order, [['since', 13], ['callback', 13, 13]])
  })

  both('before the log is loaded it waits, in order', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    const done = []
    await Promise.all(['a', 'b', 'c'].map((value) => call(log.append, value).then(() => done.push(value))))
    assert.deepStrictEqual(done, ['a', 'b', 'c'])
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), ['a', 'b', 'c'])
  })

  both('many at once keep their order, each is called back, since ends at the last', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    const values = Array.from({ length: 2000 }, (_, i) => `record ${i}`)
    const seqs = await Promise.all(values.map((value) => call(log.append, value)))
    assert.strictEqual(log.since.value, seqs[seqs.length - 1])
    assert.deepStrictEqual(await collect(log.stream({ seqs: false })), values)
    assert.ok(seqs.every((seq, i) => i === 0 || seq >= seqs[i - 1]))
  })

  both('the caller may reuse its Buffer after the callback', async (t) => {
    const log = workspace(t, subject).log()
    const buffer = Buffer.from('first')
    await call(log.append, buffer)
    buffer.fill('x')
    await call(log.append, Buffer.from('second'))
    assert.strictEqual((await call(log.get, 0)).toString(), 'first')
  })

  both('a record larger than many blocks comes back whole', async (t) => {
    const log = workspace(t, subject).log({ blockSize: 1024 })
    const large = Buffer.alloc(300000, 'large')
    await call(log.append, [Buffer.from('before'), large, Buffer.from('behind')])
    const values = await collect(log.stream({ seqs: false }))
    assert.ok(values[1].equals(large))
    assert.deepStrictEqual([values[0].toString(), values[2].toString()], ['before', 'behind'])
    assert.ok((await call(log.get, 18)).equals(large))
  })
})

contract('flumelog-offset: get and del', (subject) => {
  both('get gives the decoded value of every seq', async (t) => {
    const log = workspace(t, subject).log({ codec: json })
    const seqs = []
    for (let i = 0; i < 5; i++) seqs.push(await call(log.append, { i }))
    for (let i = 0; i < 5; i++) assert.deepStrictEqual(await call(log.get, seqs[i]), { i })
  })

  both('get of a deleted record: code flumelog:deleted, and -1', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, ['a', 'b'])
    await call(log.del, 0)
    const [err, value] = await callArgs(log.get, 0)
    assert.strictEqual(err.message.includes('item has been deleted'), true)
    assert.strictEqual(err.code, 'flumelog:deleted')
    assert.strictEqual(value, -1)
    assert.strictEqual(await call(log.get, 13), 'b')
  })

  onOurs(subject, 'a deleted record also says millraceCode ERR_RECORD_DELETED, and the peer\'s very message', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, 'a')
    await call(log.del, 0)
    const [err] = await callArgs(log.get, 0)
    assert.strictEqual(err.message, 'item has been deleted')
    assert.strictEqual(err.millraceCode, 'ERR_RECORD_DELETED')
  })

  both('del zeroes the payload, keeps the frame, and may be repeated', async (t) => {
    const { file, log } = workspace(t, subject)
    const opened = log()
    await call(opened.append, [Buffer.from('abc'), Buffer.from('defg')])
    await call(opened.del, 0)
    await call(opened.del, 0)
    assert.strictEqual(fs.readFileSync(file, 'hex'), GOLDEN.replace('616263', '000000'))
    assert.strictEqual(opened.since.value, 15)
  })

  both('del takes an array, and calls back once', async (t) => {
    const log = workspace(t, subject).log({ codec: text })
    await call(log.append, ['a', 'b', 'c'])
    let calls = 0
    await new Promise((resolve) => log.del([0, 26], (err) => {
      assert.ifError(err)
      calls++
      setTimeout(resolve, 20)
    }))
    assert.strictEqual(calls, 1)
    assert.deepStrictEqual(await collect(log.stream()), [{ seq: 13, value: 'b' }])
  })

  both('the last record may be deleted; since stays and the log goes on after a reopen', async (t) => {
    const { log } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, ['a', 'b'])
    await call(first.del, 13)
    if (first.close) await call(first.close)
    const again = log({ codec: text })
    assert.strictEqual(await loaded(again.since), 13)
    assert.strictEqual(await call(again.append, 'c'), 26)
    assert.deepStrictEqual(await collect(again.stream({ seqs: false })), ['a', 'c'])
  })
})

contract('flumelog-offset: reopen', (subject) => {
  for (const bits of [32, 48, 53]) {
    both(`${bits} bits: a torn last frame is cut, everything before it stays`, async (t) => {
      const { file, log } = workspace(t, subject)
      const first = log({ codec: text, offsetCodec: bits })
      const values = ['alpha', 'beta', 'gamma', 'delta']
      const seqs = []
      for (const value of values) seqs.push(await call(first.append, value))
      if (first.close) await call(first.close)
      fs.truncateSync(file, fs.statSync(file).size - 3)
      const again = log({ codec: text, offsetCodec: bits })
      assert.strictEqual(await loaded(again.since), seqs[2])
      assert.deepStrictEqual(await collect(again.stream({ seqs: false })), values.slice(0, 3))
      assert.strictEqual(await call(again.append, 'epsilon'), seqs[3])
    })
  }

  onOurs(subject, 'close calls back, may be repeated, gives a promise without a callback; what was acknowledged is there', async (t) => {
    const { log } = workspace(t, subject)
    const first = log({ codec: text })
    await call(first.append, ['a', 'b'])
    await call(first.close)
    await call(first.close)
    await first.close()
    const again = log({ codec: text })
    assert.strictEqual(await loaded(again.since), 13)
    assert.deepStrictEqual(await collect(again.stream({ seqs: false })), ['a', 'b'])
  })
})
