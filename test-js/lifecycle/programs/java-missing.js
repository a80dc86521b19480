'use strict'
// argv: a Java home. Prints the code and the text of what starting there fails with.

try {
  require('../log').native.start({ javaHome: process.argv[2] })
} catch (error) {
  console.log(error.code, error.message)
}
