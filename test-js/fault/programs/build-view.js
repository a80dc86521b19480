'use strict'
// argv: file, kind, kill?. Mounts one view over a log that lacks it. With `kill` it kills itself, kill -9, once the view has been saved and
// is not there yet. Else it says where the view began, how many records it took in itself, and what it answers.

const fs = require('node:fs')
const path = require('node:path')
const millrace = require('../../../js-bindings')
const { VIEWS } = require('./build-view-kinds')

const [, , file, kind, kill] = process.argv
const directory = path.join(path.dirname(file), 'millrace', path.basename(file), 'views/mine')
const isSaved = () => fs.existsSync(directory) && fs.readdirSync(directory).some((name) => /^manifest-\d+$/.test(name))

async function main () {
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
  const db = millrace(millrace.OffsetLog(file, { codec }))
  const { create, answer } = VIEWS[kind]
  let rows = 0
  db.use('mine', create(millrace, () => { rows++ }))
  await new Promise((resolve) => db.since.once(resolve))
  const began = db.progress().mine.since
  while (!db.progress().mine.isReady) {
    if (kill && isSaved()) process.kill(process.pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  console.log(JSON.stringify({ began, since: db.since.value, records: db.progress().mine.records, rows, answer: await answer(db) }))
  await db.close()
}

main().catch((err) => { console.error(err); process.exitCode = 1 })
