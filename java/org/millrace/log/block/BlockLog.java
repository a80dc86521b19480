package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Moves;
import org.millrace.log.Range;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.FileLog;
import org.millrace.log.engine.Follower;
import org.millrace.log.engine.Payloads;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A log in the format of async-append-only-log 4.3.10 and async-flumelog 2.0.0, which can read what
 * this writes and the other way round. A sequence is the file offset of the record's header.
 *
 * <p><b>Threads.</b> As {@link Log}; readers take no lock, but wait for a compaction.
 *
 * <p><b>Memory.</b> Owns the tail buffer ({@code bufferBytes}) and up to 8 MiB of where records
 * start.
 *
 * <p><b>Durability.</b> At level memory, the default, what was appended is written and fdatasynced
 * at most {@code writeTimeoutMs} later. The format has no checksum: damage of lengths is told, of a
 * payload it is not. A compaction moves sequences, and only it (and {@link #truncate}) takes {@link
 * #since} back.
 *
 * <p><b>Limits.</b> Record: 1 byte to the block size less 4, and 65,535. File: 2^53 - 1 bytes.
 */
@SuppressWarnings("exports") // FileLog is ours; its methods are everybody's
public final class BlockLog extends FileLog {
    private final BlockOptions options;
    private final BlockFormat format;
    private final BlockFile file;
    private final BlockReader reader;
    private final FileEngine engine;
    private final BlockAppender appender;
    private final BlockStats stats;
    private final BlockCheckpoints checkpoint;
    private final CompactionResult resumed;
    private final CompactionProgress resumedAt;
    private final AutoCloseable lock;
    private final BlockRewriter rewriter;
    private final BlockEpoch epoch;

    /** Of a log that is only read; else null. */
    private final BlockFollower follower;

    private BlockLog(BlockOptions options, BlockOpening.Opened opened) {
        var format = opened.format();
        var file = opened.file();
        var found = opened.found();
        var storage = options.storage();
        boolean readOnly = options.readOnly();
        var engine = BlockOpening.engine(file, options, found);
        var reader = new BlockReader(file, format, engine);
        var appender = new BlockAppender(engine, format, file.path());
        found.failHealth(file, engine.health);
        String name = file.path().getFileName().toString();
        var follower =
                readOnly ? new BlockFollower(storage, file, format, reader, engine.progress) : null;
        reader.follow(follower);
        super(
                new Parts(
                        file.path().toString(),
                        found.report(),
                        readOnly,
                        engine,
                        appender,
                        readOnly ? new Follower(name, engine.listeners, follower) : null));
        this.options = options;
        this.format = format;
        this.file = file;
        this.reader = reader;
        this.engine = engine;
        this.appender = appender;
        this.follower = follower;
        lock = opened.lock();
        checkpoint = opened.checkpoint();
        epoch = opened.epoch();
        resumed = opened.resumed().result();
        resumedAt = opened.resumed().first();
        stats = new BlockStats(storage, file.path());
        rewriter = new BlockRewriter(storage, file, format, engine, reader, checkpoint, epoch);
        engine.afterDrain(() -> saveSides(false));
    }

    /** {@link #open(Path, BlockOptions, Consumer)} without interest in a resumed compaction. */
    public static BlockLog open(Path path, BlockOptions options) {
        return open(path, options, progress -> {});
    }

    /**
     * Opens a log; created with its directories when missing, unless read-only. An interrupted
     * compaction is finished first.
     *
     * @throws MillraceException ERR_FILE_NOT_FOUND (read-only), ERR_FILE_KIND, ERR_FILE_PERMISSION,
     *     ERR_LOG_LOCKED (names the holder's pid), ERR_LOG_FORMAT (another block size, or no log;
     *     nothing was changed), ERR_LOG_VERSION (compaction state), ERR_LOG_READ_ONLY (a compaction
     *     is under way and cannot be finished read-only), ERR_ARGUMENT (block size), ERR_IO. Damage
     *     before the tail opens read-only and is told by {@link #failure} and {@link #openReport}.
     */
    public static BlockLog open(
            Path path, BlockOptions options, Consumer<CompactionProgress> progress) {
        return new BlockLog(options, BlockOpening.open(path, options, progress));
    }

    /** With {@link BlockOptions#defaults}. */
    public static BlockLog open(Path path) {
        return open(path, BlockOptions.defaults());
    }

    /** Bytes of records deleted since the last compaction, with their headers. */
    public long deletedBytes() {
        return stats.deletedBytes();
    }

    /**
     * Appends records into one block, at level sync without waiting. Readers see all or none; so
     * does a recovery, unless the disk tears a write within the block, which the format cannot
     * tell.
     *
     * @throws MillraceException as the batch form of append; ERR_RECORD_TOO_LARGE also when all
     *     together do not fit a block
     */
    public long appendTransaction(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        enterToWrite();
        try {
            var payloads = Payloads.checked(data, ends, seqs, appender.lengths());
            return payloads.count() == 0 ? since() : appender.appendTransaction(payloads);
        } finally {
            exit();
        }
    }

    @Override
    public long epoch() {
        return epoch.value();
    }

    /** {@inheritDoc} What the last compaction moved is kept until the next one. */
    @Override
    public Moves movesSince(long epochThen) {
        return rewriter.movesSince(epochThen);
    }

    /** Also of records that are not written yet: they are written first. */
    @Override
    protected int read(long seq, MemorySegment to) {
        readableSince(seq);
        return reader.get(seq, to);
    }

    /** {@inheritDoc} It sees what was appended before it was opened. */
    @Override
    protected Cursor newCursor(Range range) {
        showAppended();
        return new BlockCursor(this, reader, range);
    }

    /**
     * The record's bytes become zeros, as the peer does it. At level sync that is durable on
     * return, else within the write timeout or at the next drain.
     */
    @Override
    protected void deleteRecord(long seq) {
        readableSince(seq);
        stats.deleted(reader.delete(seq));
        engine.deleted();
    }

    @Override
    protected void drainAll() {
        engine.drain();
        stats.save();
    }

    /**
     * Removes deleted records; later ones move forward, so sequences change. Appends and reads wait
     * meanwhile. After a crash the next open goes on with it.
     *
     * @param progress told before each block
     */
    public CompactionResult compact(Consumer<CompactionProgress> progress) {
        enterToWrite();
        try {
            var result = rewriter.compact(since(), progress);
            stats.compacted();
            saveSides(true);
            return result;
        } finally {
            exit();
            engine.listeners.fire(); // what knew records by their sequences looks anew
        }
    }

    /**
     * Cuts the log behind a block.
     *
     * @param lastBlock index of the last block to be kept; not beyond the log's own last one
     * @return bytes the file is shorter
     */
    public long truncate(long lastBlock) {
        enterToWrite();
        try {
            return rewriter.truncate(lastBlock);
        } finally {
            exit();
            engine.listeners.fire(); // what knew records by their sequences looks anew
        }
    }

    /**
     * Cuts the log in front of a record, which its user finds invalid, after copying what goes to
     * quarantine; for the end of a log that was just opened.
     *
     * @param seq a record's
     * @return where the copy is
     */
    public Path cut(long seq) {
        enterToWrite();
        try {
            return rewriter.cut(seq);
        } finally {
            exit();
            engine.listeners.fire(); // what knew records by their sequences looks anew
        }
    }

    /** Replaces a whole block, durable on return; what it says is the caller's responsibility. */
    public void overwrite(long block, MemorySegment bytes) {
        enterToWrite();
        try {
            rewriter.overwrite(block, bytes);
        } finally {
            exit();
            engine.listeners.fire(); // what knew records by their sequences looks anew
        }
    }

    /**
     * Copies a whole block, zeros behind the end of the log; also what is not written yet.
     *
     * @param to a block's bytes
     */
    public void readBlock(long block, MemorySegment to) {
        enter();
        try {
            engine.writeIfPending();
            reader.readBlock(block, to);
        } finally {
            exit();
        }
    }

    /** Where the next record goes, if it fits its block: all that was written ends here. */
    public long writtenEnd() {
        return engine.progress.writtenEnd();
    }

    /** What a compaction that opening found interrupted did, or null. */
    public CompactionResult resumed() {
        return resumed;
    }

    /** Where that compaction was taken up, or null. */
    public CompactionProgress resumedAt() {
        return resumedAt;
    }

    public int blockBytes() {
        return format.blockBytes();
    }

    @Override
    protected AutoCloseable[] parts() {
        return new AutoCloseable[] {
            () -> engine.close(!options.readOnly()), () -> saveSides(true), file, lock
        };
    }

    /** How often records moved; a cursor compares. */
    int compactions() {
        return follower == null ? rewriter.moves() : follower.movesSeen();
    }

    private void showAppended() {
        try {
            if (!options.readOnly()) {
                engine.writeIfPending();
            }
        } catch (MillraceException e) {
            // Whoever appends hears of it (Health); what is written can still be read.
        }
    }

    private void saveSides(boolean now) {
        stats.save();
        if (!engine.health.isFatal() && !options.readOnly()) {
            checkpoint.save(file, engine.progress.durableEnd(), now);
        }
    }
}
