'use strict'
// The example in docs/VIEWS.md, run as it stands.

const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { tempDir } = require('../temp')
const { iterate } = require('../../js-bindings/lib/pull')
const Flume = require('../../js-bindings')
const OffsetLog = require('../../js-bindings/flumelog-offset')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const AsyncFunction = (async () => {}).constructor

test('the views of the example count votes and list an author\'s last posts', async (t) => {
  const file = path.join(tempDir(t), 'log.offset')
  fs.writeFileSync(file, zlib.gunzipSync(fs.readFileSync(path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz'))))
  const messages = []
  const before = Flume(OffsetLog(file, { codec }))
  for await (const { value } of before.records()) messages.push(value)
  await before.close()

  const votes = {}
  const posts = new Map()
  for (const { value } of messages) {
    if (value.content.type === 'vote') votes[value.author] = (votes[value.author] || 0) + 1
    if (value.content.type === 'post') posts.set(value.author, [...(posts.get(value.author) || []), value.timestamp])
  }
  const [author, times] = [...posts].sort((a, b) => b[1].length - a[1].length)[0]

  const code = fs.readFileSync(path.join(__dirname, '../../docs/VIEWS.md'), 'utf8').match(/```js\n([^]*?)```/)[1]
  const printed = []
  const run = new AsyncFunction('Flume', 'OffsetLog', 'file', 'codec', 'items', 'author', 'print', `${code}\nawait db.close()\nreturn count`)
  assert.deepStrictEqual(await run(Flume, OffsetLog, file, codec, iterate, author, (key, value) => { printed.push([key, value.value.author]) }), votes)
  assert.deepStrictEqual(printed, times.sort((a, b) => b - a).slice(0, 3).map((time) => [[author, time], author]))
})
