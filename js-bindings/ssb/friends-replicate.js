'use strict'
// Asks the application's replicate plugin for the feeds that are near enough, and not for those that are blocked or no longer followed.

const { drained } = require('./sources')

const [BLOCKED, UNFOLLOWED] = [-1, -2]

function replicateFriends (ssb, layered, max) {
  setImmediate(() => { // plugins that are loaded after this one are there then
    const { replicate } = ssb
    if (!replicate) return
    drained(layered.hopStream({ live: true }), (changed) => {
      for (const [feed, hops] of Object.entries(changed)) {
        if (hops >= 0 && hops <= max) replicate.request(feed, true)
        else if (hops === BLOCKED) replicate.block(ssb.id, feed, true)
        else if (hops === UNFOLLOWED) {
          replicate.block(ssb.id, feed, false)
          replicate.request(feed, false)
        }
      }
    }, () => {})
  })
}

module.exports = { replicateFriends }
