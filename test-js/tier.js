'use strict'
// How much the repeated tests do: the quick tier of `mvn verify`, or the long one of `mvn -Plong verify`. A number in the environment
// under the count's own name wins over both.

const isLong = process.env.MILLRACE_TIER === 'long'

const count = (name, quick, long) => Number(process.env[name] || (isLong ? long : quick))

module.exports = { count, isLong }
