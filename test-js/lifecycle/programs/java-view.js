'use strict'
// argv: class | object, the directory of TypeCount.class. A view written in Java by somebody else, read through db.<name>.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { MODULES } = require('../foreign/install')
const Flume = require('../../../js-bindings')
const OffsetLog = require('../../../js-bindings/flumelog-offset')

const [how, classes] = process.argv.slice(2)
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-'))

async function main (view, stop) {
  const db = Flume(OffsetLog(path.join(dir, 'log')))
  for (const type of ['post', 'vote', 'post']) await db.append(Buffer.from(JSON.stringify({ value: { content: { type } } })))
  db.use('types', view)
  console.log(JSON.stringify(await db.types.counts()))
  await db.append(Buffer.from(JSON.stringify({ value: { content: { type: 'about' } } })))
  console.log(JSON.stringify(await db.types.counts()))
  try {
    db.use('wrong', how === 'object' ? {} : 'java.lang.String')
  } catch (err) {
    console.log(err.code)
  }
  await db.close()
  fs.rmSync(dir, { recursive: true })
  stop()
}

if (how === 'object') {
  const java = require(path.join(MODULES, 'java'))
  Flume.useJava(java, { classpath: [classes] })
  main(java.newInstanceSync('TypeCount'), () => java.stop())
} else {
  Flume.start({ classpath: [classes] })
  main('TypeCount', () => {})
}
