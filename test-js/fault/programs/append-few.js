'use strict'
// argv: engine, file, records, bug. Appends at level sync while its system calls fail; says how many were acknowledged, with which error
// it ended, and how many can be read afterwards. It must live to say it.

const { open, numbered, count } = require('../logs')

const [, , engine, file, records, bug] = process.argv

async function main () {
  const log = open(engine, file, 'sync')
  const before = await count(log)
  let acknowledged = before
  let code = 'none'
  while (acknowledged < before + Number(records)) {
    try {
      await log.append([numbered(acknowledged), numbered(acknowledged + 1)])
      acknowledged += 2
    } catch (err) {
      code = err.millraceCode || err.code
      if (bug !== 'overlooks') break
      acknowledged += 2
    }
  }
  const readable = await count(log, false)
  await log.close().catch(() => {})
  console.log(JSON.stringify({ acknowledged, code, readable }))
}

main().catch((err) => { console.error(err); process.exitCode = 1 })
