'use strict'
// Where millrace is: installed beside this package; or, where npm has only linked this folder out of a checkout (its way with file:, it
// installs no dependencies of a link), two folders up.

const fromCheckout = (face) => require.resolve('../..' + (face || '/index'))

module.exports = (face) => {
  let file
  try {
    file = require.resolve('millrace' + face)
  } catch (err) {
    if (err.code !== 'MODULE_NOT_FOUND') throw err
    file = fromCheckout(face)
  }
  return require(file)
}
