package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.FileLog;
import org.millrace.log.engine.Follower;
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
@SuppressWarnings("exports") // FileLog is ours; its methods are everybody's
public final class OffsetLog extends FileLog {
    private final OffsetReader reader;
    private final FileEngine engine;
    private final OffsetAppender appender;
    private final OffsetCheckpoints checkpoints;

    /** Null when none are kept. */
    private final OffsetChecksums checksums;

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
        boolean readOnly = options.readOnly();
        boolean strictTail = OffsetOpening.isStrict(options);
        var reader = new OffsetReader(file, frame, found.damages());
        var engine = OffsetOpening.engine(file, options, found);
        var appender =
                new OffsetAppender(
                        engine, frame, options.recordBytesMax(), strictTail, file.path());
        var look = new OffsetFollower(reader, engine.progress);
        String name = file.path().getFileName().toString();
        super(
                new Parts(
                        file.path().toString(),
                        found.report(),
                        readOnly,
                        engine,
                        appender,
                        readOnly ? new Follower(name, engine.listeners, look) : null));
        this.lock = lock;
        this.readOnly = readOnly;
        this.strictTail = strictTail;
        this.reader = reader;
        this.engine = engine;
        this.appender = appender;
        this.checkpoints = checkpoints;
        this.checksums = OffsetOpening.checksums(file, options, found);
        if (checksums != null) {
            engine.listeners.add(() -> checksums.follow(engine.progress));
        }
        if (!readOnly) {
            engine.listeners.add(() -> checkpoints.saveSometimes(engine.progress, strictTail));
            engine.beforeDurable(this::coverDoubtful);
        }
        OffsetOpening.failIfDamaged(file, found, engine.health);
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
    protected int read(long seq, MemorySegment to) {
        long since = readableSince(seq);
        return reader.get(seq, to, since, readableEnd());
    }

    @Override
    public void expect(long[] seqs, int count) {
        reader.file().expect(seqs, count, readableEnd());
    }

    @Override
    protected Cursor newCursor(Range range) {
        return new OffsetCursor(this, reader, range);
    }

    /** The record's bytes become zeros, as the peer does it. At level sync durable on return. */
    @Override
    protected void deleteRecord(long seq) {
        long since = readableSince(seq);
        if (strictTail && seq > checkpoints.coveredSeq() && seq <= since) {
            // Half a deletion must not look like lost sectors after a power cut.
            engine.drain();
            checkpoints.save(engine.progress.durableSeq(), true);
        }
        reader.delete(seq, since, readableEnd());
        engine.deleted();
    }

    @Override
    protected AutoCloseable[] parts() {
        return new AutoCloseable[] {this::closeEngine, this::closeChecksums, reader.file(), lock};
    }

    private void closeEngine() {
        engine.close(!readOnly);
        if (!readOnly && !engine.health.isFatal()) {
            checkpoints.saveIfPossible(engine.progress.durableSeq(), false);
        }
    }

    private void closeChecksums() {
        if (checksums != null) {
            checksums.catchUp(engine.progress.writtenEnd());
            checksums.close();
        }
    }

    /** A record with a sector of zeros is not durable before a checkpoint covers it. */
    private void coverDoubtful(long seq) {
        if (appender.doubtfulSeq() > checkpoints.coveredSeq()) {
            checkpoints.save(seq, true);
        }
    }
}
