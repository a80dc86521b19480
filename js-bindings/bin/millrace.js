#!/usr/bin/env node
'use strict'
// `npx millrace COMMAND …`: finds Java and runs the command line in java/millrace-cli.jar with the same arguments, standard streams
// and exit code. `npx millrace --help` lists the commands.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { findJava } = require('../lib/java-home')

const JAR = path.join(__dirname, '../java/millrace-cli.jar')
const FAILED = 3 // as org.millrace.cli.Exit has it
const OPTIONS = ['-Xshare:auto', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
const STOP = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** On Linux Java reads file names and prints as the locale says, which may be none or one that is not installed; Node.js has UTF-8. */
const environment = () => process.platform === 'linux' ? { ...process.env, LC_ALL: 'C.UTF-8' } : process.env

function main () {
  let java
  try {
    if (!fs.existsSync(JAR)) throw new Error(`ERR_JAVA_START ${JAR} is not there; build it: mvn package`)
    java = findJava()
  } catch (err) {
    console.error(`millrace: ${err.message}`)
    process.exitCode = FAILED
    return
  }
  const child = spawn(path.join(java.home, 'bin/java'), [...OPTIONS, '-jar', JAR, ...process.argv.slice(2)], { stdio: 'inherit', env: environment() })
  child.on('error', (err) => {
    console.error(`millrace: ERR_JAVA_START ${java.home}: ${err.message}`)
    process.exitCode = FAILED
  })
  // A terminal sends them to both; anybody else only to this process.
  for (const signal of STOP) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + os.constants.signals[signal] : code
  })
}

main()
