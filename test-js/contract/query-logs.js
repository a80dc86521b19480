'use strict'
// The messages that queries are compared on: the committed 3,000, or those of the log that MILLRACE_SSB_LOG names; and ours over them.

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const { BINDINGS } = require('../subjects')

const FIXTURE = path.join(__dirname, '../fixtures/ssb-3k.log.offset.gz')
const VIEWS = ['keys', 'feeds', 'backlinks', 'time', 'type', 'links', 'about', 'contacts']
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }

function fixture () {
  const name = process.env.MILLRACE_SSB_LOG || FIXTURE
  const bytes = fs.readFileSync(name)
  return name.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes
}

/** A database of ours over a copy of the messages, with these views; closed when the test ends. */
function openOurs (t, dir, views) {
  const Flume = require(BINDINGS)
  fs.mkdirSync(dir, { recursive: true })
  const file = path.join(dir, 'log.offset')
  fs.writeFileSync(file, fixture())
  const db = Flume(Flume.OffsetLog(file, { codec }))
  for (const view of views) db.use(view, Flume.views[view]())
  t.after(() => db.closed ? null : db.close())
  return db
}

module.exports = { fixture, codec, openOurs, FIXTURE, VIEWS }
