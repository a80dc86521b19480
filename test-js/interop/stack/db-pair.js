'use strict'
// ssb-db on the stock modules and millrace/ssb/db over the same ssb-db, in one process, each in a directory of its own with the same log, so
// that a test can ask both the same and write the same to both.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { promisify, isDeepStrictEqual, inspect } = require('node:util')
const pull = require('pull-stream')
const { subject } = require('../../subjects')
const { nativeDb } = require('../../../js-bindings/ssb/native-db')
const { ownCopy } = require('../../../js-bindings/ssb/own-copy')

const installed = (name) => path.join(__dirname, 'node_modules', name)
const logOf = (directory) => path.join(directory, 'flume/log.offset')

/** The plugin as it is without Millrace: the example application's `overrides` have put ours under what it requires. */
function stockDb (name) {
  const peer = subject('peer')
  const modules = { flumedb: peer.Flume, 'flumelog-offset': peer.OffsetLog }
  const own = ownCopy(installed(name), (module) => modules[module])
  return { ...own('./index.js'), create: own('./create.js') }
}

const pluginOf = { stock: stockDb, native: (name) => nativeDb(installed(name)) }

/** What somebody asked was answered: {answer}, or {error: message}. */
const settled = (promise) => promise.then((answer) => ({ answer }), ({ message }) => ({ error: message }))

/** All rows of what `make` gives; what it throws is an error like what the stream ends with. */
const rowsOf = (make) => settled(new Promise((resolve, reject) => pull(make(), pull.collect((err, rows) => err ? reject(err) : resolve(rows)))))

/** Asks until it is so; a test that never comes there ends by its own timeout. */
async function until (isSo) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Not by deep equality alone: a message with a member `__proto__` is an object with a prototype of its own when ssb-db has copied it. */
const isSame = (native, stock) => isDeepStrictEqual(native, stock) || JSON.stringify(native) === JSON.stringify(stock)

/** The first place where they differ. */
function difference (native, stock, at = '') {
  if (native && stock && typeof native === 'object' && typeof stock === 'object') {
    for (const name of new Set([...Object.keys(stock), ...Object.keys(native)])) {
      if (!isSame(native[name], stock[name])) return difference(native[name], stock[name], `${at}.${name}`)
    }
  }
  return `${at} is ${inspect(native)}, in stock ${inspect(stock)}`
}

class Pair {
  /** @param {{name: string, directories: {stock: string, native: string}, keys: object, unboxers?: object[]}} options keys: whose database it is */
  constructor ({ name, directories, keys, unboxers = [] }) {
    Object.assign(this, { name, directories, keys, unboxers })
    this.plugins = { stock: stockDb(name), native: pluginOf.native(name) }
  }

  open () {
    for (const which of ['stock', 'native']) {
      const db = this[which] = this.plugins[which].create(this.directories[which], { path: this.directories[which] }, this.keys)
      for (const unboxer of this.unboxers) db.addUnboxer(unboxer)
    }
    return this.caughtUp()
  }

  /** Until each index has what its log has. */
  caughtUp () {
    return this.both((db) => until(() => db.since.value !== undefined && Object.values(db.views).every((view) => view.since.value === db.since.value)))
  }

  async both (ask) {
    const [stock, native] = await Promise.all([ask(this.stock), ask(this.native)])
    return { stock, native }
  }

  /** Both answer the same; returns that. */
  async same (question, ask) {
    const { stock, native } = await this.both(ask)
    if (!isSame(native, stock)) assert.fail(`${question}: ${difference(native, stock)}`)
    return stock
  }

  append (messages) {
    return this.both((db) => promisify(db.rawAppend)(structuredClone(messages)))
  }

  close () {
    return this.both((db) => promisify(db.close)())
  }

  /** While it is closed: the logs end there. */
  cutAt (length) {
    for (const directory of Object.values(this.directories)) fs.truncateSync(logOf(directory), length)
  }

  /** While it is closed: the stock one, which would heal in its own way, has only its log. */
  forgetStockIndexes () {
    const flume = path.dirname(logOf(this.directories.stock))
    for (const file of fs.readdirSync(flume)) if (file !== 'log.offset') fs.rmSync(path.join(flume, file), { recursive: true })
  }
}

module.exports = { Pair, installed, logOf, pluginOf, rowsOf, settled, until }
