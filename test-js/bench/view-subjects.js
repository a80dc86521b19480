'use strict'
// One run of views.js, in a process of its own: opens the log of a subject, waits for its views, then asks or measures.
//
//   node view-subjects.js build | read | reopen | live  SUBJECT DIRECTORY VIEWS ROUNDS      prints lines of JSON
//
// Subjects: millrace (VIEWS are those to mount), classic (ssb-db with ssb-backlinks and ssb-query on the stock flumedb), ssb-db2; patchwork
// (the eleven views that its plugins have; only the build is asked for), the same plugins on our log, with our
// flumeview-level too, our plugins of the same names.

const start = performance.now()
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false, type: 'json' }
const STACK = path.join(__dirname, '../interop/stack/node_modules')
const POLL_MS = 2
const SAMPLE_MS = 10
const LIVE_WINDOWS = 4 // of as many appends each as were asked for
const RECORD_MS = 1500 // what is slow is asked less often

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const collect = (source) => new Promise((resolve, reject) => {
  const rows = []
  const next = (end, row) => {
    if (end) return end === true ? resolve(rows) : reject(end)
    rows.push(row)
    source(null, next)
  }
  source(null, next)
})

/** Each: `isReady()`, once the views are at the log's since; what it answers of the questions of views.js. */
const subjects = {
  millrace (directory, views) {
    const Flume = require('../../js-bindings')
    const db = Flume(Flume.OffsetLog(path.join(directory, 'log.offset'), { codec }))
    for (const name of views) db.use(name, Flume.views[name]())
    const { feeds, backlinks } = db
    return {
      db,
      isReady: () => db.since.value !== undefined && views.every((name) => db.views[name].since.value === db.since.value),
      close: () => db.close(),
      ask: {
        'get by key': ({ key }) => promisify(db.keys.get)(key),
        thread: ({ root }) => collect(backlinks.read({ id: root, relation: 'root', seqs: false })),
        backlinks: ({ root }) => collect(backlinks.read({ id: root, seqs: false })),
        'vote count': ({ voted }) => backlinks.count({ id: voted, relation: 'vote' }),
        feed: ({ author }) => collect(feeds.read({ id: author, seqs: false })),
        'vector clock': () => feeds.clock(),
        mentions: ({ mentioned }) => collect(backlinks.read({ id: mentioned, relation: 'mention', seqs: false }))
      }
    }
  },

  classic (directory) {
    const ssb = stack(directory, ['ssb-db', 'ssb-backlinks', 'ssb-query'].map(installed))
    const linked = (dest, content = {}) => ({ query: [{ $filter: { dest, value: { content } } }], index: 'DTA' })
    return {
      ...states(ssb),
      ask: {
        'get by key': ({ key }) => promisify(ssb.get)(key),
        thread: ({ root }) => collect(ssb.backlinks.read(linked(root, { root }))),
        backlinks: ({ root }) => collect(ssb.backlinks.read(linked(root))),
        'vote count': async ({ voted }) => (await collect(ssb.backlinks.read(linked(voted, { type: 'vote' })))).length,
        feed: ({ author }) => collect(ssb.createUserStream({ id: author })),
        'vector clock': () => promisify(ssb.getVectorClock)(),
        mentions: async ({ mentioned }) => (await collect(ssb.backlinks.read(linked(mentioned)))).filter(({ value }) =>
          Array.isArray(value.content.mentions) && value.content.mentions.some((mention) => mention && mention.link === mentioned))
      }
    }
  },

  'ssb-db2' (directory) {
    const ssb = stack(directory, [installed('ssb-db2')])
    const { where, and, type, author, hasRoot, votesFor, mentions, count, toPromise } = require(path.join(STACK, 'ssb-db2/operators'))
    const state = { base: false, keys: false }
    for (const index of Object.keys(state)) ssb.db.onDrain(index, () => { state[index] = true })
    const all = (...steps) => ssb.db.query(...steps, toPromise())
    return {
      isReady: () => state.base && state.keys,
      views: () => ['base', 'keys', 'private'],
      close: () => promisify(ssb.close)(true),
      ask: {
        'get by key': ({ key }) => promisify(ssb.db.get)(key),
        thread: ({ root }) => all(where(hasRoot(root))),
        'vote count': ({ voted }) => all(where(votesFor(voted)), count()),
        feed: ({ author: id }) => all(where(author(id))),
        mentions: ({ mentioned }) => all(where(mentions(mentioned))),
        'posts by author': ({ author: id }) => all(where(and(type('post'), author(id))))
      }
    }
  },

  patchwork: (directory) => states(stack(directory, [...PATCHWORK.map(installed), replicate])),
  'patchwork on millrace': (directory) => subjects.patchwork(directory),
  'patchwork on millrace and level': (directory) => subjects.patchwork(directory),
  'patchwork native': (directory) => states(stack(directory, [...PATCHWORK.map(native), replicate]))
}

const replicate = { name: 'replicate', version: '1.0.0', manifest: {}, init: () => ({ request () {}, block () {} }) } // whom ssb-friends asks

/** ssb-db's six views and the five of its plugins. */
const PATCHWORK = ['ssb-db', 'ssb-backlinks', 'ssb-query', 'ssb-links', 'ssb-friends', 'ssb-about', 'ssb-search']

