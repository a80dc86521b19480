'use strict'
// The reads that ssb-friends keeps for old applications: following is true, blocking false, neither null.

const { deferred } = require('../lib/pull')
const { flattened, pushed } = require('./sources')

const legacy = (value) => value >= 0 ? true : value === -1 ? false : null
const each = (object, map) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
const whole = (graph) => each(graph, (edges) => each(edges, legacy))

/** @param {function} ask makes an async method of what answers it once the graph is there */
function legacyOf (layered, ask) {
  return {
    get: ask(({ source, dest }) => {
      const graph = layered.getGraph()
      const edges = graph[source]
      if (source) return edges && dest ? legacy(edges[dest]) : each(edges || {}, legacy)
      if (!dest) return whole(graph)
      const of = Object.entries(graph).filter(([, edges]) => edges[dest] !== undefined)
      return Object.fromEntries(of.map(([feed, edges]) => [feed, legacy(edges[dest])]))
    }),

    createFriendStream: (opts) => {
      let isFirst = true
      return flattened(layered.hopStream(opts), (change) => {
        const found = Object.entries(change).filter(([, hops]) => !isFirst || hops >= 0)
        isFirst = false
        return found.map(([id, hops]) => opts && opts.meta ? { id, hops } : id)
      })
    },

    stream: () => {
      const source = deferred()
      layered.onReady(() => {
        const { push, read } = pushed(() => stop())
        const stop = layered.onEdge((from, to, value) => push({ from, to, value: legacy(value) }))
        push(whole(layered.getGraph()))
        source.become(read)
      })
      return source.read
    }
  }
}

module.exports = { legacyOf }
