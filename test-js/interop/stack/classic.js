'use strict'
// What ssb-db's own views and ssb-backlinks answer over the log in DIRECTORY, as the stack's methods give it.
// Usage: node classic.js DIRECTORY QUESTIONS   a file of {authors, targets, types}; prints JSON: {clock, feeds, backlinks, types, keys}

const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const keys = require('ssb-keys')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')

const [directory, file] = process.argv.slice(2)
const questions = JSON.parse(fs.readFileSync(file))

const createPeer = SecretStack({ caps }).use(require('ssb-db')).use(require('ssb-backlinks'))
const ssb = createPeer({
  path: directory,
  keys: keys.loadOrCreateSync(path.join(directory, 'secret')),
  connections: { incoming: {}, outgoing: {} }
})

const keysOf = (source) => new Promise((resolve, reject) => pull(source, pull.map(({ key }) => key), pull.collect((err, rows) => err ? reject(err) : resolve(rows))))

async function answers (ids, ask) {
  const found = {}
  for (const id of ids) found[id] = await ask(id)
  return found
}

async function main () {
  const told = {
    clock: await promisify(ssb.getVectorClock)(),
    feeds: await answers(questions.authors, (id) => keysOf(ssb.createUserStream({ id }))),
    backlinks: await answers(questions.targets, (dest) => keysOf(ssb.backlinks.read({ query: [{ $filter: { dest } }], index: 'DTA' }))),
    types: await answers(questions.types, (type) => keysOf(ssb.messagesByType(type))),
    keys: await answers(questions.keys, (key) => promisify(ssb.get)(key))
  }
  process.stdout.write(JSON.stringify(told))
  await promisify(ssb.close)()
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
