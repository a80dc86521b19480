'use strict'
// The same application on ssb-db2 and jitdb: their log is async-append-only-log's, and `overrides` put Millrace's block log there.
// Usage: node app-db2.js DIRECTORY [replies to publish]   prints one line of JSON: what the stack reads afterwards.

const path = require('node:path')
const { promisify } = require('node:util')
const keys = require('ssb-keys')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')
const { where, and, type, author, hasRoot, count, toPromise } = require('ssb-db2/operators')

const [directory, replies = '0'] = process.argv.slice(2)

const createPeer = SecretStack({ caps })
  .use(require('ssb-db2'))

const ssb = createPeer({
  path: directory,
  keys: keys.loadOrCreateSync(path.join(directory, 'secret')),
  connections: { incoming: {}, outgoing: {} }
})

const create = (content) => promisify(ssb.db.create)({ keys: ssb.config.keys, content })

async function publishThread (many) {
  const root = (await create({ type: 'post', text: 'a thread' })).key
  for (let n = 1; n <= many; n++) {
    await create({ type: 'post', text: `reply ${n}`, root, branch: root })
    await create({ type: 'about', about: root, title: `title ${n}` })
  }
}

async function readAll () {
  await promisify(ssb.db.onDrain)()
  const posts = await ssb.db.query(where(and(type('post'), author(ssb.id))), toPromise())
  const { key: root } = posts.find((msg) => msg.value.content.root === undefined)
  return {
    posts: posts.map((msg) => msg.value.content.text),
    keys: posts.map((msg) => msg.key),
    thread: (await ssb.db.query(where(hasRoot(root)), toPromise())).map((msg) => msg.value.content.text),
    abouts: await ssb.db.query(where(type('about')), count(), toPromise()),
    first: await promisify(ssb.db.get)(root),
    since: ssb.db.getLog().since.value
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
