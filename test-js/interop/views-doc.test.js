'use strict'
// The examples in docs/VIEWS.md, run as they stand.

const test = require('node:test')
const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { tempDir } = require('../temp')
const { findJava } = require('../../js-bindings/lib/java-home')
const { JAR } = require('../../js-bindings/lib/launch')
const { BINDINGS } = require('../subjects')
const Flume = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const AsyncFunction = (async () => {}).constructor
const DOC = fs.readFileSync(path.join(__dirname, '../../docs/VIEWS.md'), 'utf8')
const [IN_JAVASCRIPT, OF_JAVA] = examples('js')

function examples (language) {
  return [...DOC.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code)
}

/** The committed messages as a file in `dir`, and as they are, but for the name of a channel. */
async function fixture (dir) {
  const file = path.join(dir, 'log.offset')
  const log = zlib.gunzipSync(fs.readFileSync(path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz'))).toString('latin1')
  fs.writeFileSync(file, log.replaceAll('"channel":"sit"', '"channel":"ssb"'), 'latin1')
  const messages = []
  const db = Flume(OffsetLog(file, { codec }))
  for await (const { value } of db.records()) messages.push(value)
  await db.close()
  return { file, messages }
}

test('the views in JavaScript count votes and list an author\'s last posts', async (t) => {
  const { file, messages } = await fixture(tempDir(t))
  const votes = {}
  const posts = new Map()
  for (const { value } of messages) {
    if (value.content.type === 'vote') votes[value.author] = (votes[value.author] || 0) + 1
    if (value.content.type === 'post') posts.set(value.author, [...(posts.get(value.author) || []), value.timestamp])
  }
  const [author, times] = [...posts].sort((a, b) => b[1].length - a[1].length)[0]

  const printed = []
  const console = { log: (key, value) => { printed.push([key, value.value.author]) } }
  const run = new AsyncFunction('Flume', 'OffsetLog', 'file', 'codec', 'author', 'console', `${IN_JAVASCRIPT}\nawait db.close()\nreturn count`)
  assert.deepStrictEqual(await run(Flume, OffsetLog, file, codec, author, console), votes)
  assert.deepStrictEqual(printed, times.sort((a, b) => b - a).slice(0, 3).map((time) => [[author, time], author]))
})

test('the view in Java, in a jar, lists the last messages of a channel', async (t) => {
  const dir = tempDir(t)
  const { file, messages } = await fixture(dir)
  const inChannel = messages.filter(({ value }) => value.content.channel === 'ssb').sort((a, b) => b.timestamp - a.timestamp)
  fs.writeFileSync(path.join(dir, 'Channels.java'), examples('java')[0])
  const tool = (name, ...args) => execFileSync(path.join(findJava().home, 'bin', name), args, { cwd: dir })
  tool('javac', '-cp', JAR, '-d', 'classes', 'Channels.java')
  tool('jar', '-c', '-f', 'channels.jar', '-C', 'classes', '.')
  const [start, ...use] = OF_JAVA.split('\n')
  const program = `const Flume = require(${JSON.stringify(BINDINGS)})
    ${start}
    const db = Flume(Flume.OffsetLog(${JSON.stringify(file)}, { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } }))
    const main = async () => { ${use.join('\n')} }
    main().then(() => db.close())`
  const printed = execFileSync(process.execPath, ['-e', program], { cwd: dir, encoding: 'utf8' }).trim().split('\n')
  assert.ok(inChannel.length > 3)
  assert.deepStrictEqual(printed, [String(inChannel.length), ...inChannel.slice(0, 3).map(({ key }) => key)])
})
