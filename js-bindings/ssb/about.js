'use strict'
// ssb-about for secret-stack, on the native view of what messages say about a subject: the same manifest, the same results. Needs no
// other plugin. What differs stands in docs/DIFFERENCES.md.
//
//   SecretStack({ caps }).use(require('ssb-db')).use(require('millrace/ssb/about'))

const { about } = require('../lib/views').builtIn
const { deferred } = require('../lib/pull')
const { mapped, limited, oldThenLive, collected } = require('./sources')
const { SYNC, firstOfEach, changes, standing, latest, choose } = require('./about-values')
const { isFeed, isMessage } = require('./ids')

exports.name = 'about'
exports.version = '2.0.1' // of ssb-about, whose results these are
exports.manifest = {
  socialValue: 'async',
  latestValue: 'async',
  socialValues: 'async',
  latestValues: 'async',
  socialValueStream: 'source',
  socialValuesStream: 'source',
  latestValueStream: 'source',
  read: 'source'
}

exports.init = (ssb) => {
  const view = ssb._flumeUse('about', about())
  const read = (opts) => messages(view, opts)
  const says = (opts, cb) => collected(read(opts), cb)
  const authorOf = (dest, cb) => {
    if (isFeed(dest)) return cb(null, dest)
    if (!isMessage(dest)) return cb(null, null)
    ssb.get({ id: dest, raw: true }, (err, value) => err ? cb(err) : cb(null, value.author))
  }
  const socialValues = ({ key, dest }, cb) => says({ dest }, (err, found) => {
    if (err) return cb(err)
    const values = {}
    for (const { value: { author, content } } of found) if (content[key]) values[author] = content[key]
    cb(null, values)
  })
  const latestValues = ({ keys, dest }, cb) => says({ dest, reverse: true }, (err, found) => err ? cb(err) : cb(null, firstOfEach(keys, found)))
  const socialValuesStream = ({ key, dest }) => changes(read({ dest, live: true }), key)

  return {
    read,
    socialValues,
    latestValues,
    socialValuesStream,
    latestValue: ({ key, dest }, cb) => latestValues({ keys: [key], dest }, (err, values) => {
      if (err) return cb(err)
      cb(null, key in values ? values[key] : null)
    }),
    socialValue: ({ key, dest }, cb) => authorOf(dest, (err, author) => {
      if (err) return cb(err)
      socialValues({ key, dest }, (err, values) => err ? cb(err) : cb(null, choose(values, ssb.id, author)))
    }),
    socialValueStream: ({ key, dest }) => {
      const source = deferred()
      authorOf(dest, (err, author) => {
        const whose = err || !author ? dest : author // we may not have the message that is described
        source.become(standing(socialValuesStream({ key, dest }), (values) => choose(values, ssb.id, whose)))
      })
      return source.read
    },
    latestValueStream: ({ key, dest, authorId }) => authorId
      ? standing(socialValuesStream({ key, dest }), (values) => values[authorId])
      : latest(read({ dest, live: true }), key)
  }
}

/** The messages on a subject as ssb-backlinks gives them, by time. */
function messages (view, { dest, reverse = false, limit, live }) {
  const rows = (opts) => view.read({ id: dest, reverse, ...opts })
  const made = mapped(live ? oldThenLive(rows, SYNC) : rows({}), (row) => row === SYNC ? SYNC : asBacklink(row.value, dest))
  return limit > 0 ? limited(made, limit) : made
}

function asBacklink (message, dest) {
  const claimed = message.value.timestamp
  message.rts = message.timestamp ? Math.min(message.timestamp, claimed) : claimed
  message.dest = dest
  return message
}
