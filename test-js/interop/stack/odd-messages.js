'use strict'
// Messages as nobody writes them who means well, as JSON texts: where a reader in Java may see other links, types or times in them than
// ssb-db's own index maps, and ones that those maps throw at. No validator has seen them.

const path = require('node:path')

const SIGILS = { '@': ['.ed25519', '.sha256'], '%': ['.sha256', '.cloaked'], '&': ['.sha256'] }
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function oddMessages ({ below }) {
  const one = (list) => list[below(list.length)]
  const often = (value, odd) => below(6) > 0 ? value : odd()
  const id = (sigil, number = below(40)) => `${sigil}${String(number).padStart(42, 'b')}A=${one(SIGILS[sigil])}`

  /** A reference, or nearly one. */
  function reference () {
    const whole = id(one(Object.keys(SIGILS)))
    return often(whole, () => one([
      () => whole + '?unbox=' + 'a'.repeat(below(9)),
      () => whole.replace('=.', '=' + one(['x', '-', ''])),
      () => whole.slice(0, 43) + one([...BASE64]) + whole.slice(44),
      () => whole + one([' ', 'x', '\n', '\u0000']),
      () => whole.slice(0, -1),
      () => one(['#', 'x', '']) + whole,
      () => `ssb:message/classic/${whole.slice(1, 45)}`
    ])())
  }

  const scalar = () => one([null, true, false, 0, -0, 1.5, '', 'text', '#channel', '\u0000', '\ud83d\ude00'])
  const link = () => one([reference, () => ({ link: reference() }), () => ({ link: reference(), name: 'n' }), () => ({ link: scalar() }), () => ({ link: [reference()] })])()
  const notNull = (value) => value === null ? 0 : value // those throw; they have a test of their own
  const relation = () => one([
    link,
    link,
    () => Array.from({ length: below(4) }, () => notNull(one([link, scalar])())),
    () => ({ 0: link(), 1: link(), length: 2 }),
    () => ({ inner: { link: reference() } }),
    () => [[reference()], { link: { link: reference() } }],
    scalar
  ])()

  const names = ['root', 'branch', 'vote', 'mentions', 'about', 'contact', 'channel', 'link', '7', '__proto__', 'rel\u0000', '\u00fc', '\ud800', 'type2']
  const type = () => often(one(['post', 'vote', 'about']), () => one([
    () => 'x'.repeat(30 + below(5)),
    () => 'x'.repeat(31) + '\ud83d\ude00 and more',
    () => '\u00fc'.repeat(below(40)),
    () => 't\u0000\\"',
    () => '',
    scalar
  ])())

  /** As text, so that a key can come twice and a character be escaped. */
  function contentText () {
    const members = [['type', type()]]
    for (let n = below(5); n > 0; n--) members.push([one(names), relation()])
    if (below(12) === 0) members.push([one(['value', 'content']), one([scalar, () => ({ content: { type: type(), root: reference() } }), () => ({ type: type(), root: reference() })])()])
    const text = members.map(([name, value]) => `${quoted(name)}:${escaped(JSON.stringify(value))}`)
    return `{${text.join(',')}}`
  }

  const quoted = (name) => escaped(JSON.stringify(name))
  const escaped = (json) => below(8) > 0 ? json : json.replace(/[@%&](?=\w)|(?<=")[07](?=")/g, (c) => below(2) ? c : `\\u00${c.charCodeAt(0).toString(16)}`)
  const content = () => often(contentText(), () => one([() => `"${'QUJD'.repeat(90)}.box"`, () => '[' + JSON.stringify(reference()) + ']', () => '{}', () => '5', () => JSON.stringify(reference())])())
  const number = (usual) => JSON.stringify(often(usual, () => one([0, -1, 1.5, 2 ** 53, -0])))

  let clock = 1600000000000
  /** One message; `isWild`: its outer fields may be missing or of any kind, so that maps throw. */
  return (isWild) => {
    clock += below(3) // some are received at once
    const field = (name, text) => isWild && below(9) === 0 ? one(['', `"${name}":${JSON.stringify(relation())},`, `"${name}":1e400,`]) : `"${name}":${text},`
    const author = often(id('@', below(6)).replace('sha256', 'ed25519'), () => '@x')
    const value = field('previous', 'null') + field('author', JSON.stringify(author)) + field('sequence', number(below(30))) +
      field('timestamp', number(clock + below(2000) - 1000)) + '"hash":"sha256",' + field('content', content()) + '"signature":"s"'
    return `{${field('key', JSON.stringify(id('%', below(1e6)).replace('cloaked', 'sha256')))}"value":{${value}},"timestamp":${number(clock)}}`
  }
}

/** `count` of them that ssb-db's own maps take, some encrypted for one of `readers` (keys of ssb-keys), the first more often. */
function survivable (readers, { below }, count) {
  const ssbKeys = require(path.join(__dirname, 'node_modules/ssb-keys'))
  const next = oddMessages({ below })
  const texts = []
  while (texts.length < count) {
    const message = JSON.parse(next(false))
    if (JSON.stringify(message).includes('\\u0000')) continue // charwise makes another character of it
    const { content } = message.value
    const isObject = typeof content === 'object'
    if (typeof content === 'string' && !content.endsWith('.box')) continue // ssb-keys throws at what is too short to be a box
    const isBoxed = isObject && below(5) === 0 && !Object.hasOwn(content, '__proto__') // ssb-db's cache of what it opened loses that
    if (isBoxed) {
      const { id } = readers[below(3) === 0 ? readers.length - 1 : 0]
      message.value.content = ssbKeys.box({ ...content, recps: [id] }, [id])
    }
    texts.push(JSON.stringify(message))
  }
  return texts
}

module.exports = { oddMessages, survivable }
