'use strict'
// LeakSanitizer on the addon: what it allocated itself is freed when environments end. What Node.js and the JVM keep to their end is
// theirs. Apart from sanitizer.test.js, because the check at exit takes 20 s beside a JVM.

const test = require('node:test')
const assert = require('node:assert')
const { build, runSanitized, skip } = require('./sanitizer')
const { tempDir } = require('../temp')

// Without symbols: naming the JVM's thousand leaks takes longer than the rest, and the library's name is enough.
// Without following __tls_get_addr: up to GCC 13 its interceptor takes a dynamic TLS block that begins 16 bytes into a page for one of
// glibc 2.19, whose header it then reads, and the check dies (google/sanitizers#1322). Whether a block lies so hangs on the length of
// the checkout's path: under /check/work/main it always did.
const OPTIONS = 'detect_leaks=1:exitcode=0:symbolize=0:intercept_tls_get_addr=0'

/** The leaks whose allocation was called from the addon. */
function leaksOf (report) {
  assert.match(report, /LeakSanitizer: detected memory leaks/, 'the check ran: the JVM always leaks')
  return report.split(/\n(?=(?:Direct|Indirect) leak of)/).slice(1).filter((leak) => {
    const caller = leak.split('\n').find((line) => /^ +#[1-9]/.test(line)) || ''
    return caller.includes('millrace.node')
  })
}

test('leaks of the addon', { skip }, async (t) => {
  build()
  await t.test('canary: a planted leak is seen', async () => {
    assert.notDeepStrictEqual(leaksOf((await runSanitized('planted', ['leak'], OPTIONS)).err), [])
  })
  await t.test('none over terminated workers', async (t) => {
    const { code, err } = await runSanitized('workers', [tempDir(t), 1, 3], OPTIONS)
    assert.deepStrictEqual([leaksOf(err), code], [[], 0])
  })
})
