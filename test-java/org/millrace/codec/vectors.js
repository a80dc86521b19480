// Makes vectors.txt: records, and what Node's JSON.parse or npm's bipf and ssb-ref make of them.
// Run by hand when a rule changes (the tests read only the file):
//   npm install --no-save bipf@1.9.0 ssb-ref@2.16.0 && node test-java/org/millrace/codec/vectors.js
// One record a line: encoding, record in base64, lines as in Found.java in base64 of JSON, or "-".
'use strict'
const fs = require('fs')
const path = require('path')
const bipf = require('bipf')
const ref = require('ssb-ref')

const DEPTH_MAX = 256
const fields = [
  '', 'key', 'value', 'timestamp', 'value.previous', 'value.author', 'value.sequence',
  'value.timestamp', 'value.hash', 'value.content', 'value.signature', 'value.content.type',
  'value.content.root', 'value.content.branch', 'value.content.fork', 'value.content.vote',
  'value.content.vote.link', 'value.content.vote.value', 'value.content.channel',
  'value.content.about', 'value.content.contact', 'value.content.following',
  'value.content.blocking', 'value.content.mentions', 'value.content.text', 'value.content.name',
  'value.content.image.link', 'value.content.mentions.0', 'value.content.mentions.1.link',
  'value.content.__proto__.x', 'value.content.na\u00efve', 'value.content.\ufffd',
  'value.content.exactly8', 'value.content.averyveryverylongkey', 'value.content.',
  'value.meta.private', '0.1.2'
]

// What is left of a string once it was written out as UTF-8.
const text = (s) => Buffer.from(s).toString()

function isObject (v) { return v !== null && typeof v === 'object' && !Buffer.isBuffer(v) }

function at (record, keys) {
  let value = record
  for (const key of keys) {
    const known = isObject(value) && Object.prototype.hasOwnProperty.call(value, key)
    if (!known || (Array.isArray(value) && key === 'length')) return undefined
    value = value[key]
  }
  return value
}

function show (value) {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'string') return 'STRING ' + text(value)
  if (Buffer.isBuffer(value)) return 'BYTES'
  if (typeof value === 'object') return Array.isArray(value) ? 'ARRAY' : 'OBJECT'
  const bits = Buffer.alloc(8)
  bits.writeDoubleBE(value + 0)
  return 'NUMBER ' + bits.toString('hex')
}

