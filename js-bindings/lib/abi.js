'use strict'
// Generated from native-headers/millrace.h: node js-bindings/native/generate-abi.js. Do not edit.
// Sizes and offsets are bytes; a field's type is the name that DataView's get and set end with.

const constants = freeze({
  MR_ABI_VERSION: 3,
  MR_DELETED: 4294967295
})

const enums = freeze({
  mr_status: {
    MR_OK: 0,
    MR_ERR_ARGUMENT: 1,
    MR_ERR_INTERNAL: 2,
    MR_ERR_OUT_OF_MEMORY: 3,
    MR_ERR_BORROW_EXPIRED: 4,
    MR_ERR_HANDLE: 5,
    MR_ERR_BUFFER_TOO_SMALL: 6,
    MR_ERR_CANCELLED: 7,
    MR_ERR_FILE_NOT_FOUND: 20,
    MR_ERR_FILE_KIND: 21,
    MR_ERR_FILE_PERMISSION: 22,
    MR_ERR_NO_SPACE: 23,
    MR_ERR_IO: 24,
    MR_ERR_READ_FAULT: 25,
    MR_ERR_LOG_CLOSED: 40,
    MR_ERR_LOG_LOCKED: 41,
    MR_ERR_LOG_READ_ONLY: 42,
    MR_ERR_LOG_CORRUPT: 43,
    MR_ERR_LOG_FAILED: 44,
    MR_ERR_LOG_SYNC_FAILED: 45,
    MR_ERR_LOG_FULL: 46,
    MR_ERR_LOG_FORMAT: 47,
    MR_ERR_LOG_VERSION: 48,
    MR_ERR_LEVEL_UNSUPPORTED: 49,
    MR_ERR_BACKPRESSURE: 50,
    MR_ERR_SEQ_INVALID: 60,
    MR_ERR_SEQ_RANGE: 61,
    MR_ERR_RECORD_DELETED: 62,
    MR_ERR_RECORD_TOO_LARGE: 63,
    MR_ERR_RECORD_EMPTY: 64,
    MR_ERR_KEY_NOT_FOUND: 80,
    MR_ERR_VIEW_FAILED: 81,
    MR_ERR_VIEW_UNKNOWN: 82,
    MR_ERR_QUERY: 83,
    MR_ERR_QUERY_LIMIT: 84,
    MR_ERR_JAVA_NOT_FOUND: 100,
    MR_ERR_JAVA_VERSION: 101,
    MR_ERR_JAVA_START: 102
  },
  mr_flag: {
    MR_FLAG_NONE: 0,
    MR_FLAG_PENDING: 1,
    MR_FLAG_WAIT: 2,
    MR_FLAG_FAILED: 4,
    MR_FLAG_ENDED: 8
  },
  mr_op: {
    MR_OP_ERROR: 0,
    MR_OP_APPEND: 1,
    MR_OP_GET: 2,
    MR_OP_NEXT: 3,
    MR_OP_STATE: 4,
    MR_OP_DELETE: 5,
    MR_OP_DRAIN: 6,
    MR_OP_VIEW_APPEND: 7,
    MR_OP_VIEW_GET: 8,
    MR_OP_OPEN: 9
  }
})

const structs = freeze({
  mr_record: {
    byteSize: 16,
    fields: {
      seq: { offset: 0, type: 'Float64' },
      start: { offset: 8, type: 'Uint32' },
      length: { offset: 12, type: 'Uint32' }
    }
  },
  mr_call: {
    byteSize: 104,
    fields: {
      handle: { offset: 0, type: 'Float64' },
      seq: { offset: 8, type: 'Float64' },
      data: { offset: 16, type: 'Float64' },
      data_length: { offset: 24, type: 'Float64' },
      index: { offset: 32, type: 'Float64' },
      index_length: { offset: 40, type: 'Float64' },
      count: { offset: 48, type: 'Float64' },
      used: { offset: 56, type: 'Float64' },
      needed: { offset: 64, type: 'Float64' },
      since: { offset: 72, type: 'Float64' },
      durable_since: { offset: 80, type: 'Float64' },
      flags: { offset: 88, type: 'Float64' },
      seqs: { offset: 96, type: 'Float64' }
    }
  },
  mr_host: {
    byteSize: 16,
    fields: {
      context: { offset: 0, type: 'BigInt64' },
      wake: { offset: 8, type: 'BigUint64' }
    }
  },
  mr_boot: {
    byteSize: 16,
    fields: {
      abi_version: { offset: 0, type: 'BigInt64' },
      dispatch: { offset: 8, type: 'BigUint64' }
    }
  }
})

function freeze (object) {
  for (const value of Object.values(object)) if (typeof value === 'object') freeze(value)
  return Object.freeze(object)
}

module.exports = freeze({ constants, enums, structs })
