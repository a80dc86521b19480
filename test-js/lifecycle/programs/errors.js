'use strict'
// Every kind of failure arrives as an Error with a code, and the process goes on.

const { open, native } = require('../log')

const code = (fn) => {
  try {
    fn()
    return 'nothing thrown'
  } catch (error) {
    return error.message.startsWith(error.code) ? error.code : `${error.code}: ${error.message}`
  }
}
const log = open({ format: 'memory' })
log.append('a', 'bb')
const other = open({ format: 'memory' })
other.close()
console.log(JSON.stringify({
  unknownOperation: code(() => native.cold('nope')),
  unknownFormat: code(() => open({ format: 'nope' })),
  unknownOption: code(() => open({ format: 'memory', colour: 'red' })),
  badNumber: code(() => open({ format: 'memory', bytesMax: 'many' })),
  directory: code(() => open({ format: 'offset', path: __dirname })),
  missing: code(() => open({ format: 'offset', path: '/nowhere/log', readOnly: true })),
  outOfRange: code(() => log.get(99)),
  closedHandle: code(() => other.state()),
  closedTwice: code(() => other.close()),
  noHandle: code(() => { native.page[native.F.handle] = 3.5e9; native.dispatch(native.OP.state) }),
  notANumber: code(() => { native.page[native.F.handle] = NaN; native.dispatch(native.OP.state) }),
  noHotOperation: code(() => native.dispatch(1000)),
  noTypedArray: code(() => native.dispatchData(native.OP.append, 'text', null)),
  noRoomForSeqs: code(() => native.dispatchData(native.OP.append, Buffer.from('x'), new Uint32Array(4), new Float64Array(1))),
  seqsMissing: code(() => native.dispatchData(native.OP.append, null, null)),
  pinNothing: code(() => native.pin('text')),
  unpinNothing: code(() => native.unpin(1)),
  alive: log.get(1)
}))
