'use strict'
// Loads the addon and starts the JVM with the options that keep a Node.js process alive with a JVM inside.

const fs = require('node:fs')
const path = require('node:path')
const { MillraceError } = require('./error')
const { findJava } = require('./java-home')

const ROOT = path.join(__dirname, '..')
const JAR = path.join(ROOT, 'java/millrace.jar')
const HEAP_MB = 128

/** Why each: docs/BINDING.md is the long form. */
function jvmOptions ({ maxHeapMb = HEAP_MB, jvmOptions: more = [] } = {}) {
  if (!Number.isInteger(maxHeapMb) || maxHeapMb < 16) throw new MillraceError('ERR_ARGUMENT', `maxHeapMb is ${maxHeapMb}, not a whole number >= 16`)
  return [
    `-Djava.class.path=${JAR}`,
    '--enable-native-access=ALL-UNNAMED',
    '-Xrs', // the JVM takes no signals: process.on('SIGINT') is Node.js's
    '-Xss4m', // deep JavaScript recursion ends in its RangeError, not in the JVM's guard pages
    '-XX:+UseSerialGC', // data is off-heap; no collector threads
    `-Xmx${maxHeapMb}m`,
    '-XX:-UsePerfData', // no file in /tmp, 3 ms
    ...more,
    ...(process.env.MILLRACE_JVM_OPTIONS || '').split(' ').filter(Boolean)
  ]
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

/** The started addon. `wake(handle)` is called after something changed behind a handle. */
function launch (options = {}, wake) {
  if (!fs.existsSync(JAR)) throw new MillraceError('ERR_JAVA_START', `${JAR} is not there; build it: mvn package`)
  const addon = require(addonFile())
  const { libjvm } = findJava(options.javaHome)
  addon.start(libjvm, jvmOptions(options), wake)
  return addon
}

module.exports = { launch, jvmOptions, JAR }
