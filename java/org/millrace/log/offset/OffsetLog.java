package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.engine.CloseGuard;
import org.millrace.log.engine.FileEngine;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A log in the format of flumelog-offset 3.4.4, which can read what this writes and the other way
 * round. A sequence is the file offset of the record's frame.
 *
 * <p><b>Threads.</b> Append from any thread, serialised inside; many readers, who take no lock.
 * {@code close} stops new calls, then waits for those under way.
 *
 * <p><b>Memory.</b> Owns the tail buffer ({@code bufferBytes}, more while it holds a larger
 * record).
 *
 * <p><b>Durability.</b> appended >= written >= durable; {@link #since} is the last at the log's
 * level. The format has no checksum: damage of lengths and ends is told, of a payload it is not.
 *
 * <p><b>Limits.</b> Record: {@code recordBytesMax}. File: what the codec can address, 4 GiB with 32
 * bits.
 */
public final class OffsetLog implements Log {
    private final CloseGuard guard;
    private final OffsetReader reader;
    private final FileEngine engine;
    private final OffsetAppender appender;
    private final OffsetFollower follower;
    private final OpenReport report;
    private final OffsetCheckpoints checkpoints;
    private final AutoCloseable lock;
    private final boolean readOnly;
    private final boolean strictTail;

    /** Of a file that is recovered and locked; {@link OffsetOpening}. */
    OffsetLog(
            StoredFile file,
            OffsetOptions options,
            OffsetRecovery.Found found,
            OffsetCheckpoints checkpoints,
            AutoCloseable lock) {
        var frame = OffsetFrame.of(options.codec());
        this.guard = new CloseGuard(file.path().toString());
        this.lock = lock;
        this.report = found.report();
        this.readOnly = options.readOnly();
        this.strictTail = OffsetOpening.isStrict(options);
        this.reader = new OffsetReader(file, frame, found.damages());
        this.checkpoints = checkpoints;
        var setup =
                new FileEngine.Setup(
                        file.path().getFileName().toString(),
                        readOnly ? Durability.OS : options.durability(),
                        options.bufferBytes(),
                        options.writeTimeoutMs(),
                        StoredFile::truncate);
        this.engine = new FileEngine(setup, file, found.since(), found.end(), found.durableSince());
        this.appender =
                new OffsetAppender(
                        engine, frame, options.recordBytesMax(), strictTail, file.path());
        this.follower = readOnly ? new OffsetFollower(reader, engine) : null;
        if (!readOnly) {
            engine.listeners.add(() -> checkpoints.saveSometimes(engine.progress, strictTail));
            engine.beforeDurable(this::coverDoubtful);
        }
        if (!found.damages().isEmpty()) {
            engine.health.fail(
                    ErrorCode.ERR_LOG_CORRUPT, found.damages().get(0).messageIn(file.path()), null);
        }
    }

    /**
     * Opens a log; created with its directories when missing, unless read-only.
     *
     * @throws MillraceException ERR_FILE_NOT_FOUND (read-only), ERR_FILE_KIND, ERR_FILE_PERMISSION,
     *     ERR_LOG_LOCKED (names the holder's pid), ERR_LOG_FORMAT (another codec, or no log;
     *     nothing was changed), ERR_IO. Damage before the tail opens read-only and is told by
     *     {@link #failure} and {@link #openReport}.
     */
    public static OffsetLog open(Path path, OffsetOptions options) {
        return OffsetOpening.open(path, options);
    }

    /** With {@link OffsetOptions#defaults}. */
    public static OffsetLog open(Path path) {
        return open(path, OffsetOptions.defaults());
    }

    @Override
    public long since() {
        if (follower != null) {
            follower.refresh();
        }
        return engine.progress.since();
    }

    @Override
    public long durableSince() {
        return engine.progress.durableSeq();
    }

    @Override
    public long append(MemorySegment record) {
        enterToWrite();
        try {
            return appender.append(record);
        } finally {
            exit();
        }
    }

    @Override
    public long append(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        enterToWrite();
        try {
            return appender.append(data, ends, seqs, true);
        } finally {
            exit();
        }
    }

    @Override
    public long appendWritten(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        enterToWrite();
        try {
            return appender.append(data, ends, seqs, false);
        } finally {
            exit();
        }
    }

    @Override
    public int get(long seq, MemorySegment to) {
        enter(false);
        try {
            long since = sinceCovering(seq);
            return reader.get(seq, to, since, end());
        } finally {
            exit();
        }
    }

    @Override
    public Cursor cursor(Range range) {
        enter(false);
        try {
            return new OffsetCursor(this, reader, range);
        } finally {
            exit();
        }
    }

    /**
     * {@inheritDoc} The record's bytes become zeros, as the peer does it. At level sync that is
     * durable on return.
     */
    @Override
    public void delete(long seq) {
        enterToWrite();
        try {
            engine.health.check();
            long since = sinceCovering(seq);
            if (strictTail && seq > checkpoints.coveredSeq() && seq <= since) {
                // Half a deletion must not look like lost sectors after a power cut.
                engine.drain();
                checkpoints.save(engine.progress.durableSeq(), true);
            }
            reader.delete(seq, since, end());
            engine.deleted();
        } finally {
            exit();
        }
    }

    @Override
    public void drain() {
        enter(false);
        try {
            if (!readOnly) {
                engine.drain();
            }
        } finally {
            exit();
        }
    }

    @Override
    public long requestDrain() {
        enter(false);
        try {
            return readOnly ? engine.progress.durableSeq() : engine.requestDrain();
        } finally {
            exit();
        }
    }

    @Override
    public MillraceException failure() {
        return engine.health.failure();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        var registration = engine.listeners.add(listener);
        if (follower != null) {
            follower.watch(guard);
        }
        return registration;
    }

    @Override
    public OpenReport openReport() {
        return report;
    }

    /** Drains, unless the log failed, and gives the lock back. Repeatable. */
    @Override
    public void close() {
        if (!guard.close()) {
            return;
        }
        RuntimeException failure = null;
        try {
            engine.close(!readOnly);
            if (!readOnly) {
                if (!engine.health.isFatal()) {
                    checkpoints.saveIfPossible(engine.progress.durableSeq(), false);
                }
            }
        } catch (RuntimeException e) {
            failure = e;
        }
        failure = closing(reader.file(), failure);
        failure = closing(lock, failure);
        if (failure != null) {
            throw failure;
        }
    }

    /** For a call from here or a cursor. */
    void enter(boolean cursorClosed) {
        guard.enter();
        if (cursorClosed) {
            guard.exit();
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CLOSED, reader.path() + ": the cursor is closed");
        }
    }

    void exit() {
        guard.exit();
    }

    /**
     * Last sequence that may be read: {@link #since}, also of what another process appended
     * meanwhile, but after a failed sync no more than what is durable.
     */
    long refreshedSince() {
        if (follower != null) {
            follower.refresh();
        }
        return engine.readableSince();
    }

    /** All readable frames end here or before. */
    long end() {
        return engine.progress.writtenEnd();
    }

    /** {@link #since}, after writing out what level memory still holds of the log up to there. */
    private long sinceCovering(long seq) {
        long since = engine.readableSince();
        if (seq <= since) {
            return since;
        }
        if (seq <= engine.progress.writtenSeq() && engine.health.syncFailed()) {
            engine.health.check();
        }
        engine.writeIfPending();
        return refreshedSince();
    }

    /** A record with a sector of zeros is not durable before a checkpoint covers it. */
    private void coverDoubtful(long seq) {
        if (appender.doubtfulSeq() > checkpoints.coveredSeq()) {
            checkpoints.save(seq, true);
        }
    }

    private void enterToWrite() {
        guard.enter();
        if (readOnly) {
            guard.exit();
            throw new MillraceException(
                    ErrorCode.ERR_LOG_READ_ONLY,
                    reader.path() + ": opened read-only; open it for writing to change it");
        }
    }

    private static RuntimeException closing(AutoCloseable closeable, RuntimeException earlier) {
        try {
            closeable.close();
            return earlier;
        } catch (Exception e) {
            if (earlier != null) {
                earlier.addSuppressed(e);
                return earlier;
            }
            return e instanceof RuntimeException r
                    ? r
                    : new MillraceException(ErrorCode.ERR_IO, "close: " + e.getMessage(), e);
        }
    }
}
