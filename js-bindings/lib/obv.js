'use strict'
// An observable value: what flumedb calls obv (and obz) and uses for every `since`, for `ready`, and for a reduce view's `value`.

const nothing = () => {}

/**
 * observe(listener, immediately = true) -> remover (may be called twice). The listener runs at once when a value is set, then
 * synchronously on every set; returning false unsubscribes it. observe.once(listener, immediately) runs it one time.
 * observe.set(value) -> observe. observe.value is undefined until the first set.
 *
 * A set inside a listener wins: the listeners behind it hear the newer value only, and hear it once. Unlike obz, a `once`
 * listener is never lost by that.
 */
module.exports = function Observable () {
  let isSet = false
  let listeners = [] // replaced on change, never altered: a running trigger keeps its own
  let oncers = []

  function observe (listener, immediately) {
    const entry = { listener, active: true }
    const remove = () => {
      if (!entry.active) return
      entry.active = false
      listeners = listeners.filter((other) => other !== entry)
    }
    listeners = [...listeners, entry]
    if (isSet && immediately !== false && listener(observe.value) === false) remove()
    entry.remove = remove
    return remove
  }

  function trigger (value) {
    for (const entry of listeners) {
      if (observe.value !== value) return
      if (entry.active && entry.listener(value) === false) entry.remove()
    }
    if (oncers.length === 0 || observe.value !== value) return
    const due = oncers
    oncers = []
    for (const entry of due) if (entry.active) entry.listener(observe.value)
  }

  observe.set = function set (value) {
    observe.value = value
    isSet = true
    if (listeners.length > 0 || oncers.length > 0) trigger(value)
    return observe
  }

  observe.once = function once (listener, immediately) {
    if (isSet && immediately !== false) {
      listener(observe.value)
      return nothing
    }
    const entry = { listener, active: true }
    oncers.push(entry)
    return () => {
      entry.active = false
      oncers = oncers.filter((other) => other !== entry)
    }
  }

  observe.value = undefined
  return observe
}
