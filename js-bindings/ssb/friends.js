'use strict'
// ssb-friends for secret-stack, its contacts indexed by the native view: the same manifest, the same graph and hops. layered-graph, which
// ssb-friends has too, keeps the graph in memory. What differs stands in docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/friends'))

const { contacts } = require('../lib/views').builtIn
const { isFeed } = require('./ids')
const { drained, collected } = require('./sources')
const { legacyOf } = require('./friends-legacy')
const { replicateFriends } = require('./friends-replicate')
const { requirePeer } = require('./require-peer')

const [FOLLOWS, BLOCKS, NEITHER] = [1, -1, -2]

exports.name = 'friends'
exports.version = '4.4.10' // of ssb-friends, whose results these are
exports.manifest = {
  hopStream: 'source',
  onEdge: 'sync',
  follow: 'async',
  isFollowing: 'async',
  block: 'async',
  isBlocking: 'async',
  hops: 'async',
  help: 'sync',
  get: 'async',
  createFriendStream: 'source',
  stream: 'source'
}

exports.init = (ssb, config) => {
  const { hops, hookAuth, hookReplicate } = config.friends || {}
  const max = hops || (config.replicate || {}).hops || 3
  const layered = requirePeer('layered-graph')({ max, start: ssb.id })
  const ready = fed(ssb, layered)
  const edge = ({ source, dest }) => (layered.getGraph()[source] || {})[dest]
  const ask = (answer) => (opts, cb) => {
    if (typeof opts === 'function') [opts, cb] = [{}, opts]
    ready((err) => err ? cb(err) : cb(null, answer(opts || {})))
  }
  const publish = (name, content) => (id, opts, cb) => {
    if (!isFeed(id)) return cb(new Error(`${name}: ${id} is not the id of a feed`))
    ssb.publish({ type: 'contact', contact: id, ...content(opts || {}) }, cb)
  }
  const isBlocking = ask((opts) => Math.round(edge(opts)) === BLOCKS)

  if (hookAuth !== false) refuseBlocked(ssb, isBlocking)
  if (hookReplicate !== false) replicateFriends(ssb, layered, max)

  return {
    hopStream: layered.hopStream,
    onEdge: layered.onEdge,
    createLayer: layered.createLayer,
    isFollowing: ask((opts) => edge(opts) >= 0),
    isBlocking,
    hops: ask((opts) => layered.getHops(opts)),
    follow: publish('follow', ({ state = true, recps }) => ({ following: state, recps })),
    block: publish('block', ({ state = true, reason, recps }) => ({ blocking: state, reason: typeof reason === 'string' ? reason : undefined, recps })),
    ...legacyOf(layered, ask),
    help: () => ({ description: 'who follows and who blocks whom, and how far feeds are from each other', commands: {} })
  }
}

/** Brings the contacts into a layer of the graph, now and as they come; what it returns calls back when all that there are are in. */
function fed (ssb, layered) {
  const view = ssb._flumeUse('contacts', contacts())
  const update = layered.createLayer('contacts')
  let isFed = false
  const feed = (cb) => {
    isFed = true
    collected(view.read({ reverse: true, limit: 1 }), (err, [last]) => err ? cb(err) : follow(last, cb))
  }
  const follow = (last, cb) => {
    let graph = {} // until it is whole
    const loaded = () => {
      update(graph)
      graph = null
      cb(null)
    }
    const hear = ({ author, content }) => {
      const to = content.contact
      if (!isFeed(author) || !isFeed(to)) return
      if (graph === null) return update(author, to, valueOf(content))
      graph[author] = graph[author] || {}
      graph[author][to] = valueOf(content)
    }
    if (last === undefined) loaded()
    drained(view.read({ live: true }), ({ value: message, seq }) => {
      hear(message.value)
      if (graph !== null && seq >= last.seq) loaded()
    }, () => { isFed = false }) // a compaction ends rows of a view: the next who asks starts them anew
  }
  feed(() => {})
  return (cb) => view.isFollowing({ source: ssb.id, dest: ssb.id }, (err) => { // the view has all there is now, and the rows were given
    if (err) return cb(err)
    if (isFed) layered.onReady(cb)
    else feed((err) => err ? cb(err) : layered.onReady(cb))
  })
}

const valueOf = ({ following, blocking, flagged }) => blocking || flagged ? BLOCKS : following === true ? FOLLOWS : NEITHER

/** Whom we block may not connect. */
function refuseBlocked (ssb, isBlocking) {
  ssb.auth.hook(function (fn, args) {
    const [source, cb] = args
    isBlocking({ source: ssb.id, dest: source }, (err, isBlocked) => {
      if (err) console.error(err)
      if (isBlocked) cb(new Error('client is blocked'))
      else fn.apply(this, args)
    })
  })
}
