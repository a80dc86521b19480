package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

/**
 * A log as {@link Projection} shows it: each "record" is a batch of {@link Columns}, its sequence
 * the last one that was looked at.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Two batches: {@value #BATCH_BYTES} bytes of the log, and its columns.
 */
public final class ProjectionCursor implements Cursor {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_RECORDS = 4096;

    /** So much of the log is looked at for one batch, however few the rows. */
    private static final long SCANNED_MAX = 4 << 20;

    /** The same when it is probably the caller's thread that waits; with cold code 2 ms. */
    private static final long SCANNED_LIVE_MAX = 64 * 1024;

    private final ViewFeed feed;
    private final Projection projection;
    private final Columns columns;
    private final Cursor cursor;
    private final RecordBatch batch = RecordBatch.allocate(BATCH_BYTES, BATCH_RECORDS);

    /** Next record of the batch; the batch was used up when it is its count. */
    private int next;

    private long last;
    private long records;

    /** The columns were gathered and did not fit into the caller's memory. */
    private boolean isGathered;

    /** The log's end was reached: what comes is little, and soon read. */
    private boolean isAtEnd;

    /**
     * Begins behind a sequence.
     *
     * @param feed knows which records were decrypted
     */
    public ProjectionCursor(
            Log log, Encoding encoding, Projection projection, long after, ViewFeed feed) {
        this.feed = feed;
        this.projection = projection;
        columns = new Columns(projection.columns(), encoding);
        cursor = log.cursor(Range.after(after));
    }

    @Override
    public int next(RecordBatch to) {
        to.clear();
        if (!isGathered) {
            gather();
        }
        if (records == 0) {
            return 0;
        }
        isGathered = true;
        to.ensureData(columns.bytes());
        columns.writeTo(to.data(), records);
        to.add(last, 0, (int) columns.bytes());
        to.used((int) columns.bytes());
        isGathered = false;
        return 1;
    }

    /**
     * Scanning takes its time: only what has just been appended is read where the caller stands.
     */
    @Override
    public boolean isReady() {
        return isAtEnd && cursor.isReady();
    }

    @Override
    public void close() {
        cursor.close();
        batch.close();
    }

    private void gather() {
        columns.clear();
        records = 0;
        long left = isAtEnd ? SCANNED_LIVE_MAX : SCANNED_MAX;
        isAtEnd = false;
        while (!columns.isFull() && left > 0) {
            if (next == batch.count()) {
                next = 0;
                if (cursor.next(batch) == 0) {
                    isAtEnd = true;
                    return;
                }
            }
            left -= scan();
        }
    }

    /** Looks at what is left of the batch; returns its bytes. */
    private long scan() {
        long bytes = 0;
        for (; next < batch.count() && !columns.isFull(); next++) {
            if (projection.accepts(batch, next, feed.revealed(batch.seq(next)))) {
                columns.add(batch.seq(next), projection);
            }
            last = batch.seq(next);
            records++;
            bytes += batch.isDeleted(next) ? 0 : batch.length(next);
        }
        return bytes;
    }
}
