'use strict'
// A package's modules a second time, with some of what they require exchanged; who requires the package itself gets it as it is.

const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { createRequire } = require('node:module')

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/**
 * @param {string} directory of the package
 * @param {function(string, string, function)} exchange (name, from, load) -> what `require(name)` gives in the file `from`, relative to the
 *   package; `load()` gives the package's own, or undefined is returned for it
 * @returns {function(string)} the package's `require`, by paths like './index.js'
 */
function ownCopy (directory, exchange) {
  const root = fs.realpathSync(directory)
  const modules = new Map()

  function requireFrom (file) {
    const real = createRequire(file)
    return (name) => {
      const load = () => {
        const target = real.resolve(name)
        return isOwn(target) ? loaded(target) : real(name)
      }
      const exchanged = exchange(name, path.relative(root, file), load)
      return exchanged === undefined ? load() : exchanged
    }
  }

  function isOwn (file) {
    const relative = path.relative(root, file)
    return path.isAbsolute(file) && file.endsWith('.js') && !relative.split(path.sep).some((part) => part === '..' || part === 'node_modules')
  }

  function loaded (file) {
    if (!modules.has(file)) {
      const module = { exports: {}, id: file, filename: file }
      modules.set(file, module)
      const run = vm.compileFunction(fs.readFileSync(file, 'utf8'), PARAMETERS, { filename: file })
      run.call(module.exports, module.exports, requireFrom(file), module, file, path.dirname(file))
    }
    return modules.get(file).exports
  }

  return requireFrom(path.join(root, 'package.json'))
}

module.exports = { ownCopy }
