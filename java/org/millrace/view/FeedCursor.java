package org.millrace.view;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

/**
 * Reads a log in batches from wherever a view stands.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> Owns one batch of at most {@value #BYTES_MAX}
 * bytes.
 */
final class FeedCursor implements AutoCloseable {
    private static final int BYTES_MAX = 256 * 1024;
    private static final int RECORDS_MAX = 4096;

    /**
     * What holds the feed must not keep others long from it, who mount a view or read: code that
     * has not been compiled yet takes a hundred times as long for a batch, so the first are small.
     */
    private static final int BYTES_FIRST = 8 * 1024;

    private static final long QUICK_NANOS = 2_000_000;

    private final Log log;
    private int bytes = BYTES_FIRST;
    private RecordBatch batch = RecordBatch.allocate(bytes, RECORDS_MAX);
    private Cursor cursor;
    private long at;

    FeedCursor(Log log) {
        this.log = log;
    }

    /** The records behind {@code from}; none when it is the last. Valid until the next call. */
    RecordBatch next(long from) {
        if (cursor == null || at != from) {
            reset();
            cursor = log.cursor(Range.after(from));
            at = from;
        }
        int count = cursor.next(batch);
        if (count == 0) {
            batch.clear();
        } else {
            at = batch.seq(count - 1);
        }
        return batch;
    }

    /** How long the last batch took to be used: after a quick one the next is larger. */
    void took(long nanos) {
        if (nanos < QUICK_NANOS && bytes < BYTES_MAX) {
            bytes *= 2;
            batch.close();
            batch = RecordBatch.allocate(bytes, RECORDS_MAX);
        }
    }

    /** The next read begins with a new cursor. */
    void reset() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }

    @Override
    public void close() {
        reset();
        batch.close();
    }
}
