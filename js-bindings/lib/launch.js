'use strict'
// Loads the addon and starts the JVM with the options that keep a Node.js process alive with a JVM inside.

const fs = require('node:fs')
const path = require('node:path')
const { delimiter } = path
const { MillraceError } = require('./error')
const { aotCache } = require('./aot-cache')
const { findJava, OLDEST } = require('./java-home')

const ROOT = path.join(__dirname, '..')
const JAR = path.join(ROOT, 'java/millrace.jar')
const HEAP_MB = 128

/** The options every JVM of ours has; the reasons are measured: each missing one has killed or hurt a Node.js process. */
const BASIC = [
  '--enable-native-access=ALL-UNNAMED',
  '-Xrs', // the JVM takes no signals: process.on('SIGINT') stays Node.js's
  '-Xss4m', // deep JavaScript recursion ends in its RangeError, not in the JVM's guard pages
  '-XX:+UseSerialGC', // data is off-heap; no collector threads
  '-XX:-UsePerfData', // no file in /tmp
  '-XX:FreqInlineSize=100', // C2 makes smaller pieces: a first build of views waits for it, and takes a quarter less time
  '-XX:Tier4BackEdgeThreshold=400000', // nor does it compile short loops twice, once for the way in (OSR)
  '-Xlog:disable', // the JVM's own log goes to stdout by default, which is the program's
  '-Xlog:all=error:stderr'
]

/** Options beyond the basic ones: of the caller, and MILLRACE_JVM_OPTIONS for those who look for a fault. */
function ownOptions ({ maxHeapMb = HEAP_MB, jvmOptions = [] } = {}) {
  if (!Number.isInteger(maxHeapMb) || maxHeapMb < 16) throw new MillraceError('ERR_ARGUMENT', `maxHeapMb is ${maxHeapMb}, not a whole number >= 16`)
  return [`-Xmx${maxHeapMb}m`, ...jvmOptions, ...(process.env.MILLRACE_JVM_OPTIONS || '').split(' ').filter(Boolean)]
}

/** Our jar first: a class of ours cannot be replaced, and the AOT cache knows what stands in front. */
function classPath ({ classpath = [] } = {}) {
  if (!Array.isArray(classpath) || !classpath.every((entry) => typeof entry === 'string')) throw new MillraceError('ERR_ARGUMENT', 'classpath is not an array of paths')
  const all = [JAR, ...classpath]
  const unreadable = all.find((entry) => /[\u{10000}-\u{10ffff}]/u.test(entry))
  if (unreadable) throw new MillraceError('ERR_JAVA_START', `${unreadable} is on the class path, and the JVM finds no path with a character beyond U+FFFF, as emoji are; put it elsewhere`)
  return all
}

function addonFile () {
  const places = [
    process.env.MILLRACE_ADDON,
    path.join(ROOT, `prebuilds/${process.platform}-${process.arch}/millrace.node`),
    path.join(ROOT, 'build/Release/millrace.node')
  ]
  const file = places.find((place) => place && fs.existsSync(place))
  if (file) return file
  throw new MillraceError('ERR_JAVA_START', `no addon for ${process.platform}-${process.arch}; build it: node ${path.join(ROOT, 'native/build.js')}`)
}

let others = null // node-java, when it has booted the JVM

/**
 * Lets the npm package `java` boot the JVM, with our options and class path, and shares it. Before the first open only: two JVMs do
 * not fit into a process, and node-java cannot attach to one that is there. Its handle keeps the process alive: call
 * `java.stop()` (or process.exit) at the end.
 *
 * @param {object} java require('java'), 0.18.0, installed with JAVA_HOME = JDK >= 25
 * @throws {MillraceError} ERR_JAVA_START (too late), ERR_JAVA_VERSION, ERR_ARGUMENT
 */
function useJava (java, options) {
  if (!java || typeof java.callStaticMethodSync !== 'function') throw new MillraceError('ERR_ARGUMENT', "useJava wants require('java') of npm java 0.18.0")
  if (require(addonFile()).wakes) throw new MillraceError('ERR_JAVA_START', "useJava(require('java')) must come before the first open: the JVM has been booted without it")
  if (others === java) return
  if (!java.isJvmCreated()) {
    java.classpath.push(JAR)
    java.classpath.push(...classPath(options).slice(1))
    java.options.push(...BASIC, ...ownOptions(options))
  }
  const version = java.callStaticMethodSync('java.lang.System', 'getProperty', 'java.specification.version')
  if (Number(version) < OLDEST) {
    throw new MillraceError('ERR_JAVA_VERSION', `npm java was built against Java ${version}; reinstall it with JAVA_HOME set to a JDK >= ${OLDEST}: npm rebuild java`)
  }
  if (!java.callStaticMethodSync('java.lang.System', 'getProperty', 'java.class.path').includes(JAR)) {
    throw new MillraceError('ERR_JAVA_START', `npm java booted its JVM before useJava, without ${JAR} on java.classpath; call useJava first`)
  }
  others = java
}

/** Hands an object of npm java, a View, to our side of the JVM; the ticket names it there. */
function offer (object) {
  if (!others) throw new MillraceError('ERR_ARGUMENT', "the view is an object, expected a function, a class's name, or a Java object after useJava(require('java'))")
  if (!others.instanceOf(object, 'org.millrace.view.View')) throw new MillraceError('ERR_ARGUMENT', 'the Java object does not implement org.millrace.view.View')
  return others.callStaticMethodSync('org.millrace.host.JavaViews', 'offer', object)
}

/**
 * The started addon. `wake(handle)` is called after something changed behind a handle, unless a module registry before this one has
 * started the addon in this thread: Jest has one for each file of tests and loads no addon twice.
 */
function launch (options, wake) {
  if (!fs.existsSync(JAR)) throw new MillraceError('ERR_JAVA_START', `${JAR} is not there; build it: mvn package`)
  const addon = require(addonFile())
  if (addon.wakes) return addon
  const own = ownOptions(options)
  if (others) {
    addon.start('', [], wake)
  } else {
    const java = findJava(options.javaHome)
    const jars = `-Djava.class.path=${classPath(options).join(delimiter)}`
    addon.start(java.libjvm, [jars, ...BASIC, ...own, ...aotCache(JAR, java, [`-Djava.class.path=${JAR}`, ...BASIC])], wake)
  }
  return addon
}

module.exports = { launch, useJava, offer, JAR }
