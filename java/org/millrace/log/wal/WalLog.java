package org.millrace.log.wal;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.engine.CloseGuard;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A segmented write-ahead log: a directory of numbered files, every byte under a checksum. A
 * sequence is a logical byte position, so {@code get} needs no index; sequences are opaque, rising,
 * and never move. Format: docs/FORMAT.md, "Write-ahead log".
 *
 * <p><b>Threads.</b> Append from any thread, serialised inside; many readers, who take no lock.
 * {@code close} stops new calls, then waits for those under way.
 *
 * <p><b>Memory.</b> Owns the tail buffer ({@code bufferBytes}, more while it holds a larger
 * record).
 *
 * <p><b>Durability.</b> appended >= written >= durable; {@link #since} is the last at the log's
 * level, sync by default: appenders that wait together share one fdatasync.
 *
 * <p><b>Limits.</b> Record: 16 MiB - 1. Log: 2^53 - 1 bytes ever appended.
 */
public final class WalLog implements Log {
    /** How often a read is done again because its segment was dropped or replaced beneath it. */
    private static final int RETRIES = 100;

    private final CloseGuard guard;
    private final WalFiles files;
    private final WalSegments segments;
    private final WalReader reader;
    private final WalJanitor janitor;
    private final WalRewrite rewrite;
    private final OpenReport report;
    private final MillraceException damage;
    private final AutoCloseable lock;

    /** Null when read-only or damaged. */
    private final WalWriter writer;

    private final WalAppender appender;

    /** Null when another process cannot be writing. */
    private final WalFollower follower;

    private final long openedSince;

    private WalLog(WalFiles files, WalRecovery.Found found, AutoCloseable lock) {
        var options = files.options();
        this.files = files;
        this.lock = lock;
        this.guard = new CloseGuard(files.name());
        this.report = found.report();
        this.damage = found.damage();
        this.openedSince = found.since();
        this.segments = new WalSegments(found.segments());
        var deletions =
                new WalDeletions(
                        files.storage(), files.path("deleted"), segments.first().header().logId());
        deletions.load(options.readOnly() ? Long.MAX_VALUE : found.since());
        this.reader = new WalReader(files.name(), segments, deletions);
        this.janitor = new WalJanitor(files, segments);
        boolean writes = !options.readOnly() && damage == null;
        this.writer =
                writes ? new WalWriter(options, segments, files, janitor, found.since()) : null;
        this.appender = writes ? new WalAppender(writer, files.directory()) : null;
        this.follower = options.readOnly() ? new WalFollower(files, segments, found.since()) : null;
        this.rewrite = new WalRewrite(files, segments, deletions);
        janitor.afterSeal(rewrite::transform);
        if (writes) {
            janitor.seal(segments.all().stream().filter(this::isUnfinished).toList());
        }
    }

    /**
     * Opens a log; created with its directory when missing, unless read-only.
     *
     * @throws MillraceException ERR_FILE_NOT_FOUND (read-only), ERR_FILE_KIND, ERR_FILE_PERMISSION,
     *     ERR_LOG_LOCKED (names the holder's pid), ERR_LOG_FORMAT, ERR_LOG_VERSION (a newer
     *     program's; nothing was changed), ERR_IO. Damage before the tail opens read-only and is
     *     told by {@link #failure} and {@link #openReport}.
     */
    public static WalLog open(Path directory, WalOptions options) {
        var storage = options.storage();
        var absolute = directory.toAbsolutePath().normalize();
        var files = new WalFiles(absolute, options);
        AutoCloseable lock = null;
        try {
            if (options.readOnly()) {
                lock = () -> {};
            } else {
                storage.createDirectories(absolute);
                lock = storage.lock(absolute.resolve("lock"));
            }
            return new WalLog(files, new WalRecovery(files).run(), lock);
        } catch (RuntimeException | Error e) {
            closeAfter(lock, e);
            throw e;
        }
    }

    /** With {@link WalOptions#defaults}. */
    public static WalLog open(Path directory) {
        return open(directory, WalOptions.defaults());
    }

    @Override
    public long since() {
        return refreshedSince();
    }

    /** {@inheritDoc} A read-only log cannot know: -1. */
    @Override
    public long durableSince() {
        return writer == null ? -1 : writer.progress.durableSeq();
    }

    /** First sequence that is still there; records before it were trimmed. */
    public long firstSequence() {
        return segments.first().firstSequence();
    }

    @Override
    public long append(MemorySegment record) {
        enterToWrite();
        try {
            return appender.append(record);
        } finally {
            guard.exit();
        }
    }

    @Override
    public long append(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        enterToWrite();
        try {
            return appender.append(data, ends, seqs, true);
        } finally {
            guard.exit();
        }
    }

    @Override
    public long appendWritten(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        enterToWrite();
        try {
            return appender.append(data, ends, seqs, false);
        } finally {
            guard.exit();
        }
    }

    @Override
    public int get(long seq, MemorySegment to) {
        guard.enter();
        try {
            for (int attempt = 0; ; attempt++) {
                try {
                    return reader.get(seq, to, sinceCovering(seq));
                } catch (MillraceException e) {
                    if (!isReplaced(e, attempt)) {
                        throw e;
                    }
                }
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public Cursor cursor(Range range) {
        guard.enter();
        try {
            return range.reverse()
                    ? new WalReverseCursor(this, reader, range)
                    : new WalCursor(this, reader, range);
        } finally {
            guard.exit();
        }
    }

    /**
     * {@inheritDoc} Durable on return, the record as well as its deletion. The bytes leave the disk
     * with the next {@link #compact}.
     */
    @Override
    public void delete(long seq) {
        enterToWrite();
        try {
            writer.health.check();
            writer.drain();
            // Not while a compaction forgets the deletions that it carried out.
            janitor.exclusively(() -> reader.delete(seq, writer));
        } finally {
            guard.exit();
        }
        writer.listeners.fire();
    }

    @Override
    public void drain() {
        guard.enter();
        try {
            if (writer != null) {
                writer.drain();
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public long requestDrain() {
        guard.enter();
        try {
            return writer == null ? durableSince() : writer.requestDrain();
        } finally {
            guard.exit();
        }
    }

    /**
     * Takes deleted records off the disk, in sealed segments; sequences do not move. A crash leaves
     * each segment as it was or compacted.
     *
     * @return bytes freed
     */
    public long compact() {
        enterToWrite();
        try {
            long[] freed = new long[1];
            for (var segment : segments.all()) {
                janitor.exclusively(() -> freed[0] += compact(segment.firstSequence()));
            }
            return freed[0];
        } finally {
            guard.exit();
        }
    }

    /** Drops the oldest sealed segments whose records all lie before a sequence. */
    public void trim(long before) {
        enterToWrite();
        try {
            janitor.trim(before);
        } finally {
            guard.exit();
        }
    }

    /** Applies {@code retainBytes} and {@code retainMs} now; rotation does it by itself. */
    public void retain() {
        enterToWrite();
        try {
            janitor.retain();
        } finally {
            guard.exit();
        }
    }

    @Override
    public MillraceException failure() {
        return writer == null ? damage : writer.health.failure();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        if (follower != null) {
            return follower.watch(listener, guard);
        }
        return writer == null ? () -> {} : writer.listeners.add(listener);
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
        janitor.stop();
        RuntimeException failure = null;
        if (writer != null) {
            failure = closing(writer::close, failure);
            if (failure == null && !writer.health.isFatal()) {
                failure = closing(this::noteDurable, failure);
            }
        }
        failure = closing(reader.deletions(), failure);
        for (var segment : segments.all()) {
            failure = closing(segment.file(), failure);
        }
        failure = closing(lock, failure);
        if (failure != null) {
            throw failure;
        }
    }

    /** For a call of a cursor. */
    void enter(boolean cursorClosed) {
        guard.enter();
        if (cursorClosed) {
            guard.exit();
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CLOSED, files.name() + ": the cursor is closed");
        }
    }

    void exit() {
        guard.exit();
    }

    /** Last sequence readers may see, also of what another process appended meanwhile. */
    long refreshedSince() {
        if (follower != null) {
            follower.refresh();
            return follower.since();
        }
        return writer == null ? openedSince : writer.readableSince();
    }

    /** True when a read failed because its segment was dropped or compacted: do it again. */
    boolean isReplaced(MillraceException e, int attempt) {
        return e.code() == ErrorCode.ERR_LOG_CLOSED && attempt < RETRIES;
    }

    WalFiles files() {
        return files;
    }

    WalSegments segments() {
        return segments;
    }

    /** Compacts the segment that starts there, if it still does. */
    private long compact(long firstSequence) {
        var segment = segments.find(firstSequence);
        boolean there = segment != null && segment.firstSequence() == firstSequence;
        return there ? rewrite.compact(segment) : 0;
    }

    /** Full but not sealed, or not compressed and encrypted as the options say. */
    private boolean isUnfinished(WalSegment segment) {
        boolean full = segment != segments.last();
        return full && (!segment.isSealed() || rewrite.isDue(segment));
    }

    private void noteDurable() {
        long durable = writer.progress.durableSeq();
        if (durable >= 0) {
            files.noteDurable(durable, segments.first().header().logId());
        }
    }

    /** {@link #since}, after writing out what level memory still holds of the log up to there. */
    private long sinceCovering(long seq) {
        long since = writer == null ? refreshedSince() : writer.readableSince();
        if (seq <= since || writer == null) {
            return since;
        }
        writer.writePending();
        return writer.readableSince();
    }

    private void enterToWrite() {
        guard.enter();
        if (writer == null) {
            guard.exit();
            throw damage != null
                    ? new MillraceException(damage.code(), damage.detail(), damage)
                    : new MillraceException(
                            ErrorCode.ERR_LOG_READ_ONLY,
                            files.name() + ": opened read-only; open it for writing to change it");
        }
    }

    private static RuntimeException closing(AutoCloseable closeable, RuntimeException earlier) {
        try {
            closeable.close();
            return earlier;
        } catch (Exception e) {
            var failure =
                    e instanceof RuntimeException r
                            ? r
                            : new MillraceException(
                                    ErrorCode.ERR_IO, "close: " + e.getMessage(), e);
            if (earlier == null) {
                return failure;
            }
            earlier.addSuppressed(failure);
            return earlier;
        }
    }

    private static void closeAfter(AutoCloseable closeable, Throwable because) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }
}
