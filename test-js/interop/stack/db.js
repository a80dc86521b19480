'use strict'
// Reads through ssb-db, or through millrace/ssb/db over the same ssb-db, of the log in DIRECTORY.
// Usage: node db.js DIRECTORY stock | native [package]   prints a line of JSON for each question: {question, rows}

const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const keys = require('ssb-keys')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')

const [directory, which, name = 'ssb-db'] = process.argv.slice(2)
const SUBJECTS = 8
const installed = path.join(__dirname, 'node_modules', name)
const { nativeDb } = require('../../../js-bindings/ssb/native-db')
const plugin = which === 'native' ? nativeDb(installed) : require(installed)

const create = SecretStack({ caps }).use(plugin)
if (name === 'ssb-db') create.use(require('ssb-private1'))
const ssb = create({
  path: directory,
  keys: keys.loadOrCreateSync(path.join(directory, 'secret')),
  connections: { incoming: {}, outgoing: {} }
})

const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))

/** What is asked about: authors, targets and types that come most, times in the middle. */
function subjectsOf (messages) {
  const counts = { authors: new Map(), targets: new Map(), types: new Map() }
  const count = (kind, value) => counts[kind].set(value, (counts[kind].get(value) || 0) + 1)
  const targets = (value) => {
    if (value && typeof value === 'object') return Object.values(value).forEach(targets)
    if (typeof value === 'string' && /^[@%&].{43}=/.test(value)) count('targets', value)
  }
  for (const { value } of messages) {
    count('authors', value.author)
    targets(value.content)
    if (value.content && typeof value.content.type === 'string') count('types', value.content.type)
  }
  const most = (kind) => [...counts[kind]].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id)
  const times = messages.map(({ timestamp }) => timestamp).filter(Number.isFinite).sort((a, b) => a - b)
  return { authors: most('authors').slice(0, SUBJECTS), targets: most('targets').slice(0, SUBJECTS * 3), types: most('types'), early: times[times.length >> 2], late: times[times.length >> 1] }
}

function questions (of) {
  const { early, late } = of
  const asked = {}
  const ranges = { all: {}, reverse: { reverse: true, limit: 50 }, between: { gt: early, lte: late, limit: 500 }, keys: { gte: late, values: false, limit: 300 }, values: { lt: early, keys: false }, unboxed: { private: true, gt: late, limit: 800 } }
  for (const [range, opts] of Object.entries(ranges)) {
    asked[`log ${range}`] = () => ssb.createLogStream({ ...opts })
    asked[`feed ${range}`] = () => ssb.createFeedStream({ ...opts })
  }
  for (const id of of.authors) {
    asked[`history ${id}`] = () => ssb.createHistoryStream({ id })
    asked[`history ${id} from 5`] = () => ssb.createHistoryStream({ id, seq: 5, limit: 20, keys: false })
    asked[`user ${id}`] = () => ssb.createUserStream({ id, reverse: true, private: true })
    asked[`user ${id} some`] = () => ssb.createUserStream({ id, gt: 3, lt: 40, values: false })
    asked[`links from ${id}`] = () => ssb.links({ source: id })
    asked[`links from ${id} to feeds`] = () => ssb.links({ source: id, dest: 'feed', values: true, reverse: true })
  }
  for (const dest of of.targets) {
    asked[`links to ${dest}`] = () => ssb.links({ dest })
    asked[`links to ${dest} by rel`] = () => ssb.links({ dest, rel: 'root', values: true, meta: false })
    asked[`links to ${dest} from feeds`] = () => ssb.links({ source: 'feed', dest, rel: 'mentions', keys: false })
  }
  for (const rel of ['vote', 'contact', 'about', 'branch', 'odd', '7', 'value']) {
    asked[`links by ${rel}`] = () => ssb.links({ rel, source: '@', dest: '%' })
    asked[`links by ${rel} to feeds`] = () => ssb.links({ rel, dest: '@' })
  }
  asked['links all'] = () => ssb.links({ values: true, private: true })
  for (const type of of.types) {
    asked[`type ${type}`] = () => ssb.messagesByType(type)
    asked[`type ${type} some`] = () => ssb.messagesByType({ type, gt: early, lt: late, reverse: true, keys: false, private: true })
  }
  asked.latest = () => ssb.latest()
  asked.raw = () => ssb.createRawLogStream ? ssb.createRawLogStream({ limit: 100 }) : pull.empty()
  return asked
}

const tell = (question, rows) => process.stdout.write(JSON.stringify({ question, rows }) + '\n')
const answered = (promise) => promise.then((answer) => [answer], ({ message }) => [{ message }])

async function main () {
  const of = subjectsOf(await collect(ssb.createRawLogStream ? pull(ssb.createRawLogStream({}), pull.map(({ value }) => value)) : ssb.createLogStream()))
  for (const [question, ask] of Object.entries(questions(of))) tell(question, await collect(ask()).catch(({ message }) => [{ message }]))
  tell('clock', await answered(promisify(ssb.getVectorClock)()))
  for (const id of [...of.authors, 'nobody']) {
    tell(`latest ${id}`, await answered(promisify(ssb.getLatest)(id)))
    tell(`latestSequence ${id}`, await answered(promisify(ssb.latestSequence)(id)))
    for (const sequence of [1, 7, 1e6]) tell(`at ${id} ${sequence}`, await answered(promisify(ssb.getAtSequence)([id, sequence])))
  }
  for (const key of of.targets.filter((id) => id[0] === '%')) {
    tell(`get ${key}`, await answered(promisify(ssb.get)(key)))
    tell(`get ${key} with meta`, await answered(promisify(ssb.get)({ id: key, private: true, meta: true })))
  }
  const { sync, ...since } = ssb.since()
  tell('since', [{ names: Object.keys(since.plugins).sort() }])
  tell('manifest', [ssb.getManifest()])
  await promisify(ssb.close)()
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
