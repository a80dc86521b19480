'use strict'
// The JVM's ahead-of-time cache: classes already parsed and linked, which halves the time to the first answer.
//
// One file per jar, JVM and options, named by a hash of them, because the JVM (25.0.3) does not notice a replaced jar and would
// run the old code. The first start finds no file and runs without; it leaves behind a child process of low priority that trains one
// (fifteen seconds or so of processor time) and renames it into place whole. The file holds code, so it is used only from a directory that is ours alone.
// MILLRACE_AOT_CACHE: a directory instead of the default, or `off`.
//
// As a program: node aot-cache.js train <java> <file> <option ...>

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const TRAINING_TIMEOUT_MS = 300000 // a slow machine that is busy
const UNUSED_MS = 30 * 24 * 3600 * 1000
const TOUCH_MS = 24 * 3600 * 1000
const NAMES_MAX = 16 // remembered

function defaultDirectory () {
  if (process.env.XDG_CACHE_HOME) return path.join(process.env.XDG_CACHE_HOME, 'millrace')
  const home = os.homedir()
  return home && fs.existsSync(home) ? path.join(home, '.cache/millrace') : path.join(os.tmpdir(), `millrace-${process.getuid?.() ?? 'cache'}`)
}

/** One by one: where nothing can be made, as in /proc, Node.js' own `recursive` never ends. */
function makeDirectories (directory) {
  if (fs.existsSync(directory)) return
  makeDirectories(path.dirname(directory))
  try {
    fs.mkdirSync(directory, { mode: 0o700 })
  } catch (err) {
    if (err.code !== 'EEXIST') throw err // another process was quicker
  }
}

/** Creates the directory; false when somebody else could have put a file there. */
function isOurs (directory) {
  makeDirectories(path.resolve(directory))
  const stat = fs.lstatSync(directory)
  return stat.isDirectory() && (!process.getuid || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0))
}

const filesOf = (java) => [path.join(java.home, 'release'), path.join(java.home, 'lib/modules'), java.libjvm]

/** A name that changes with the jar's bytes, the JVM, and the options. */
function nameOf (jar, java, options) {
  const crypto = require('node:crypto')
  const hash = crypto.createHash('sha256').update(fs.readFileSync(jar)).update(JSON.stringify(options)).update(java.home)
  for (const file of filesOf(java)) {
    const { size, mtimeMs } = fs.statSync(file)
    hash.update(`${path.relative(java.home, file)} ${size} ${mtimeMs}`)
  }
  return `${hash.digest('hex').slice(0, 32)}.aot`
}

/**
 * The name, remembered beside the caches: to load what hashes, and to hash, takes a tenth of a whole start. A jar that was replaced
 * has another ctime, whatever its size and mtime, and is hashed again.
 */
function rememberedName (directory, jar, java, options) {
  const notes = path.join(directory, 'names.json')
  const what = [...options, ...[jar, ...filesOf(java)].map(identityOf)].join('\n')
  let names = {}
  try {
    names = { ...JSON.parse(fs.readFileSync(notes, 'utf8')) }
  } catch {} // none yet, or cut short
  if (/^[0-9a-f]{32}\.aot$/.test(names[what])) return names[what]
  const name = nameOf(jar, java, options)
  const kept = Object.entries(names).slice(1 - NAMES_MAX)
  const fresh = `${notes}.${process.pid}`
  try {
    fs.writeFileSync(fresh, JSON.stringify(Object.fromEntries([...kept, [what, name]])), { mode: 0o600 })
    fs.renameSync(fresh, notes)
  } catch {} // a directory that is only read: hashed each time
  return name
}

function identityOf (file) {
  const { size, mtimeMs, ctimeMs, ino } = fs.statSync(file)
  return [file, size, mtimeMs, ctimeMs, ino].join(' ')
}

/**
 * The JVM option that names the cache; none when it is not there yet, and then a child trains it.
 *
 * @returns {string[]}
 */
function aotCache (jar, java, options) {
  if (process.env.MILLRACE_AOT_CACHE === 'off') return []
  try {
    const directory = process.env.MILLRACE_AOT_CACHE || defaultDirectory()
    if (!isOurs(directory)) return []
    const file = path.join(directory, rememberedName(directory, jar, java, options))
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    if (!stat) {
      trainInBackground(java, file, options)
      return []
    }
    const now = new Date()
    if (now - stat.mtimeMs > TOUCH_MS) fs.utimesSync(file, now, now) // in use: not to be removed
    return [`-XX:AOTCache=${file}`]
  } catch {
    return [] // a full or read-only disk costs the cache, never the start
  }
}

function trainInBackground (java, file, options) {
  const { spawn } = require('node:child_process')
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' }
  const program = path.join(java.home, 'bin/java')
  const child = spawn(process.execPath, [__filename, 'train', program, file, ...options], { detached: true, stdio: 'ignore', windowsHide: true, env })
  child.on('error', () => {})
  child.unref()
}

/** In the child: one training at a time for a file; the outcome appears whole or not at all. */
function train (program, file, options) {
  const claim = `${file}.training`
  const fresh = `${file}.${process.pid}`
  const old = fs.statSync(claim, { throwIfNoEntry: false })
  if (old && Date.now() - old.mtimeMs > TRAINING_TIMEOUT_MS) fs.rmSync(claim, { force: true })
  try {
    fs.closeSync(fs.openSync(claim, 'wx', 0o600))
  } catch {
    return // another process is at it
  }
  try {
    const { spawnSync } = require('node:child_process')
    os.setPriority(10)
    const { status } = spawnSync(program, [`-XX:AOTCacheOutput=${fresh}`, ...options, 'org.millrace.host.Training'], { stdio: 'ignore', timeout: TRAINING_TIMEOUT_MS })
    if (status === 0) fs.renameSync(fresh, file)
    removeUnused(path.dirname(file))
  } finally {
    for (const left of [fresh, `${fresh}.config`, claim]) fs.rmSync(left, { force: true })
  }
}

function removeUnused (directory) {
  for (const name of fs.readdirSync(directory)) {
    const file = path.join(directory, name)
    if (/^[0-9a-f]{32}\.aot/.test(name) && Date.now() - fs.statSync(file).mtimeMs > UNUSED_MS) fs.rmSync(file, { force: true })
  }
}

if (require.main === module && process.argv[2] === 'train') train(process.argv[3], process.argv[4], process.argv.slice(5))

module.exports = { aotCache, train, rememberedName }
