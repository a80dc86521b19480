'use strict'
// Finds a Java virtual machine of version 25 or later: what the caller names, JAVA_HOME, `java` on PATH, then the places where
// systems keep their JDKs. Linux is what is tested; the macOS and Windows rows follow those systems' documentation, UNTESTED.

const fs = require('node:fs')
const path = require('node:path')
const { MillraceError } = require('./error')

const OLDEST = 25
const INSTALL = `Install a JDK or JRE >= ${OLDEST} (Eclipse Temurin 25, package temurin-25-jdk) or set JAVA_HOME to one`

/** Where systems keep JDKs (`places`: each child is one), and libjvm inside a Java home. */
const SYSTEMS = {
  linux: { java: 'java', libjvm: ['lib/server/libjvm.so'], places: ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt'] },
  darwin: { java: 'java', libjvm: ['lib/server/libjvm.dylib'], places: ['/Library/Java/JavaVirtualMachines'], inside: 'Contents/Home' },
  win32: { java: 'java.exe', libjvm: ['bin/server/jvm.dll'], places: ['Java', 'Eclipse Adoptium', 'Microsoft'].map((dir) => path.join(process.env.ProgramFiles || 'C:\\Program Files', dir)) }
}
const SYSTEM = SYSTEMS[process.platform] || SYSTEMS.linux

function onPath () {
  const homes = []
  for (const dir of (process.env.PATH || '').split(path.delimiter)) {
    try {
      if (dir) homes.push(path.dirname(path.dirname(fs.realpathSync(path.join(dir, SYSTEM.java)))))
    } catch {} // not there
  }
  return homes
}

function installed () {
  return SYSTEM.places.flatMap((place) => {
    try {
      return fs.readdirSync(place).sort().map((name) => path.join(place, name, SYSTEM.inside || ''))
    } catch {
      return []
    }
  })
}

/** {home, libjvm, version} of the Java at `home`, or null when there is none. The file `release` tells without starting it. */
function look (home) {
  const libjvm = SYSTEM.libjvm.map((name) => path.join(home, name)).find((name) => fs.existsSync(name))
  if (!libjvm) return null
  try {
    const release = fs.readFileSync(path.join(home, 'release'), 'utf8')
    const [, version] = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(release) || []
    return { home, libjvm, version: Number(version || 0) }
  } catch {
    return { home, libjvm, version: 0 }
  }
}

/**
 * The first JVM >= 25.
 *
 * @param {string} [wanted] look only here
 * @returns {{home: string, libjvm: string, version: number}}
 * @throws {MillraceError} ERR_JAVA_NOT_FOUND (none at all), ERR_JAVA_VERSION (only older ones)
 */
function findJava (wanted) {
  const older = []
  const sources = wanted ? [() => [wanted]] : [() => [process.env.JAVA_HOME].filter(Boolean), onPath, installed]
  for (const homes of sources) {
    for (const home of homes()) {
      const java = look(home)
      if (java && java.version >= OLDEST) return java
      if (java) older.push(`${home} (${java.version || 'version unknown'})`)
    }
  }
  if (older.length) throw new MillraceError('ERR_JAVA_VERSION', `every Java found is older than ${OLDEST}: ${[...new Set(older)].join(', ')}. ${INSTALL}.`)
  const places = wanted || `JAVA_HOME, PATH, ${SYSTEM.places.join(', ')}`
  throw new MillraceError('ERR_JAVA_NOT_FOUND', `no Java virtual machine in ${places}. ${INSTALL}.`)
}

module.exports = { findJava, OLDEST }
