'use strict'
// argv: directory. Callbacks and listeners that throw, beside others of the same log or view, which must be called all the same. Prints
// what was called and what was uncaught; ends by itself when nothing was lost.

const path = require('node:path')
const Flume = require('../../../js-bindings')

const directory = process.argv[2]
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const open = (name, durable) => Flume.OffsetLog(path.join(directory, name), { codec, durable })
const planted = (what) => () => { throw new Error(what) }
const called = (start) => new Promise((resolve) => start(() => resolve()))
const uncaught = []
process.on('uncaughtException', (err) => uncaught.push(err.message))

async function say (what, ...promises) {
  await Promise.all(promises)
  await new Promise(setImmediate) // what was thrown apart is uncaught by then
  console.log(`${what}: ${[...new Set(uncaught.splice(0))].sort().join(', ')}`)
}

async function whileWritten () {
  const log = open('written', 'sync')
  log.append({}, planted('append'))
  const appended = called((cb) => log.append({}, cb))
  log.onDrain(planted('drain'))
  await say('written', appended, called((cb) => log.onDrain(cb)))
  await log.close()
}

async function whileClosed () {
  const log = open('closed', 'sync')
  await log.append({})
  log.append({}, planted('append'))
  const appended = called((cb) => log.append({}, cb))
  log.get(0, planted('get'))
  const got = called((cb) => log.get(0, cb))
  log.onDrain(planted('drain'))
  await say('closed', log.close(), appended, got)
  await open('closed', 'os').close()
}

async function ofViews () {
  const db = Flume(open('views', 'os'))
  await db.append(Array.from({ length: 1000 }, (_, i) => ({ key: `%${i}` })))
  db.use('keys', Flume.views.keys())
  db.use('map', Flume.view({ version: 1, select: ['key'], map: ({ key }) => [key] }))
  db.use('count', Flume.view({ version: 1, select: ['key'], initial: 0, reduce: (sum) => sum + 1 }))
  db.count.value(planted('value'), false)
  db.map.since(planted('since'), false)
  db.map.get('%1', planted('read'))
  await say('built', called((cb) => db.map.get('%2', cb)), db.count.get())
  const live = [planted('live row'), null].map((cb) => new Promise((resolve) => {
    db.map.read({ live: true, old: false, values: false })(null, cb || resolve)
  }))
  await db.append({ key: '%new' })
  const answers = [await db.map.seq('%new') === db.since.value, await db.count.get()]
  await say(`live, ${answers}`, live[1])
  db.ready.set(false)
  db.keys.get('%1', planted('read'))
  const refused = called((cb) => db.keys.get('%2', cb))
  await say('views closed', db.close(), refused)
}

whileWritten().then(whileClosed).then(ofViews).catch((err) => {
  console.log(err)
  process.exitCode = 1
})
