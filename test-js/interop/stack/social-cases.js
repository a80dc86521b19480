'use strict'
// Messages that the committed log does not have, behind it in the log: descriptions and contacts of every kind that
// ssb-about and ssb-friends tell apart.

const crypto = require('node:crypto')
const { promisify } = require('node:util')
const OffsetLog = require('../../../js-bindings/flumelog-offset')

const START = 1700000000000
const id = (sigil, name, suffix) => `${sigil}${crypto.createHash('sha256').update(name).digest('base64')}.${suffix}`
const feed = (name) => id('@', name, 'ed25519')
const blob = (name) => id('&', name, 'sha256')

/** @param {string} me the feed of the application @param {string[]} feeds that the log knows @param {string} thread a message of the log */
function casesOf (me, feeds, thread) {
  const [ann, bob, cem, dan] = ['ann', 'bob', 'cem', 'dan'].map(feed)
  const said = []
  const say = (author, content) => said.push([author, content])
  const about = (author, subject, content) => say(author, { type: 'about', about: subject, ...content })
  const contact = (author, to, content) => say(author, { type: 'contact', contact: to, ...content })

  for (const [author, name] of [[ann, 'Ann'], [bob, 'ann!'], [cem, 'ann!'], [dan, 'Annie'], [bob, 'Annie'], [me, '']]) about(author, ann, { name })
  about(bob, cem, { name: 'C', image: { link: blob('one'), size: 3 }, description: null })
  about(dan, cem, { name: 'C', image: { link: blob('two') } })
  about(ann, cem, { image: { link: blob('two'), remove: true }, description: 'long\n"quoted" \u{1f600}' })
  about(dan, cem, { image: { link: blob('two'), remove: true }, name: { nested: [1, { a: null }] } })
  about(me, dan, { name: 'mine' })
  about(dan, dan, { name: 'his', publicWebHosting: false })
  about(ann, thread, { title: 'a gathering', startDateTime: { epoch: START, tz: 'UTC' }, attendee: { link: ann } })
  about(bob, thread, { title: 'the gathering', attendee: { link: bob } })
  about(bob, thread, { attendee: { link: bob, remove: true } })
  about(bob, 'nobody', { name: 'not an id' })
  about(bob, { link: ann }, { name: 'an object' })
  say(cem, { type: 'about', name: 'of nothing' })
  say(cem, { type: 'post', about: ann, text: 'not of type about', name: 'Post' })

  contact(me, ann, { following: true })
  contact(me, bob, { following: true })
  contact(me, feeds[0], { following: true })
  contact(me, feeds[1], { blocking: true })
  contact(ann, cem, { following: true })
  contact(cem, dan, { following: true })
  contact(dan, feed('eve'), { following: true })
  contact(bob, me, { following: true, blocking: false })
  contact(bob, cem, { following: true })
  contact(bob, cem, { blocking: true }) // a word on blocking ends the following
  contact(ann, bob, { blocking: true })
  contact(ann, bob, { following: false }) // ... and the other way
  contact(ann, feed('flagged'), { flagged: { reason: 'spam' } })
  contact(ann, feed('unflagged'), { flagged: false, following: true })
  contact(bob, feed('truthy'), { following: 'yes' })
  contact(bob, feed('blocked by 1'), { blocking: 1, following: true })
  contact(cem, feed('pub'), { pub: true })
  contact(cem, 'not a feed', { following: true })
  contact(cem, cem, { following: true })
  contact(dan, me, { blocking: true })
  return said
}

/** Appends them to the log in `file`; every third was received before its author claims to have written it. */
async function append (file, me, feeds, thread) {
  const log = OffsetLog(file, { codec: { encode: JSON.stringify, decode: JSON.parse, buffer: false } })
  await new Promise((resolve) => log.since.once(resolve))
  const sequences = new Map()
  const messages = casesOf(me, feeds, thread).map(([author, content], i) => {
    const sequence = (sequences.get(author) || 0) + 1
    sequences.set(author, sequence)
    const timestamp = START + i * 1000 - (i % 4) * 2500
    const value = { previous: null, sequence, author, timestamp, hash: 'sha256', content, signature: 'none.sig.ed25519' }
    return { key: id('%', `case ${i}`, 'sha256'), value, timestamp: START + i * 1000 - (i % 3 === 0 ? 4000 : 0) + i / 1000 }
  })
  await promisify(log.append)(messages)
  await log.onDrain()
  await log.close()
}

module.exports = { append }
