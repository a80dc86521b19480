package org.millrace.log.engine;

import org.millrace.log.Durability;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How far a log is: written by its appender and its syncer, read by everybody without a lock.
 *
 * <p>The publish rule of every file engine: the bytes are handed to the operating system, then the
 * end is stored, then the sequence with release. A reader loads the sequence with acquire, then the
 * end: every record up to that sequence is complete below that end (the end may be further on).
 *
 * <p><b>Threads.</b> One writer of `written` at a time (the tail's lock), one of `durable` (the
 * sync round's leader).
 */
public final class Progress {
    private static final VarHandle WRITTEN_SEQ;
    private static final VarHandle DURABLE_SEQ;

    static {
        try {
            var lookup = MethodHandles.lookup();
            WRITTEN_SEQ = lookup.findVarHandle(Progress.class, "writtenSeq", long.class);
            DURABLE_SEQ = lookup.findVarHandle(Progress.class, "durableSeq", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final boolean sinceIsDurable;
    private volatile long writtenEnd;
    private volatile long durableEnd;
    private long writtenSeq = -1;
    private long durableSeq = -1;

    /** At level sync readers see what is durable, else what is written. */
    public Progress(Durability level) {
        this.sinceIsDurable = level == Durability.SYNC;
    }

    public void written(long seq, long end) {
        writtenEnd = end;
        WRITTEN_SEQ.setRelease(this, seq);
    }

    public void durable(long seq, long end) {
        durableEnd = end;
        DURABLE_SEQ.setRelease(this, seq);
    }

    public long since() {
        return sinceIsDurable ? durableSeq() : writtenSeq();
    }

    public long writtenSeq() {
        return (long) WRITTEN_SEQ.getAcquire(this);
    }

    public long durableSeq() {
        return (long) DURABLE_SEQ.getAcquire(this);
    }

    /** End of what is written; load it after the sequence it shall cover. */
    public long writtenEnd() {
        return writtenEnd;
    }

    public long durableEnd() {
        return durableEnd;
    }
}
