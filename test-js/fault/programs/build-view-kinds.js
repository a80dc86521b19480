'use strict'
// The kinds of views that build-view.js builds over RECORDS of message(i): `create(millrace, row)` with `row()` to be called for every row
// that JavaScript sees, and `answer(db)`, which must be `expected` however often the building was broken off.

const RECORDS = 300000
const ROW_MS = 0.01 // a reduce that takes its time: its state is saved once a second
const LINKS = 3 // of each message: many postings, so that a native view is saved several times

const sequences = [0, 1, RECORDS / 2, RECORDS - 1]
const pad = 'x'.repeat(60) // long keys, for the same reason
const id = (i) => `%${String(i).padStart(42, '0')}A=.sha256`

exports.message = (i) => ({
  key: id(i),
  value: { author: `@${i % 7}`, sequence: i, content: { type: 'post', mentions: Array.from({ length: LINKS }, (_, n) => id(i + n)) } }
})
exports.RECORDS = RECORDS

exports.VIEWS = {
  native: {
    create: ({ views }) => views.backlinks(),
    answer: (db) => Promise.all(sequences.map((i) => db.mine.count({ id: id(i) }))),
    expected: sequences.map((i) => Math.min(i + 1, LINKS))
  },
  map: {
    create: ({ view }, row) => view({ version: 1, select: ['author', 'sequence'], map: ({ author, sequence }) => { row(); return [[author, sequence, pad]] } }),
    answer: (db) => Promise.all(sequences.map(async (i) => (await db.mine.get([`@${i % 7}`, i, pad])).value.sequence)),
    expected: sequences
  },
  reduce: {
    create: ({ view }, row) => view({
      version: 1,
      select: ['sequence'],
      initial: { sum: 0 },
      reduce (state, { sequence }) {
        row()
        for (const end = performance.now() + ROW_MS; performance.now() < end;);
        state.sum += sequence
        return state
      }
    }),
    answer: (db) => db.mine.get(),
    expected: { sum: RECORDS * (RECORDS - 1) / 2 }
  }
}
