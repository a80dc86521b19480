'use strict'
// `where` and `select` of a view: checked, and turned into what Java wants.

const { argument } = require('./errors')

/** Short names of what SSB messages have. Anything else is a path: 'value.content.name', or ['value', 'content', 'a.b']. */
const NAMES = {
  key: ['key'],
  received: ['timestamp'],
  ...under(['value'], 'previous', 'author', 'sequence', 'timestamp', 'hash', 'content', 'signature'),
  ...under(['value', 'content'], 'type', 'root', 'branch', 'fork', 'channel', 'vote', 'about', 'contact', 'following', 'blocking', 'mentions', 'text')
}

function under (path, ...names) {
  return Object.fromEntries(names.map((name) => [name, [...path, name]]))
}

/** @returns {{names: string[], options: object}} the columns' names, and the options of a cold call */
function projectionOf ({ select, where }) {
  const columns = columnsOf(select)
  const options = {}
  columns.forEach(([, path], i) => { options[`select.${i}`] = pointer(path) })
  if (where !== undefined && (typeof where !== 'object' || where === null || Array.isArray(where))) throw argument(`view: where is ${describe(where)}, expected {name or path: value}`)
  Object.entries(where || {}).forEach(([name, wanted], i) => {
    options[`where.${i}.path`] = pointer(name)
    condition(name, wanted, (key, value) => { options[`where.${i}.${key}`] = value })
  })
  return { names: columns.map(([name]) => name), options }
}

function columnsOf (select = []) {
  if (Array.isArray(select)) return checked(select.map((path) => [Array.isArray(path) ? path.join('.') : path, path]))
  if (typeof select === 'object' && select !== null) return checked(Object.entries(select))
  throw argument(`view: select is ${describe(select)}, expected a list of names and paths, or {name: path}`)
}

function checked (columns) {
  for (const [name] of columns) {
    if (['seq', 'row', 'toObject', 'constructor', '__proto__'].includes(name)) throw argument(`view: select has '${name}', which a row has anyway`)
  }
  return columns
}

function condition (name, wanted, set) {
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    if (typeof wanted.exists !== 'boolean' || Object.keys(wanted).length > 1) throw argument(`view: where.${name} is an object, expected {exists: true} or {exists: false}`)
    return set('exists', wanted.exists)
  }
  const values = Array.isArray(wanted) ? wanted : [wanted]
  values.forEach((value, i) => set(`is.${i}`, literal(name, value)))
}

function literal (name, value) {
  if (typeof value === 'string') return `'${value}`
  if (typeof value === 'number') return `#${value}`
  if (typeof value === 'boolean' || value === null) return String(value)
  throw argument(`view: where.${name} is ${describe(value)}, expected a string, a number, a boolean, null, or a list of those`)
}

/** A path as JSON pointer. */
function pointer (path) {
  const keys = Array.isArray(path) ? path : Object.hasOwn(NAMES, path) ? NAMES[path] : String(path).split('.')
  return keys.map((key) => '/' + String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('')
}

const describe = (value) => value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`

module.exports = { projectionOf }
