package org.millrace.log.engine;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;

/**
 * The face of every log with a file: lets calls in until close and waits for those inside, refuses
 * changes of a log that takes none, and hands on to the parts that know the format.
 *
 * <p><b>Threads.</b> As {@link Log}.
 */
public abstract class FileLog implements Log {
    private final String name;
    private final CloseGuard guard;
    private final OpenReport report;
    private final boolean readOnly;
    private final WriteSide writes;
    private final Appender appender;
    private final Follower follower;

    /**
     * What a log is made of.
     *
     * @param name its file or directory, for messages
     * @param follower of a read-only log: finds what another process wrote; else null
     */
    public record Parts(
            String name,
            OpenReport report,
            boolean readOnly,
            WriteSide writes,
            Appender appender,
            Follower follower) {}

    protected FileLog(Parts parts) {
        this.name = parts.name();
        this.guard = new CloseGuard(name);
        this.report = parts.report();
        this.readOnly = parts.readOnly();
        this.writes = parts.writes();
        this.appender = parts.appender();
        this.follower = parts.follower();
    }

    /** {@link #get}, inside the guard. */
    protected abstract int read(long seq, MemorySegment to);

    /** {@link #cursor}, inside the guard. */
    protected abstract Cursor newCursor(Range range);

    /** {@link #delete}, inside the guard, of a log that takes changes. */
    protected abstract void deleteRecord(long seq);

    /** {@link #checkDelete}, inside the guard, of a log that takes changes. */
    protected void checkRecord(long seq) {
        try {
            read(seq, MemorySegment.NULL);
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.ERR_RECORD_DELETED) {
                throw e;
            }
        }
    }

    /** {@link #drain}, of a log that is written. */
    protected void drainAll() {
        writes.drain();
    }

    /** What {@link #close} ends, in this order, each even if one before it fails. */
    protected abstract AutoCloseable[] parts();

    @Override
    public final long since() {
        look();
        return writes.progress.since();
    }

    @Override
    public final long durableSince() {
        return writes.progress.durableSeq();
    }

    @Override
    public final long append(MemorySegment record) {
        enterToWrite();
        try {
            return appender.append(record);
        } finally {
            exit();
        }
    }

    @Override
    public final long append(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        return append(data, ends, seqs, true);
    }

    @Override
    public final long appendWritten(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        return append(data, ends, seqs, false);
    }

    private long append(
            MemorySegment data, MemorySegment ends, MemorySegment seqs, boolean waitDurable) {
        enterToWrite();
        try {
            var payloads = Payloads.checked(data, ends, seqs, appender.lengths());
            return payloads.count() == 0
                    ? writes.progress.since()
                    : appender.append(payloads, waitDurable);
        } finally {
            exit();
        }
    }

    @Override
    public final int get(long seq, MemorySegment to) {
        enter();
        try {
            return read(seq, to);
        } finally {
            exit();
        }
    }

    @Override
    public final Cursor cursor(Range range) {
        enter();
        try {
            return newCursor(range);
        } finally {
            exit();
        }
    }

    @Override
    public void delete(long seq) {
        enterToWrite();
        try {
            deleteRecord(seq);
        } finally {
            exit();
        }
    }

    @Override
    public final void checkDelete(long seq) {
        enterToWrite();
        try {
            checkRecord(seq);
        } finally {
            exit();
        }
    }

    @Override
    public final void drain() {
        enter();
        try {
            if (!readOnly) {
                drainAll();
            }
        } finally {
            exit();
        }
    }

    @Override
    public final long requestDrain() {
        enter();
        try {
            return readOnly ? durableSince() : writes.requestDrain();
        } finally {
            exit();
        }
    }

    @Override
    public final MillraceException failure() {
        return writes.health.failure();
    }

    @Override
    public final AutoCloseable onChange(Runnable listener) {
        var registration = writes.listeners.add(listener);
        if (follower != null) {
            follower.watch(guard);
        }
        return registration;
    }

    @Override
    public final OpenReport openReport() {
        return report;
    }

    /** Drains, unless the log failed, and gives the lock back. Repeatable. */
    @Override
    public final void close() {
        if (guard.close()) {
            Closing.all(parts());
        }
    }

    /** Lets a call in that reads. */
    protected final void enter() {
        guard.enter();
    }

    /** Lets a call in that changes the log. */
    protected final void enterToWrite() {
        guard.enter();
        try {
            if (readOnly) {
                throw new MillraceException(
                        ErrorCode.ERR_LOG_READ_ONLY,
                        name + ": opened read-only; open it for writing to change it");
            }
            writes.health.check();
        } catch (MillraceException e) {
            guard.exit();
            throw e;
        }
    }

    /** Lets a call of a cursor in. */
    final void enter(boolean cursorClosed) {
        guard.enter();
        if (cursorClosed) {
            guard.exit();
            throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, name + ": the cursor is closed");
        }
    }

    protected final void exit() {
        guard.exit();
    }

    /**
     * Last sequence that may be read: {@link #since}, also of what another process appended
     * meanwhile, but after a failed sync no more than what is durable.
     */
    public final long readableSince() {
        look();
        return writes.readableSince();
    }

    /** {@link #readableSince}, after writing out what level memory still holds up to there. */
    protected final long readableSince(long wanted) {
        long since = writes.readableSince();
        if (wanted <= since) {
            return since;
        }
        if (wanted <= writes.progress.writtenSeq() && writes.health.syncFailed()) {
            writes.health.check();
        }
        writes.writeIfPending();
        return readableSince();
    }

    /** All readable frames end here or before. */
    public final long readableEnd() {
        return writes.progress.writtenEnd();
    }

    private void look() {
        if (follower != null) {
            follower.refresh();
        }
    }
}