function native (name) {
  const own = path.join(__dirname, '../../js-bindings/ssb', `${name.replace('ssb-', '')}.js`)
  return fs.existsSync(own) ? require(own) : installed(name)
}

function installed (name) {
  return require(path.join(STACK, name))
}

const states = (ssb) => ({
  isReady: () => {
    const { since, plugins } = ssb.since()
    return since >= 0 && Object.values(plugins).every((reached) => reached === since)
  },
  views: () => Object.keys(ssb.since().plugins),
  close: () => promisify(ssb.close)()
})

function stack (directory, plugins) {
  const at = installed
  const create = plugins.reduce((made, plugin) => made.use(plugin), at('secret-stack')({ caps: at('ssb-caps') }))
  const keys = at('ssb-keys').loadOrCreateSync(path.join(directory, 'secret'))
  return create({ path: directory, keys, connections: { incoming: {}, outgoing: {} } })
}

const rssAnonMB = () => Number(/RssAnon:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))[1]) / 1024

async function opened (name, directory, views) {
  let peakMB = 0
  const sampling = setInterval(() => { peakMB = Math.max(peakMB, rssAnonMB()) }, SAMPLE_MS)
  const subject = subjects[name](directory, views)
  while (!subject.isReady()) await sleep(POLL_MS)
  clearInterval(sampling)
  const seconds = (performance.now() - start) / 1000
  return { ...subject, seconds, rssAnonMB: Math.max(peakMB, rssAnonMB()) } // perhaps it was there before the first look
}

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
const timesOf = (us) => us.sort((a, b) => a - b) && { p50Us: share(us, 0.5), p99Us: share(us, 0.99) }

async function timed (rounds, action) {
  const us = []
  for (const end = performance.now() + RECORD_MS; us.length < rounds && (us.length < 3 || performance.now() < end);) {
    const begun = performance.now()
    await action()
    us.push((performance.now() - begun) * 1e3)
  }
  return timesOf(us)
}

/** Rows, a number, a clock's feeds; a message is one. */
function rowsOf (answer) {
  if (Array.isArray(answer)) return answer.length
  return typeof answer !== 'object' ? answer : answer.value || answer.content ? 1 : Object.keys(answer).length
}

const modes = {
  async build ({ name, directory, views }) {
    const { seconds, rssAnonMB, close, views: named } = await opened(name, directory, views)
    const { user, system } = process.cpuUsage()
    await close()
    return [{ seconds, cpuSeconds: (user + system) / 1e6, rssAnonMB, views: named ? named() : views }]
  },

  /** With the JVM running and the classes there, as another database of the same process is opened. */
  async reopen ({ directory, views, rounds }) {
    const ms = []
    for (let i = 0; i < rounds; i++) {
      const begun = performance.now()
      const { isReady, close } = subjects.millrace(directory, views)
      while (!isReady()) await sleep(0)
      ms.push(performance.now() - begun)
      await close()
    }
    return [{ seconds: share(ms.slice(1).sort((a, b) => a - b), 0.5) / 1e3, firstSeconds: ms[0] / 1e3 }]
  },

  async read ({ name, directory, views, rounds }) {
    const of = JSON.parse(fs.readFileSync(path.join(directory, 'pick.json')))
    const { ask, close } = await opened(name, directory, views)
    const lines = []
    for (const [row, read] of Object.entries(ask)) {
      const answer = await read(of)
      const texts = Array.isArray(answer) ? answer.map((each) => JSON.stringify(each)) : [JSON.stringify(answer)]
      const { p50Us: parseUs } = await timed(rounds, () => texts.forEach((text) => JSON.parse(text)))
      lines.push({ row, rows: rowsOf(answer), ...await timed(rounds, () => read(of)), parseUs })
    }
    await close()
    return lines
  },

  /** From the call of append to the row in a live reader of a view: at first, while the JVM compiles, and a while later. */
  async live ({ directory, views, rounds }) {
    const { db, close } = await opened('millrace', directory, views)
    const id = '@' + 'A'.repeat(43) + '=.ed25519'
    const staying = setInterval(() => {}, 1000) // who only waits for what is live does not keep a process
    let arrived
    const source = db.feeds.read({ id, live: true, seqs: false })
    const next = (end) => {
      if (end) return
      if (arrived) arrived()
      source(null, next)
    }
    source(null, next)
    async function append (sequence) {
      const message = { key: `%${String(sequence).padStart(42, '0')}A=.sha256`, value: { author: id, sequence, timestamp: Date.now(), content: { type: 'post', text: 'live' } }, timestamp: Date.now() }
      const row = new Promise((resolve) => { arrived = resolve })
      const begun = performance.now()
      db.append(message, () => {})
      await row
      return (performance.now() - begun) * 1e3
    }
    const windows = []
    for (let sequence = 0; windows.length < LIVE_WINDOWS;) {
      const us = []
      while (us.length < rounds) us.push(await append(++sequence))
      windows.push(timesOf(us))
    }
    clearInterval(staying)
    await close()
    return [{ row: 'append to row, the first', ...windows[0] }, { row: 'append to row, later', ...windows.at(-1) }]
  }
}

async function main ([mode, name, directory, views, rounds]) {
  const lines = await modes[mode]({ name, directory, views: views.split(','), rounds: Number(rounds) })
  for (const line of lines) console.log(JSON.stringify(line))
  process.exit()
}

main(process.argv.slice(2)).catch((err) => {
  console.error(err)
  process.exit(1)
})
