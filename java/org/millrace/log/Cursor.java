package org.millrace.log;

import org.millrace.memory.RecordBatch;

/**
 * A moving read position in a log.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Owns none; fills the caller's batch.
 */
public interface Cursor extends AutoCloseable {
    /**
     * Replaces the batch's content with the next records of the range, deleted ones included
     * (marked).
     *
     * @return how many; 0 = nothing more now. On an unbounded forward range a later call returns
     *     what was appended since. After ERR_LOG_CORRUPT a further call goes on behind the damage,
     *     where that is known.
     * @throws org.millrace.memory.MillraceException ERR_BUFFER_TOO_SMALL (names the size; nothing
     *     was consumed), ERR_LOG_CORRUPT, ERR_READ_FAULT, ERR_SEQ_INVALID, ERR_LOG_CLOSED
     */
    int next(RecordBatch batch);

    /**
     * For who keeps what {@link #next} brought last before he hands it on: marks what was deleted
     * since.
     */
    default void recheck(RecordBatch batch) {}

    /** True when {@link #next} would probably not wait for the disk. */
    boolean isReady();

    /** True when it is known that no {@link #next} will return anything any more. */
    default boolean isOver() {
        return false;
    }

    /** Makes a {@code next} that is under way, and later ones, end soon. From any thread. */
    default void cancel() {}

    @Override
    void close();
}
