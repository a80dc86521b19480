'use strict'
// Reads through ssb-backlinks, ssb-query, ssb-links and ssb-search, or through our native plugins of the same names, over the log in DIRECTORY.
// Usage: node plugins.js DIRECTORY stock | native SEED   prints JSON: {manifest, rows: {question: rows}}

const path = require('node:path')
const { promisify } = require('node:util')
const pull = require('pull-stream')
const keys = require('ssb-keys')
const { random } = require('../../random')
const SecretStack = require('secret-stack')
const caps = require('ssb-caps')

const [directory, which, seed] = process.argv.slice(2)
const SUBJECTS = 12 // most linked targets
const SEARCHES = 40
const plugin = (name) => require(which === 'native' ? `../../../js-bindings/ssb/${name}` : `ssb-${name}`)

const createPeer = SecretStack({ caps }).use(require('ssb-db')).use(plugin('backlinks')).use(plugin('query')).use(plugin('links')).use(plugin('search'))
const ssb = createPeer({
  path: directory,
  keys: keys.loadOrCreateSync(path.join(directory, 'secret')),
  connections: { incoming: {}, outgoing: {} }
})

const collect = (source) => new Promise((resolve, reject) => pull(source, pull.collect((err, rows) => err ? reject(err) : resolve(rows))))
const content = (filter) => ({ value: { content: filter } })

