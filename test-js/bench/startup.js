'use strict'
// Question: what does a program pay for the JVM inside: time from require() to the first answer, and memory?
// Varies: nothing inside; beside it, what a JVM costs anyway (`java Hello`) and what Node.js weighs alone. Fixed: one fresh process each,
// rounds interleaved, medians, the AOT cache trained before (`--cold`: without it). Baseline: java Hello, bare node.
// Not answered: the first start of all (it runs without the cache, as `--cold`), cold disks, loaded machines.
//
// require -> answer     Java has answered a question (its version)
// require -> record     a log was opened and a record read from it
// Usage: node startup.js [--rounds 15] [--cold] [--json]

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { findJava } = require('../../js-bindings/lib/java-home')

const LOG = path.join(__dirname, '../lifecycle/log.js')
const TRAINING_MS = 60000
const HELLO = 'public class Hello { public static void main(String[] a) { System.out.println("hello"); } }'

const PROGRAM = `
  const start = performance.now()
  const { open, native } = require(${JSON.stringify(LOG)})
  native.cold('java')
  const answerMs = performance.now() - start
  const log = open({ format: 'offset', path: process.argv[1] })
  if (log.get(0) !== 'first') throw new Error('not the record that was written')
  const recordMs = performance.now() - start
  setTimeout(() => console.log(JSON.stringify({ answerMs, recordMs, rss: process.memoryUsage.rss() })), 500)`
const BARE = 'setTimeout(() => console.log(JSON.stringify({ rss: process.memoryUsage.rss() })), 500)'

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

function inNode (program, args, env) {
  return JSON.parse(execFileSync(process.execPath, ['-e', program, ...args], { env: { ...process.env, ...env } }).toString())
}

function prepare (dir, cold) {
  const { home } = findJava()
  fs.writeFileSync(path.join(dir, 'Hello.java'), HELLO)
  execFileSync(path.join(home, 'bin/javac'), ['-d', dir, path.join(dir, 'Hello.java')])
  const log = path.join(dir, 'log.offset')
  const cache = path.join(dir, 'cache')
  const env = { MILLRACE_AOT_CACHE: cold ? 'off' : cache }
  const write = `const log = require(${JSON.stringify(LOG)}).open({ format: 'offset', path: process.argv[1] }); log.append('first'); log.close(); console.log(0)`
  inNode(write, [log], env)
  const trained = () => cold || fs.readdirSync(cache).some((name) => name.endsWith('.aot'))
  for (const end = Date.now() + TRAINING_MS; !trained();) {
    if (Date.now() > end) throw new Error(`no AOT cache in ${cache} after ${TRAINING_MS} ms`)
    spawnSync('sleep', ['0.2'])
  }
  return { java: path.join(home, 'bin/java'), log, env }
}

function measure ({ rounds, cold }) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-startup-'))
  try {
    const { java, log, env } = prepare(dir, cold)
    const hello = []
    const bare = []
    const ours = []
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      execFileSync(java, ['-cp', dir, 'Hello'])
      hello.push(performance.now() - start)
      bare.push(inNode(BARE, [], {}).rss)
      ours.push(inNode(PROGRAM, [log], env))
    }
    const helloMs = median(hello)
    const answerMs = median(ours.map((run) => run.answerMs))
    const recordMs = median(ours.map((run) => run.recordMs))
    const rssMb = (median(ours.map((run) => run.rss)) - median(bare)) / 2 ** 20
    return { helloMs, answerMs, recordMs, answerRatio: answerMs / helloMs, recordRatio: recordMs / helloMs, rssOverBareMb: rssMb }
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function main () {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, cold: { type: 'boolean' }, json: { type: 'boolean' } } })
  const figures = measure({ rounds: Number(values.rounds), cold: values.cold })
  if (values.json) return console.log(JSON.stringify({ bench: 'startup', cache: values.cold ? 'none' : 'aot', ...figures }))
  const { helloMs, answerMs, recordMs, answerRatio, recordRatio, rssOverBareMb } = figures
  console.log(`java Hello            ${helloMs.toFixed(0).padStart(5)} ms`)
  console.log(`require -> answer     ${answerMs.toFixed(0).padStart(5)} ms   ${answerRatio.toFixed(2)} x`)
  console.log(`require -> record     ${recordMs.toFixed(0).padStart(5)} ms   ${recordRatio.toFixed(2)} x`)
  console.log(`RSS over bare node    ${rssOverBareMb.toFixed(0).padStart(5)} MB`)
}

main()
