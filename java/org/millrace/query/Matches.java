package org.millrace.query;

import org.millrace.codec.Message;
import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.MillraceException;
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
    private final QueryEngine engine;
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
    private Matches(
            QueryEngine engine, Query query, Filter filter, boolean isScanned, Budget budget) {
        this.engine = engine;
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
        return !isScanned || scan() && (matcher == null || matcher.test(message, seq));
    }

    /** A record that was decrypted late counts as that; what is handed out is the log's. */
    private boolean scan() {
        var plain = engine.revealed(seq);
        return plain == null
                ? reading.scanner.scan(block, offset, length, message)
                : reading.scanner.scan(plain, 0, (int) plain.byteSize(), message);
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

        OfLog(QueryEngine engine, Query query, Range range, long last, Budget budget) {
            super(engine, query, query.filter, !query.isPlain(), budget);
            boolean isTail = last == Long.MAX_VALUE;
            this.last = last;
            cursor = engine.log().cursor(range);
            batch =
                    isTail
                            ? RecordBatch.allocate(16 << 10, TAIL_RECORDS)
                            : RecordBatch.allocate(BLOCK_BYTES, RECORDS);
        }

        /** Keeps what it finds, should it come to its end. */
        void remember(ScanMemory memory, long epoch) {
            notes = memory.begin(super.query, last, epoch);
        }

        void remember(ScanMemory memory, long epoch, ScanMemory.Found before) {
            remember(memory, epoch);
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
        private final long epoch;
        private int looked;

        /**
         * @param epoch of the log when the candidates were looked for
         */
        OfSequences(
                QueryEngine engine,
                long epoch,
                Query query,
                Filter filter,
                boolean isScanned,
                Candidates candidates,
                Budget budget) {
            super(engine, query, filter, isScanned, budget);
            this.epoch = epoch;
            log = engine.log();
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
            try {
                length = super.reading.read(log, seq);
            } catch (MillraceException e) {
                // Nobody knows a record that has gone, or moved, by its sequence.
                throw log.epoch() == epoch ? e : AnswerCursor.moved(e);
            }
            block = super.reading.block;
            if (log.epoch() != epoch) {
                throw AnswerCursor.moved(null);
            }
            return length >= 0;
        }
    }
}
