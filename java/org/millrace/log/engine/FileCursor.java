package org.millrace.log.engine;

import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

/**
 * A cursor over a log with a file: keeps the log open for the length of a call, and counts what the
 * range's limit leaves.
 *
 * <p><b>Threads.</b> One at a time.
 */
public abstract class FileCursor implements Cursor {
    protected final FileLog log;
    protected final Range range;

    /** Records still to be handed out. */
    protected long left;

    private volatile boolean closed;

    protected FileCursor(FileLog log, Range range) {
        this.log = log;
        this.range = range;
        this.left = range.limit() < 0 ? Long.MAX_VALUE : range.limit();
    }

    /** {@link #next} into an empty batch, while the log is open. */
    protected abstract int fill(RecordBatch batch);

    /** {@link #isReady}, while the log is open. */
    protected abstract boolean isResident();

    @Override
    public final int next(RecordBatch batch) {
        log.enter(closed);
        try {
            batch.clear();
            return fill(batch);
        } finally {
            log.exit();
        }
    }

    @Override
    public final boolean isReady() {
        log.enter(closed);
        try {
            return isResident();
        } finally {
            log.exit();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Last sequence that a forward walk may hand out. */
    protected final long lastOf(long since) {
        return Math.min(since, range.upperInclusive() ? range.upper() : range.upper() - 1);
    }
}
