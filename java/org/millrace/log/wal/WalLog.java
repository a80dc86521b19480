package org.millrace.log.wal;

import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.FileLog;
import org.millrace.log.engine.Follower;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;

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
@SuppressWarnings("exports") // FileLog is ours; its methods are everybody's
public final class WalLog extends FileLog {
    /** How often a read is done again because its segment was dropped or replaced beneath it. */
    private static final int RETRIES = 100;

    private final WalFiles files;
    private final WalSegments segments;
    private final WalReader reader;
    private final WalWriter writer;
    private final WalJanitor janitor;
    private final WalRewrite rewrite;
    private final AutoCloseable lock;

    /** False when it is read-only or damaged. */
    private final boolean takesAppends;

    private WalLog(WalFiles files, WalRecovery.Found found, AutoCloseable lock) {
        boolean readOnly = files.options().readOnly();
        boolean takesAppends = !readOnly && found.damage() == null;
        var segments = new WalSegments(found.segments());
        var janitor = new WalJanitor(files, segments);
        var writer = new WalWriter(segments, files, janitor, found.since(), takesAppends);
        var look = new WalFollower(files, segments, writer.progress);
        super(
                new Parts(
                        files.name(),
                        found.report(),
                        readOnly,
                        writer,
                        new WalAppender(writer, files.directory()),
                        readOnly ? new Follower(files.name(), writer.listeners, look) : null));
        var deletions =
                new WalDeletions(
                        files.storage(), files.path("deleted"), segments.first().header().logId());
        deletions.load(readOnly ? Long.MAX_VALUE : found.since());
        this.files = files;
        this.lock = lock;
        this.takesAppends = takesAppends;
        this.segments = segments;
        this.reader = new WalReader(files.name(), segments, deletions);
        this.writer = writer;
        this.janitor = janitor;
        this.rewrite = new WalRewrite(files, segments, deletions);
        var damage = found.damage();
        if (damage != null) {
            writer.health.fail(damage.code(), damage.detail(), damage);
        }
        janitor.afterSeal(rewrite::transform);
        if (takesAppends) {
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
        var absolute = storage.canonical(directory);
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
            Closing.quietly(lock, e);
            throw e;
        }
    }

    /** With {@link WalOptions#defaults}. */
    public static WalLog open(Path directory) {
        return open(directory, WalOptions.defaults());
    }

    /** First sequence that is still there; records before it were trimmed. */
    public long firstSequence() {
        return segments.first().firstSequence();
    }

    @Override
    public long droppedBefore() {
        return firstSequence();
    }

    @Override
    protected int read(long seq, MemorySegment to) {
        for (int attempt = 0; ; attempt++) {
            try {
                return reader.get(seq, to, readableSince(seq));
            } catch (MillraceException e) {
                if (!isReplaced(e, attempt)) {
                    throw e;
                }
            }
        }
    }

    @Override
    protected Cursor newCursor(Range range) {
        return range.reverse()
                ? new WalReverseCursor(this, reader, range)
                : new WalCursor(this, reader, range);
    }

    /**
     * {@inheritDoc} Durable on return, the record as well as its deletion. The bytes leave the disk
     * with the next {@link #compact}.
     */
    @Override
    public void delete(long seq) {
        super.delete(seq);
        writer.listeners.fire();
    }

    @Override
    protected void deleteRecord(long seq) {
        writer.drain();
        // Not while a compaction forgets the deletions that it carried out.
        janitor.exclusively(() -> reader.delete(seq, writer));
    }

    /** {@inheritDoc} Of a damaged record, not even that it was one can be told. */
    @Override
    protected void checkRecord(long seq) {
        reader.checkDelete(seq, readableSince(seq));
    }

    @Override
    protected void drainAll() {
        if (takesAppends) {
            writer.drain();
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
            exit();
        }
    }

    /** Drops the oldest sealed segments whose records all lie before a sequence. */
    public void trim(long before) {
        enterToWrite();
        try {
            janitor.trim(before);
        } finally {
            exit();
            writer.listeners.fire();
        }
    }

    /** Applies {@code retainBytes} and {@code retainMs} now; rotation does it by itself. */
    public void retain() {
        enterToWrite();
        try {
            janitor.retain();
        } finally {
            exit();
            writer.listeners.fire();
        }
    }

    @Override
    protected AutoCloseable[] parts() {
        var parts = new ArrayList<AutoCloseable>();
        parts.add(janitor::stop);
        parts.add(this::closeWriter);
        parts.add(reader.deletions());
        segments.all().forEach(segment -> parts.add(segment.file()));
        parts.add(lock);
        return parts.toArray(AutoCloseable[]::new);
    }

    private void closeWriter() {
        writer.close(takesAppends);
        long durable = writer.progress.durableSeq();
        if (!takesAppends || writer.health.isFatal() || durable < 0) {
            return;
        }
        try {
            files.noteDurable(durable, segments.first().header().logId());
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.ERR_NO_SPACE) {
                throw e;
            }
            // It only spares the next open a walk; everything is on disk without it.
        }
    }

    /** True when a read failed because its segment was dropped or compacted: do it again. */
    static boolean isReplaced(MillraceException e, int attempt) {
        return e.code() == ErrorCode.ERR_LOG_CLOSED && attempt < RETRIES;
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
}