function kind (value) {
  const id = value.split('?')[0]
  if (ref.isFeedId(id) && id[45] === '.') return 'FEED'
  if (ref.isMsgId(id)) return 'MESSAGE'
  if (ref.isCloakedMsgId(id)) return 'CLOAKED'
  if (ref.isBlobId(id)) return 'BLOB'
  if (value.length < 30 && /^#[^\s#]+$/.test(value)) return 'CHANNEL'
}

function isDirect (keys, lists) {
  const byLink = keys[keys.length - 1] === 'link' && !lists[keys.length - 1]
  if (keys.length === 1) return true
  if (keys.length === 2) return lists[1] || byLink
  return keys.length === 3 && lists[1] && byLink
}

function links (value, keys, lists, out) {
  if (isObject(value)) {
    if (keys.length + 3 > DEPTH_MAX) return
    const inArray = Array.isArray(value)
    for (const key of Object.keys(value)) {
      links(value[key], keys.concat(key), lists.concat(inArray), out)
    }
  } else if (typeof value === 'string') {
    const named = keys.length > 0 && !lists[0]
    const isName = named && keys[0] === 'channel'
    const found = isName ? (value === '' ? null : 'CHANNEL_NAME') : kind(value)
    if (!found) return
    const query = !found.startsWith('CHANNEL') && value.includes('?')
    out.push('link ' + found + (named && isDirect(keys, lists) ? ' direct' : '') +
      (query ? ' query' : '') + ' ' + (named ? text(keys[0]) : 'null') + ' ' + text(value))
  }
}

function lines (record) {
  const out = []
  for (const name of fields) {
    const value = at(record, name === '' ? [] : name.split('.'))
    if (value !== undefined) out.push(name + ' ' + show(value))
  }
  const content = at(record, ['value', 'content'])
  links(content, [], [], out)
  out.push('private ' + (typeof content === 'string' && /\.box2?$/.test(content)))
  return out.sort()
}

const out = []
function emit (encoding, record, parse) {
  let found = '-'
  try {
    found = Buffer.from(JSON.stringify(lines(parse(record)))).toString('base64')
  } catch (err) {
    if (!(err instanceof SyntaxError)) throw err
  }
  out.push([encoding, record.toString('base64'), found].join('\t'))
}
const json = (record) =>
  emit('JSON', Buffer.from(record), (bytes) => JSON.parse(bytes.toString()))
const asBipf = (value) => emit('BIPF', bipf.allocAndEncode(value), (bytes) => bipf.decode(bytes, 0))

const id = 'hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q='
const msg = '%' + id + '.sha256'
const feed = '@' + id + '.ed25519'
const blob = '&' + id + '.sha256'
const content = (c) => `{"key":"${msg}","value":{"previous":null,"author":"${feed}","sequence":1,` +
  `"timestamp":1438787025000,"hash":"sha256","content":${c},"signature":"x"},"timestamp":1438787145000}`

// Strings, in a value and in a key.
for (const s of ['', 'a', '\\u0000', '\\u001f', '\\ud83d\\ude00', '\\ud800', '\\ud800x', '\\udc00',
  '\\ud83d\\ud83d\\ude00', '\\uD83D\\u0041', '\\ud83d\ufffd', '\\"\\\\\\/\\b\\f\\n\\r\\t', '\u007f',
  '\u2028', '\u00e9', '\ud83d\ude00', '\\u00', '\\x', '\\', '\\u12g4', '\n', '\t', '\u0000',
  '\\u005f_proto__', '__proto__', 'na\\u00efve', 'na\u00efve', '\\ud800\\ud800', '\ufeff']) {
  json(content(`{"type":"${s}"}`))
  json(content(`{"${s}":1,"name":"x"}`))
}
// Bytes that are not UTF-8.
for (const hex of ['80', 'c0af', 'e080', 'e08080', 'eda080', 'f09f98', 'f09f9880', 'f4908080', 'ff',
  'e4bd', 'e4bda0', 'c3', 'c3a9', 'f8888080', 'efbfbd', 'efbbbf']) {
  const [before, after] = content('{"name":"CUT","\ufffd":1}').split('CUT')
  json(Buffer.concat([Buffer.from(before), Buffer.from(hex, 'hex'), Buffer.from(after)]))
  const [a, b] = content('{"CUT":7}').split('CUT')
  json(Buffer.concat([Buffer.from(a), Buffer.from(hex, 'hex'), Buffer.from(b)]))
}
json(Buffer.concat([Buffer.from('efbbbf', 'hex'), Buffer.from(content('{}'))]))
// Numbers.
for (const n of ['0', '-0', '1', '-1', '01', '-', '+1', '.5', '1.', '1.5', '1e', '1e+', '1E5', '1e-7',
  '1e400', '-1e400', '1e-400', '9007199254740991', '9007199254740992', '9007199254740993',
  '123456789012345', '999999999999999', '1234567890123456', '12345678901234567890', '4.9e-324',
  '2.4703282292062327e-324', '2.4703282292062328e-324', '1.7976931348623157e308',
  '1.7976931348623159e308', '0.1', '00', '-01', '0x1', 'NaN', 'Infinity', '1_0', '1' + '0'.repeat(400),
  '0.' + '0'.repeat(400) + '1', '5e-1', '8.5', '6.0']) {
  json(content(`{"name":${n}}`))
  json(n)
}
// Structure.
for (const s of ['', ' ', '{}', '[]', '{', '}', '[', ']', '[,]', '[1,]', '{,}', '{"a"}', '{"a":}',
  '{"a":1,}', '{"a":1 "b":2}', '{a:1}', "{'a':1}", '[1 2]', 'true', 'false', 'null', 'tru', 'truee',
  'True', '"', '"a', '"a"', '"a" "b"', '1 2', '[[[1]]]', '[[0,[0,1,"x"]]]', '{"a":[}', '{"a":{]}',
  ' \t\n\r[ \t\n\r1 , 2 ] \n', '\u00a01', '\f1', '\v1', '1\u2028', '//x\n1', '{"a":undefined}',
  '{"key":"a","key":"b"}', '{"value":{"content":{"type":"a"}},"value":{"author":"x"}}',
  '{"value":{"content":{"type":"a"},"content":null}}', '{"0":{"1":{"2":"deep"}}}', '[0,[0,1,["x"]]]',
  '{"value":5}', '{"value":[{"content":{}}]}', '\u0000', '{}\u0000', '[1]]']) json(s)
for (const depth of [250, 251, 252, 253, 254, 255, 256, 257, 300, 2000]) {
  json(content('['.repeat(depth) + `"${msg}"` + ']'.repeat(depth)))
  json(content('{"a":'.repeat(depth) + `"${msg}"` + '}'.repeat(depth)))
  json(content('['.repeat(depth) + `"${msg}"` + ']'.repeat(depth - 1)))
  json(content(`{"root":"${msg}","x":[` + '['.repeat(depth) + `],"${feed}"],"branch":"${msg}"}`
    .replace(/^/, ']'.repeat(depth - 1))))
}
// Equal keys: the last wins, and nothing of the first is left.
for (const c of [`{"root":"${msg}","root":5}`, `{"root":5,"root":"${msg}"}`,
  `{"root":"${msg}","r\\u006fot":"x"}`, `{"r\\u006fot":"${msg}","root":"${feed}"}`,
  `{"vote":{"link":"${msg}","value":1},"vote":{"value":2}}`, `{"vote":{"link":"${msg}"},"vote":[]}`,
  `{"a":{"b":"${msg}","b":1},"a2":{"b":"${msg}"}}`, `{"a":["${msg}","${feed}"],"b":"${blob}","a":["${blob}"]}`,
  `{"mentions":[{"link":"${msg}"},{"link":"${feed}"}],"mentions":[{"link":"${blob}"}]}`,
  `{"__proto__":{"x":"${msg}"},"__proto__":{"x":1}}`, `{"__proto__":{"x":"${msg}"}}`,
  `{"\\ud800":"${msg}","\\ud800":1}`, `{"\\ud800":"${msg}","\\ud801":1}`]) json(content(c))
// Links.
for (const s of [msg, feed, blob, '@' + id + '.sha256', '%' + id + '.cloaked', msg + '?', blob + '?unbox=a==',
  msg.slice(1), msg + ' ', ' ' + msg, msg.replace('Q=', 'R='), msg.replace('8', '-'), msg.replace('=', ''),
  msg + 'x', feed + 'x', msg + '\u0000', blob + '\u0000', '@' + id + '.ed2551', '&' + id + '.ed25519', '%' + id + '.ed25519',
  '@' + id + 'xed25519', blob + '?a?b', '#a', '#', '##', '#a#', '# a', '#A.b', '#' + 'a'.repeat(28),
  '#' + 'a'.repeat(29), '#\u3000', '#\ufeff', '#\u00e4', '#' + '\ud83d\ude00'.repeat(14), '#\u180e',
  '#' + '\ud83d\ude00'.repeat(14) + 'a', '#' + '\ud83d\ude00'.repeat(15), '#\ud800', '%', '@', '&']) {
  const q = JSON.stringify(s)
  const e = '"' + Array.from(s.split(''), (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')).join('') + '"'
  for (const x of [q, e]) {
    json(content(x))
    json(content(`{"a":${x},"b":[${x},[${x}],{"link":${x},"x":${x}}],"c":{"link":${x},"d":{"link":${x}}},"channel":${x}}`))
  }
  const full = { key: s, value: { author: s, content: { root: s, b: [s, [s]], c: { link: s }, channel: [s] } } }
  asBipf(full)
}
json(content(`["${msg}",["${msg}"],{"link":"${msg}"}]`))
json(content('"abc.box"'))
json(content('"abc.b\\u006fx2"'))
json(content('".box"'))
json(content('"box"'))
// bipf.
for (const v of [null, true, false, 0, 1, -1, 2147483647, 2147483648, -2147483648, 1.5, 'x', [], {},
  Buffer.from('ff', 'hex'), { key: undefined }, { value: { content: 'x.box', sequence: 7, timestamp: 1438787025000 } },
  { value: { content: { name: Buffer.alloc(3), following: true, blocking: null } } }, [0, [0, 1, ['x'], 2]]]) asBipf(v)
let nested = msg
for (let depth = 0; depth < 300; depth++) {
  nested = depth % 2 ? [nested] : { a: nested }
  if (depth > 248 && depth < 260) asBipf({ value: { content: nested } })
}
for (const line of fs.readFileSync(path.join(__dirname, 'messages.jsonl'), 'utf8').trim().split('\n').slice(0, 60)) {
  asBipf(JSON.parse(line))
}
fs.writeFileSync(path.join(__dirname, 'vectors.txt'), out.join('\n') + '\n')
