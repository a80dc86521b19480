'use strict'
// argv: order. node-java and ours in one process.

const path = require('node:path')
const { open, native } = require('../log')
const { MODULES } = require('../foreign/install')

const java = require(path.join(MODULES, 'java'))
const tell = (fn) => {
  try {
    fn()
  } catch (error) {
    console.log(process.argv[2] === 'first' ? error.code : `${error.code} ${error.message}`)
  }
}

switch (process.argv[2]) {
  case 'first': {
    native.useJava(java)
    console.log(Number.parseInt(native.cold('java').version))
    const log = open({ format: 'memory' })
    log.append('abc')
    console.log(log.get(0))
    const list = java.newInstanceSync('java.util.ArrayList')
    list.addSync('x')
    console.log(`a Java list of ${list.sizeSync()}`)
    tell(() => native.useJava(java)) // the JVM is in use by now
    const wait = setInterval(() => {
      if (!native.isHot) return
      clearInterval(wait)
      console.log('hot true')
      java.stop()
    }, 10)
    break
  }
  case 'late':
    open({ format: 'memory' })
    tell(() => native.useJava(java))
    process.exit(0)
    break
  case 'alone':
    java.callStaticMethodSync('java.lang.System', 'gc')
    tell(() => native.useJava(java))
    java.stop()
    break
  default:
    tell(() => native.useJava({}))
    process.exit(0)
}
