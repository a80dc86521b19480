package org.millrace.log.maintenance;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;

/**
 * The records of a log that are not deleted, one by one, up to a sequence.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns a batch; a record is borrowed until the next one.
 */
public final class LiveRecords implements AutoCloseable {
    private final Cursor cursor;
    private final RecordBatch batch = RecordBatch.allocate(256 << 10, 4096);
    private final long last;
    private final boolean skipDamaged;
    private int at = -1;
    private long deleted;
    private long skippedRanges;

    /**
     * @param after the record before the first one, -1 = none
     * @param last sequence of the last one
     * @param skipDamaged false: ERR_LOG_CORRUPT is thrown
     */
    public LiveRecords(Log log, long after, long last, boolean skipDamaged) {
        this.cursor = log.cursor(Range.after(after));
        this.last = last;
        this.skipDamaged = skipDamaged;
    }

    /** Moves to the next record; false when there is none. */
    public boolean next() {
        while (true) {
            if (++at >= batch.count()) {
                if (fill() == 0) {
                    return false;
                }
                at = 0;
            }
            if (batch.seq(at) > last) {
                return false;
            }
            if (!batch.isDeleted(at)) {
                return true;
            }
            deleted++;
        }
    }

    public long seq() {
        return batch.seq(at);
    }

    public MemorySegment record() {
        return batch.slice(at).segment();
    }

    /** Records that were passed because they are deleted. */
    public long deleted() {
        return deleted;
    }

    public long skippedRanges() {
        return skippedRanges;
    }

    private int fill() {
        while (true) {
            try {
                return cursor.next(batch);
            } catch (MillraceException e) {
                if (!skipDamaged || e.code() != ErrorCode.ERR_LOG_CORRUPT) {
                    throw e;
                }
                skippedRanges++;
            }
        }
    }

    @Override
    public void close() {
        cursor.close();
        batch.close();
    }
}
