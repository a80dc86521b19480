'use strict'
// Which texts are ids of feeds, messages and blobs: 32 bytes in canonical base64.

const BYTES = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]='
const FEED = new RegExp(`^@${BYTES}\\.(?:sha256|ed25519)$`)
const MESSAGE = new RegExp(`^%${BYTES}\\.sha256$`)
const BLOB = new RegExp(`^&${BYTES}\\.sha256$`)

const isFeed = (id) => typeof id === 'string' && FEED.test(id)
const isMessage = (id) => typeof id === 'string' && MESSAGE.test(id)

/** An id of any kind, also one with a query: `&...?unbox=...`. */
function isLink (id) {
  if (typeof id !== 'string') return false
  const [bare] = id.split('?', 1)
  return FEED.test(bare) || MESSAGE.test(bare) || BLOB.test(bare)
}

module.exports = { isFeed, isMessage, isLink }
