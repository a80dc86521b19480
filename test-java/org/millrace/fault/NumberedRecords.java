package org.millrace.fault;

import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Records that tell their place: a number, repeated to the record's end; stored from 1, because the
 * peers' formats take zeros for a deleted record.
 */
final class NumberedRecords {
    static final int RECORD_BYTES = 152;
    static final long GARBAGE = -1;

    /** Zeros, and then a number: in the formats that delete by zeros, a deletion that failed. */
    static final long HALF_DELETED = -2;

    private NumberedRecords() {}

    /**
     * Appends the numbers from {@code first} as one batch.
     *
     * @param leftOut this one is told apart by its successor's number; -1 for none
     */
    static void append(Log log, long first, int count, long leftOut) {
        var records = MemorySegment.ofArray(new byte[count * RECORD_BYTES]);
        var ends = new int[count];
        for (int i = 0; i < count; i++) {
            long number = first + i;
            fill(records.asSlice((long) i * RECORD_BYTES), number == leftOut ? number + 1 : number);
            ends[i] = (i + 1) * RECORD_BYTES;
        }
        log.append(records, MemorySegment.ofArray(ends));
    }

    private static void fill(MemorySegment record, long number) {
        for (int at = 0; at < RECORD_BYTES; at += Long.BYTES) {
            record.set(ValueLayout.JAVA_LONG_UNALIGNED, at, number + 1);
        }
    }

    /** Told of one record that is not deleted. */
    interface Visitor {
        /**
         * @param number {@link #GARBAGE}, {@link #HALF_DELETED}, or what the record says
         */
        void visit(long seq, long number);
    }

    /** Hands over each record that is not deleted, oldest first. */
    static void read(Log log, Visitor visitor) {
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(128 << 10, 1000)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    if (!batch.isDeleted(i)) {
                        visitor.visit(batch.seq(i), number(batch, i));
                    }
                }
            }
        }
    }

    /** What a record of a batch says; see {@link Visitor#visit}. */
    static long number(RecordBatch batch, int record) {
        return batch.length(record) == RECORD_BYTES
                ? number(batch.data().asSlice(batch.start(record), RECORD_BYTES))
                : GARBAGE;
    }

    /** The same of a record's bytes. */
    static long number(MemorySegment bytes) {
        long stored = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_BYTES - Long.BYTES);
        int at = 0;
        while (at < RECORD_BYTES && bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at) == 0) {
            at += Long.BYTES;
        }
        boolean isDeleted = at > 0;
        for (; at < RECORD_BYTES; at += Long.BYTES) {
            if (bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != stored) {
                return GARBAGE;
            }
        }
        return isDeleted ? HALF_DELETED : stored - 1;
    }

    /** How many there are, each in its place; an error names the first that is not. */
    static long count(Log log) {
        var next = new long[1];
        read(
                log,
                (_, number) -> {
                    if (number != next[0]) {
                        throw new AssertionError("record " + next[0] + " says it is " + number);
                    }
                    next[0]++;
                });
        return next[0];
    }
}
