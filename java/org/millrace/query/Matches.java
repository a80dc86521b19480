package org.millrace.query;

import org.millrace.codec.Message;
import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;

/**
 * The records that pass a filter, one at a time: scanned where they stand, which is until the next.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> One block.
 */
abstract sealed class Matches implements AutoCloseable {
    private final Query query;
    private final Reading reading;
    private final Matcher matcher;
    private final boolean isScanned;
    final Message message;
    final Budget budget;
    MemorySegment block;
    long offset;
    int length;
    long seq;

    /**
     * @param filter what is to be checked; {@link Filter#ALL} when all that come are wanted
     * @param isScanned whether {@link #message} is looked at
     */
    private Matches(Query query, Filter filter, boolean isScanned, Budget budget) {
        this.query = query;
        this.budget = budget;
        matcher = query.matcher(filter);
        this.isScanned = isScanned || matcher != null;
        reading = query.readings.take();
        message = reading.message;
    }

    /** Goes to the next match; false when there is none now. */
    abstract boolean next();

    boolean isReady() {
        return true;
    }

    @Override
    public void close() {
        query.readings.giveBack(reading);
    }

    boolean passes() {
        return !isScanned
                || reading.scanner.scan(block, offset, length, message)
                        && (matcher == null || matcher.test(message, seq));
    }

    /** Every record of a range of the log. */
    static final class OfLog extends Matches {
        private static final int BLOCK_BYTES = 256 << 10;
        private static final int RECORDS = 4096;
        private static final int TAIL_RECORDS = 64;

        private final Cursor cursor;
        private final RecordBatch batch;
        private final long last;
        private int at;

        /** Sequences of the matches, for the next time; null when nobody wants them. */
        private ScanMemory.Notes notes;

        OfLog(Log log, Query query, Range range, long last, Budget budget) {
            super(query, query.filter, !query.stages.isEmpty(), budget);
            boolean isTail = last == Long.MAX_VALUE;
            this.last = last;
            cursor = log.cursor(range);
            batch =
                    isTail
                            ? RecordBatch.allocate(16 << 10, TAIL_RECORDS)
                            : RecordBatch.allocate(BLOCK_BYTES, RECORDS);
        }

        /** Keeps what it finds, should it come to its end. */
        void remember(ScanMemory memory) {
            notes = memory.begin(super.query, last);
        }

        void remember(ScanMemory memory, ScanMemory.Found before) {
            remember(memory);
            notes.add(before);
        }

        long[] remembered() {
            return notes.sequences();
        }

        @Override
        boolean next() {
            while (true) {
                while (at < batch.count()) {
                    int record = at++;
                    if (!batch.isDeleted(record) && batch.seq(record) <= last) {
                        block = batch.data();
                        offset = batch.start(record);
                        length = batch.length(record);
                        seq = batch.seq(record);
                        if (passes()) {
                            if (notes != null) {
                                notes.add(seq);
                            }
                            return true;
                        }
                    }
                }
                budget.check();
                at = 0;
                if (cursor.next(batch) == 0) {
                    if (notes != null) {
                        notes.keep();
                    }
                    return false;
                }
            }
        }

        @Override
        boolean isReady() {
            return cursor.isReady();
        }

        @Override
        public void close() {
            super.close();
            cursor.close();
            batch.close();
        }
    }

    /** Records by their sequences. */
    static final class OfSequences extends Matches {
        private static final int CHECK_EVERY = 256;

        private final Log log;
        private final Candidates candidates;
        private int looked;

        OfSequences(
                Log log,
                Query query,
                Filter filter,
                boolean isScanned,
                Candidates candidates,
                Budget budget) {
            super(query, filter, isScanned, budget);
            this.log = log;
            this.candidates = candidates;
        }

        @Override
        boolean next() {
            for (seq = candidates.next(); seq >= 0; seq = candidates.next()) {
                if (++looked % CHECK_EVERY == 0) {
                    budget.check();
                }
                if (read() && passes()) {
                    return true;
                }
            }
            return false;
        }

        private boolean read() {
            length = super.reading.read(log, seq);
            block = super.reading.block;
            return length >= 0;
        }
    }
}
