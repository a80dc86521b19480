'use strict'
// What else lives in a Node.js process goes on after the JVM has booted: traps of WebAssembly (which are SIGSEGVs that V8 catches),
// fetch over sockets, timers; and Java's own null checks (SIGSEGVs that the JVM catches) while they do.

const assert = require('node:assert')
const http = require('node:http')
const { open } = require('../log')

// (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load) (func (export "div") … i32.div_s))
const WASM = Buffer.from([
  '0061736d01000000', // magic, version
  '010c02' + '60017f017f' + '60027f7f017f', // types: (i32) -> i32, (i32, i32) -> i32
  '0303020001', // functions
  '0503010001', // one page of memory
  '070e02' + '046c6f61640000' + '036469760001', // exports: load, div
  '0a1102' + '070020002802000b' + '07002000200' + '16d0b' // code
].join(''), 'hex')

async function main () {
  const log = open({ format: 'memory' })
  log.append('before')
  const { load, div } = new WebAssembly.Instance(new WebAssembly.Module(WASM)).exports
  assert.strictEqual(load(0), 0)
  for (let i = 0; i < 100; i++) {
    assert.throws(() => load(-8), WebAssembly.RuntimeError)
    assert.throws(() => div(1, 0), WebAssembly.RuntimeError)
    log.append('between')
  }
  const server = http.createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  for (let i = 0; i < 20; i++) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`)
    assert.strictEqual(await response.text(), 'hello')
  }
  server.closeAllConnections()
  server.close()
  assert.strictEqual(log.get(0), 'before')
  console.log('ok')
}

main()
