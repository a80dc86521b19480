'use strict'
// Builds the addon with the C compiler that is there: no node-gyp, no download.
// Needs: cc (or $CC), a JDK >= 25 for jni.h, the npm package node-api-headers. Usage: node native/build.js
// MILLRACE_SANITIZE=1 builds build/Sanitize/millrace.node with the address and undefined-behaviour sanitizers instead.
// Linux x64 is what is tested; macOS is untested; Windows wants its own compiler's flags (platform.h has the rest).

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { include_dir: napiHeaders } = require('node-api-headers')
const { findJava } = require('../lib/java-home')

const JNI_PLATFORM = { linux: 'linux', darwin: 'darwin', win32: 'win32' }
const sanitize = process.env.MILLRACE_SANITIZE === '1'
const out = path.join(__dirname, '../build', sanitize ? 'Sanitize' : 'Release')

// Of a checkout; in the package that npm has packed, a copy of it stands beside the jar.
const CONTRACT = ['../../native-headers', '../java'].map((folder) => path.join(__dirname, folder)).find((folder) => fs.existsSync(path.join(folder, 'millrace.h')))

function flags (jdk) {
  const jni = path.join(jdk, 'include')
  if (!fs.existsSync(path.join(jni, 'jni.h'))) throw new Error(`${jdk} has no include/jni.h: building the addon needs a JDK, not a JRE`)
  return [
    '-std=c11', '-Wall', '-Wextra', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wstrict-prototypes', '-Werror', '-fPIC', '-fvisibility=hidden', '-shared', '-DNAPI_VERSION=8', '-D_GNU_SOURCE',
    ...(sanitize ? ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-DMILLRACE_SANITIZE'] : ['-O2']),
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    '-I', CONTRACT, '-isystem', napiHeaders, '-isystem', jni, '-isystem', path.join(jni, JNI_PLATFORM[process.platform] || 'linux')
  ]
}

fs.mkdirSync(out, { recursive: true })
const target = path.join(out, 'millrace.node')
const fresh = `${target}.${process.pid}`
const sources = fs.readdirSync(__dirname).filter((name) => name.endsWith('.c')).map((name) => path.join(__dirname, name))
execFileSync(process.env.CC || 'cc', [...flags(findJava().home), '-o', fresh, ...sources, '-ldl', '-lpthread'], { stdio: 'inherit' })
fs.renameSync(fresh, target) // a process that runs the old one keeps it
console.log(path.relative(process.cwd(), target))
