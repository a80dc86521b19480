'use strict'
// Brings a log's records to a JavaScript view's sink, from where the view stands; rebuilds a view that is ahead or failed.

const { looped, notAtOnce, abortable } = require('./pull')
const { SELF_FED } = require('./symbols')

/**
 * @param {object} view a wrapped view
 * @param {{flume, log, stream, shared}} from `shared`: what decodes for several views at once, or null
 */
function feed (view, { flume, log, stream, shared }) {
  if (view[SELF_FED]) return
  const member = shared && shared.join()
  view.since.once(build)
  if (log.compactionProgress) beginAgainAfter(log.compactionProgress)

  /** A compaction gives records other sequences. */
  function beginAgainAfter (progress) {
    let isMoving = false
    progress(({ done }) => {
      if (done && isMoving && !flume.closed) {
        if (view.abortStream) view.abortStream()
        destroyAndBuild()
      }
      isMoving = !done
    })
  }

  function build (upto) {
    log.since.once((since) => {
      if (flume.closed) return
      if (upto > since) destroyAndBuild()
      else pour(upto)
    })
  }

  function pour (upto) {
    const opts = { gt: upto, live: true, seqs: true, values: true }
    if (upto === -1) opts.cache = false // everything is read once: nothing worth keeping
    if (shared) shared.begin(member, upto)
    const source = shared ? shared.paced(member, stream(opts, member)) : stream(opts)
    const { read, abort } = abortable(source)
    view.abortStream = abort
    const sink = view.createSink((err) => {
      if (flume.closed || view.isDestroying()) return
      // pull-write aborts with an error that only means the end; it says so by `abort`.
      if (!err || err.abort === true) return view.since.once(build)
      console.error(new Error(`rebuilding ${view.name} after view stream error: ${err.message}`, { cause: err }))
      destroyAndBuild()
    })
    // flumeview-reduce sets since first and its initial value after: no record may come in between.
    if (typeof sink === 'function') sink(notAtOnce(looped(read)))
  }

  function destroyAndBuild () {
    view.setDestroying(true)
    view.destroy(() => {
      view.setDestroying(false)
      if (!flume.closed) build(-1)
    })
  }
}

module.exports = { feed }