/** The targets that most messages name, of each kind. */
async function subjectsOf () {
  const counts = new Map()
  const count = (value) => {
    if (value && typeof value === 'object') return Object.values(value).forEach(count)
    if (typeof value === 'string' && /^[@%&#].{3,}/.test(value)) counts.set(value, (counts.get(value) || 0) + 1)
  }
  const messages = await collect(ssb.createLogStream())
  for (const { value } of messages) count(value.content)
  const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id)
  const ofKind = (sigil) => most.filter((id) => id[0] === sigil && /^#[^\s#]{1,28}$|\.(ed25519|sha256)$/.test(id)).slice(0, SUBJECTS / 4)
  return { targets: ['@', '%', '&', '#'].flatMap(ofKind), authors: ofKind('@'), messages }
}

function backlinkQuestions (dest) {
  return {
    plain: { query: [{ $filter: { dest } }] },
    object: { query: { dest } },
    posts: { query: [{ $filter: { dest, ...content({ type: 'post' }) } }] },
    votes: { query: [{ $filter: { dest, ...content({ type: 'vote' }) } }], reverse: true },
    DTS: { query: [{ $filter: { dest } }], index: 'DTS' },
    DTA: { query: [{ $filter: { dest } }], index: 'DTA', reverse: true, limit: 5 },
    TDT: { query: [{ $filter: { dest, ...content({ type: 'post' }) } }], index: 'TDT', limit: 7 },
    sorted: { query: [{ $filter: { dest } }, { $sort: [['dest'], ['rts']] }] },
    since: { query: [{ $filter: { dest, rts: { $gt: 1438790000000 } } }] },
    mapped: { query: [{ $filter: { dest } }, { $map: { author: ['value', 'author'], when: 'timestamp', dest: 'dest' } }] },
    reduced: { query: [{ $filter: { dest } }, { $reduce: { type: ['value', 'content', 'type'], count: { $count: true } } }] }
  }
}

const QUERIES = ([author]) => ({
  types: { query: [{ $filter: content({ type: 'about' }) }], limit: 40 },
  posts: { query: [{ $filter: content({ type: 'post' }) }], reverse: true, limit: 30 },
  author: { query: [{ $filter: { value: { author } } }] },
  authorType: { query: [{ $filter: { value: { author, content: { type: 'vote' } } } }] },
  roots: { query: [{ $filter: content({ type: 'post', root: { $prefix: '%' } }) }, { $map: ['value', 'content', 'root'] }], limit: 50 },
  counted: { query: [{ $filter: { timestamp: { $gt: 0 } } }, { $reduce: { author: ['value', 'author'], count: { $count: true } } }] },
  text: { query: JSON.stringify([{ $filter: content({ type: 'contact', following: true }) }, { $map: { from: ['value', 'author'], to: ['value', 'content', 'contact'] } }]) }
})

const LINKS = {
  everything: { limit: 500 },
  nothingFixed: { query: [{ $filter: { ts: { $gt: 1438790000000 } } }], limit: 300, reverse: true },
  named: { query: [{ $filter: { rel: ['mentions', { $prefix: '@' }] } }, { $reduce: { name: ['rel', 1], feed: 'dest', uses: { $count: true } } }] },
  threads: { query: [{ $filter: { rel: ['root'] } }, { $reduce: { thread: 'dest', participant: 'source', posts: { $count: true } } }] },
  votes: { query: [{ $filter: { rel: ['vote', { $gt: 0 }] } }], limit: 200 },
  ofObject: { query: { rel: ['vote', 1] }, limit: 100 },
  about: { query: [{ $filter: { rel: [{ $prefix: 'about' }, { $prefix: '' }] } }] },
  previous: { query: [{ $filter: { rel: ['previous'] } }], reverse: true, limit: 40 },
  own: { query: [{ $filter: { rel: ['author'] } }, { $map: { by: 'source', when: 'ts' } }], limit: 40 },
  sorted: { query: [{ $filter: { rel: ['contact', true] } }, { $sort: ['dest', 'rel', 'source', 'ts'] }] },
  unsorted: { query: [{ $filter: { rel: ['contact', true] } }, { $sort: ['ts'] }] },
  json: JSON.stringify([{ $filter: { rel: ['branch'] } }, { $map: 'dest' }]),
  whole: { query: [{ $filter: { rel: ['image', { $prefix: 'image/' }] } }], unlinkedValues: true, limit: 10 },
  noType: { query: [{ $filter: { rel: 'vote' } }] }
}

const linkQuestions = (dest) => ({
  to: { query: [{ $filter: { dest } }] },
  toBy: { query: [{ $filter: { dest, rel: ['vote'] } }], reverse: true },
  toObject: { query: { dest, source: dest } },
  toKind: { query: [{ $filter: { dest, rel: [{ $prefix: 'm' }] } }], limit: 5 },
  from: { query: [{ $filter: { source: dest } }] },
  fromTo: { query: [{ $filter: { source: dest, dest: { $prefix: '%' } } }], limit: 60 },
  fromKind: { query: JSON.stringify([{ $filter: { source: dest, rel: ['root'] } }, { $map: { root: 'dest' } }]) },
  both: { query: [{ $filter: { source: dest, dest, rel: ['about'] } }] }
})

/** Words of the messages, some cut, with what stands between words. */
function * searches (messages) {
  const { below } = random(Number(seed))
  const one = (list) => list[below(list.length)]
  const texts = messages.map(({ value }) => value.content.text).filter((text) => typeof text === 'string')
  for (let i = 0; i < SEARCHES; i++) {
    const words = one(texts).toLowerCase().split(/\W+/).filter((word) => word.length > 2)
    if (words.length === 0) continue
    const terms = Array.from({ length: 1 + below(4) }, () => {
      const word = one(words)
      return below(2) ? word : word.slice(0, 3 + below(word.length))
    })
    yield { query: terms.join(one([' ', ', in: ', '\n', ' é'])), limit: one([undefined, undefined, 0, 1 + below(9)]) }
  }
  yield * [{ query: 'nothingofthekind' }, { query: 7 }, {}, undefined]
}

async function main () {
  const { targets, authors, messages } = await subjectsOf()
  const rows = {}
  const ask = async (question, source) => { rows[question] = await collect(source).catch(({ message }) => [{ message }]) }
  for (const dest of targets) {
    for (const [name, opts] of Object.entries(backlinkQuestions(dest))) await ask(`${dest} ${name}`, ssb.backlinks.read(opts))
    for (const [name, opts] of Object.entries(linkQuestions(dest))) await ask(`${dest} links ${name}`, ssb.links2.read(opts))
  }
  for (const [name, opts] of Object.entries(QUERIES(authors))) await ask(`query ${name}`, ssb.query.read(opts))
  for (const [name, opts] of Object.entries(LINKS)) await ask(`links ${name}`, ssb.links2.read(opts))
  for (const opts of searches(messages)) await ask(`search ${JSON.stringify(opts)}`, ssb.search.query(opts))
  const { backlinks, query, links2, search } = ssb.getManifest()
  process.stdout.write(JSON.stringify({ manifest: { backlinks, query, links2, search }, names: Object.keys(ssb.since().plugins), rows }))
  await promisify(ssb.close)()
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
