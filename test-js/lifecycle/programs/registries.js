'use strict'
// argv: directory. Loads the package again and again in one thread, the addon once, as Jest does for each file of tests.

const path = require('node:path')

function load (name) {
  for (const file of Object.keys(require.cache)) if (!file.endsWith('.node')) delete require.cache[file]
  const Flume = require('../../../js-bindings')
  const db = Flume(Flume.OffsetLog(path.join(process.argv[2], name), { durable: 'sync' })) // its appends wait for wakes
  return db.use('keys', Flume.views.keys())
}

async function main () {
  const found = []
  const dbs = ['one', 'two', 'three'].map(load)
  for (const [i, db] of dbs.entries()) {
    await db.append(Buffer.from(`{"key":"%${i}","value":{}}`))
    found.push(String(await db.keys.get(`%${i}`)))
    await db.close()
  }
  console.log(found.join(' '))
}
main()
