'use strict'
// An SSB application as it stands today: secret-stack, ssb-db, ssb-backlinks, ssb-query. It does not know of Millrace; package.json's
// `overrides` are all that puts it under it.
// Usage: node app.js DIRECTORY [replies to publish]   prints one line of JSON: what the stack reads afterwards.

const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const keys = require('ssb-keys')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')

const [directory, replies = '0'] = process.argv.slice(2)

const createPeer = SecretStack({ caps })
  .use(require('ssb-db'))
  .use(require('ssb-backlinks'))
  .use(require('ssb-query'))

const ssb = createPeer({
  path: directory,
  keys: keys.loadOrCreateSync(path.join(directory, 'secret')),
  connections: { incoming: {}, outgoing: {} }
})

const publish = promisify(ssb.publish)
const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))

async function publishThread (count) {
  const root = (await publish({ type: 'post', text: 'a thread' })).key
  for (let n = 1; n <= count; n++) {
    const { key } = await publish({ type: 'post', text: `reply ${n}`, root, branch: root })
    await publish({ type: 'vote', vote: { link: key, value: 1 } })
  }
}

/** What an application shows, in an order of its own. */
async function readAll () {
  const [first] = await collect(ssb.createLogStream({ limit: 1 }))
  const thread = await collect(ssb.backlinks.read({ query: [{ $filter: { dest: first.key } }], index: 'DTA' }))
  return {
    since: ssb.since().since,
    first: await promisify(ssb.get)(first.key),
    log: (await collect(ssb.createLogStream())).map((msg) => msg.key),
    feed: (await collect(ssb.createUserStream({ id: ssb.id }))).map((msg) => msg.value.sequence),
    history: (await collect(ssb.createHistoryStream({ id: ssb.id, seq: 3 }))).length,
    votes: (await collect(ssb.messagesByType('vote'))).map((msg) => msg.value.content.vote.link),
    thread: thread.map((msg) => msg.value.content.text),
    posts: (await collect(ssb.query.read({ query: [{ $filter: { value: { content: { type: 'post' } } } }, { $map: ['value', 'content', 'text'] }] }))),
    clock: await promisify(ssb.getVectorClock)(),
    latest: (await promisify(ssb.getLatest)(ssb.id)).key
  }
}

async function main () {
  if (Number(replies) > 0) await publishThread(Number(replies))
  console.log(JSON.stringify(await readAll()))
  await promisify(ssb.close)()
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
