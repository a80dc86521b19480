'use strict'
// The links of a message as ssb-msgs finds them; and as ssb-links sees them, with the relation what of the link is worth asking for.

const { requirePeer } = require('./require-peer')

/** `see(link, relation)` each. At a null in a list ssb-msgs throws, whose message anybody may have written: then that was all. */
function eachLink (content, see) {
  try {
    requirePeer('ssb-msgs').indexLinks(content, see)
  } catch (err) {
    if (!(err instanceof TypeError)) throw err
  }
}

/** [{source, rel: [relation, ...], dest, ts}] */
function linksOf (message) {
  const { value, timestamp } = message
  const links = []
  eachLink(value, (link, relation) => {
    links.push({ source: value.author, rel: [relation, ...aboutLink(link, relation, value.content || {})].map(plain), dest: link.link, ts: timestamp })
  })
  return links
}

function aboutLink (link, relation, content) {
  switch (relation) {
    case 'vote': return [link.value]
    case 'flag': return [link.reason]
    case 'mentions': return aboutMention(link)
    case 'about': return typeof content.name === 'string' ? [content.name] : []
    case 'image': return [link.type, link.size]
    case 'contact': return [content.following, content.blocking]
    default: return []
  }
}

function aboutMention ({ link, name, filename, size }) {
  if (link[0] === '@') return ['@' + (typeof name === 'string' ? name.toLowerCase() : '')]
  return link[0] === '&' ? [filename || name, size] : []
}

/** What can stand in a key: an object is its JSON. */
function plain (value) {
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

module.exports = { linksOf, eachLink }
