'use strict'
// Asks ssb-about and ssb-friends, or our native plugins of the same names, over the log in DIRECTORY.
// Usage: node social.js DIRECTORY stock | native   prints JSON: {manifest, answers: {question: answer}}

const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const keys = require('ssb-keys')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')
const { append } = require('./social-cases')

const [directory, which] = process.argv.slice(2)
const me = keys.generate('ed25519', Buffer.alloc(32, 7)) // the same in both runs
const FEEDS = 10

const asked = [] // of the replicate plugin
const replication = {
  name: 'replicate',
  version: '1.0.0',
  manifest: {},
  init: () => ({ request: (...args) => asked.push(['request', ...args]), block: (...args) => asked.push(['block', ...args]) })
}

const plugin = (name) => require(which === 'native' ? `../../../js-bindings/ssb/${name}` : `ssb-${name}`)

function open () {
  const createPeer = SecretStack({ caps }).use(require('ssb-db'))
  if (which === 'stock') createPeer.use(require('ssb-backlinks'))
  for (const name of ['about', 'friends']) createPeer.use(plugin(name))
  createPeer.use(replication)
  return createPeer({ path: directory, keys: me, connections: { incoming: {}, outgoing: {} } })
}

const collect = (source) => promisify((cb) => pull(source, pull.collect(cb)))()

/** The first `count` items of a live source, when they are there; `then` is done after those before it are. */
function watch (source) {
  const items = []
  let waiting = () => {}
  pull(source, pull.drain((item) => {
    items.push(JSON.parse(JSON.stringify({ item }))) // now: some give one object again and again
    waiting()
  }))
  return (count) => new Promise((resolve) => {
    waiting = () => { if (items.length >= count) resolve([...items]) }
    waiting()
  })
}

async function known (ssb) {
  const messages = await collect(ssb.createLogStream())
  const subjects = new Set(['%nothing', '@nobody'])
  const feeds = new Set()
  for (const { value: { author, content } } of messages) {
    feeds.add(author)
    if (content.type === 'about' && typeof content.about === 'string') subjects.add(content.about)
  }
  return { feeds: [...feeds].slice(0, FEEDS), subjects: [...subjects].filter((id) => id !== 'nobody'), thread: messages[40].key }
}

async function aboutAnswers ({ about }, subjects, thread) {
  const answers = {}
  const names = ['name', 'image', 'description', 'title', 'attendee', 'publicWebHosting', 'startDateTime']
  const ask = (method, opts) => promisify(about[method])(opts).catch((err) => ({ failed: Boolean(err) }))
  for (const dest of [...subjects, thread]) {
    for (const key of names) {
      for (const method of ['socialValue', 'socialValues', 'latestValue']) answers[`${method} ${key} ${dest}`] = await ask(method, { key, dest })
    }
    answers[`latestValues ${dest}`] = await ask('latestValues', { keys: names, dest })
    answers[`read ${dest}`] = await collect(about.read({ dest }))
    answers[`read back ${dest}`] = await collect(about.read({ dest, reverse: true, limit: 2 }))
  }
  return answers
}

async function aboutStreams (ssb, subjects, feeds) {
  const answers = {}
  for (const dest of subjects.slice(-5).concat(feeds[0])) {
    const streams = {
      read: ssb.about.read({ dest, live: true }),
      readToo: ssb.about.read({ dest, live: true, old: false }), // which ssb-about does not look at
      social: ssb.about.socialValueStream({ key: 'name', dest }),
      all: ssb.about.socialValuesStream({ key: 'name', dest }),
      latest: ssb.about.latestValueStream({ key: 'name', dest }),
      mine: ssb.about.latestValueStream({ key: 'name', dest, authorId: ssb.id })
    }
    const watched = Object.entries(streams).map(([name, source]) => [name, watch(source)])
    await Promise.all(watched.map(([name, until]) => until(1)))
    for (const name of ['said live', { remove: true }, 'said again']) await promisify(ssb.publish)({ type: 'about', about: dest, name })
    for (const [name, until] of watched) {
      const old = name.startsWith('read') ? (await collect(ssb.about.read({ dest }))).length - 3 + 1 : 1
      const items = await until(old + 3)
      answers[`${name} live ${dest}`] = name.startsWith('read') ? items.map(({ item }) => item.value ? item.value.content : item) : items
    }
  }
  return answers
}

async function friendsAnswers ({ id, friends }, feeds) {
  const answers = {}
  const ask = async (method, opts) => { answers[`${method} ${JSON.stringify(opts)}`] = await promisify(friends[method])(opts) }
  const graph = await promisify(friends.get)()
  const every = [...new Set([id, ...feeds, ...Object.keys(graph).slice(-8), ...Object.keys(graph).flatMap((feed) => Object.keys(graph[feed])).slice(-20), '@nobody'])]
  answers['get all'] = graph
  answers.hops = await promisify(friends.hops)()
  for (const source of every) {
    for (const dest of every) for (const method of ['isFollowing', 'isBlocking', 'get']) await ask(method, { source, dest })
    await ask('get', { source })
    await ask('get', { dest: source })
    for (const max of [1, 2, 5]) await ask('hops', { start: source, max })
    await ask('hops', { start: source, reverse: true })
  }
  answers.hopStream = await collect(friends.hopStream())
  answers.friendStream = await collect(friends.createFriendStream({ meta: true }))
  return answers
}

/** What changes while contacts are published. */
async function friendsStreams (ssb, [followed, blocked, far]) {
  const { friends } = ssb
  const edges = []
  const stop = friends.onEdge((...edge) => edges.push(edge), null) // secret-stack takes a function that comes last for a callback
  const streams = { hops: friends.hopStream({ live: true }), graph: friends.stream(), ids: friends.createFriendStream({ live: true }) }
  const watched = Object.entries(streams).map(([name, source]) => [name, watch(source)])
  const answers = {}
  const steps = [['follow', far, {}], ['block', followed, { reason: 'spam' }], ['block', blocked, { state: false }], ['follow', far, { state: false }], ['follow', followed, { state: true }]]
  for (const [i, [method, feed, opts]] of steps.entries()) {
    const { key, value: { content } } = await promisify(friends[method])(feed, opts)
    await promisify(ssb.get)(key)
    while (edges.length <= i) await promisify(setImmediate)()
    answers[`${method} ${feed} ${i}`] = [content, await promisify(friends.hops)({}), await promisify(friends.isBlocking)({ source: ssb.id, dest: feed })]
  }
  for (const [name, until] of watched) answers[`${name} live`] = await until(1)
  stop()
  answers.asked = [...asked]
  await promisify(ssb.rebuild)()
  await promisify(friends.follow)(blocked, {})
  answers['after rebuild'] = await promisify(friends.get)()
  answers['hops after rebuild'] = await promisify(friends.hops)()
  answers.refused = await promisify(friends.follow)('nobody', {}).catch((err) => err instanceof Error)
  return { ...answers, edges }
}

async function main () {
  let ssb = open()
  const { feeds, thread } = await known(ssb)
  await promisify(ssb.close)()
  await append(path.join(directory, 'flume/log.offset'), me.id, feeds, thread)
  asked.length = 0
  ssb = open()
  const { subjects } = await known(ssb)
  const answers = await aboutAnswers(ssb, subjects, thread)
  Object.assign(answers, await aboutStreams(ssb, subjects, feeds))
  Object.assign(answers, await friendsAnswers(ssb, feeds), await friendsStreams(ssb, feeds))
  const { about, friends } = ssb.getManifest()
  process.stdout.write(JSON.stringify({ manifest: { about, friends }, answers }))
  await promisify(ssb.close)()
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
