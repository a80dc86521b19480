package org.millrace.view;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

/**
 * Reads a log in batches from wherever a view stands.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> Owns one batch of {@value #BATCH_BYTES} bytes.
 */
final class FeedCursor implements AutoCloseable {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_RECORDS = 4096;

    private final Log log;
    private final RecordBatch batch = RecordBatch.allocate(BATCH_BYTES, BATCH_RECORDS);
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
