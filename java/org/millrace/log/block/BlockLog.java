package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.engine.CloseGuard;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.FileEngine;
import org.millrace.memory.ErrorCode;
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
public final class BlockLog implements Log {
    private final BlockOptions options;
    private final CloseGuard guard;
    private final BlockFormat format;
    private final BlockFile file;
    private final BlockReader reader;
    private final FileEngine engine;
    private final BlockAppender appender;
    private final BlockStats stats;
    private final BlockCheckpoints checkpoint;
    private final OpenReport report;
    private final CompactionResult resumed;
    private final CompactionProgress resumedAt;
    private final AutoCloseable lock;
    private final BlockRewriter rewriter;

    private BlockLog(BlockOptions options, BlockOpening.Opened opened) {
        var found = opened.found();
        this.options = options;
        this.format = opened.format();
        this.file = opened.file();
        this.lock = opened.lock();
        this.checkpoint = opened.checkpoint();
        this.report = found.report();
        this.resumed = opened.resumed().result();
        this.resumedAt = opened.resumed().first();
        this.guard = new CloseGuard(file.path().toString());
        this.stats = new BlockStats(options.storage(), file.path());
        var setup =
                new FileEngine.Setup(
                        file.path().getFileName().toString(),
                        options.readOnly() ? Durability.OS : options.durability(),
                        options.bufferBytes(),
                        options.writeTimeoutMs(),
                        (f, end) -> file.cut(end),
                        FileEngine.Background.DRAIN,
                        () -> saveSides(false));
        this.engine = new FileEngine(setup, file, found.since(), found.end(), found.since());
        this.reader = new BlockReader(file, format, engine);
        this.appender = new BlockAppender(engine, format, file.path());
        this.rewriter =
                new BlockRewriter(options.storage(), file, format, engine, reader, checkpoint);
        found.failHealth(file, engine.health);
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

    @Override
    public long since() {
        return engine.readableSince();
    }

    @Override
    public long durableSince() {
        return engine.progress.durableSeq();
    }

    /** Bytes of records deleted since the last compaction, with their headers. */
    public long deletedBytes() {
        return stats.deletedBytes();
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

    /**
     * {@inheritDoc}
     *
     * @throws MillraceException also ERR_RECORD_EMPTY
     */
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
            return appender.appendTransaction(data, ends, seqs);
        } finally {
            guard.exit();
        }
    }

    /** {@inheritDoc} Also of records that are not written yet: they are written first. */
    @Override
    public int get(long seq, MemorySegment to) {
        guard.enter();
        try {
            writeUpTo(seq);
            return reader.get(seq, to);
        } finally {
            guard.exit();
        }
    }

    @Override
    public Cursor cursor(Range range) {
        guard.enter();
        try {
            return new BlockCursor(this, reader, range);
        } finally {
            guard.exit();
        }
    }

    /**
     * {@inheritDoc} The record's bytes become zeros, as the peer does it. At level sync that is
     * durable on return, else within the write timeout or at the next drain.
     */
    @Override
    public void delete(long seq) {
        enterToWrite();
        try {
            engine.health.check();
            writeUpTo(seq);
            stats.deleted(reader.delete(seq));
            engine.deleted();
        } finally {
            guard.exit();
        }
    }

    /** {@inheritDoc} Deletions too. */
    @Override
    public void drain() {
        guard.enter();
        try {
            if (!options.readOnly()) {
                engine.drain();
                stats.save();
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public long requestDrain() {
        guard.enter();
        try {
            return options.readOnly() ? durableSince() : engine.requestDrain();
        } finally {
            guard.exit();
        }
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
            guard.exit();
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
            guard.exit();
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
            guard.exit();
        }
    }

    /** Replaces a whole block, durable on return; what it says is the caller's responsibility. */
    public void overwrite(long block, MemorySegment bytes) {
        enterToWrite();
        try {
            rewriter.overwrite(block, bytes);
        } finally {
            guard.exit();
        }
    }

    /**
     * Copies a whole block, zeros behind the end of the log; also what is not written yet.
     *
     * @param to a block's bytes
     */
    public void readBlock(long block, MemorySegment to) {
        guard.enter();
        try {
            engine.writeIfPending();
            reader.readBlock(block, to);
        } finally {
            guard.exit();
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
    public MillraceException failure() {
        return engine.health.failure();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        return engine.listeners.add(listener);
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
        Closing.all(() -> engine.close(!options.readOnly()), () -> saveSides(true), file, lock);
    }

    /** For a call from a cursor. */
    void enter(boolean cursorClosed) {
        guard.enter();
        if (cursorClosed) {
            guard.exit();
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CLOSED, file.path() + ": the cursor is closed");
        }
    }

    void exit() {
        guard.exit();
    }

    /** How often records moved; a cursor compares. */
    int compactions() {
        return rewriter.moves();
    }

    /** All readable records end here or before. */
    long end() {
        return engine.progress.writtenEnd();
    }

    private void writeUpTo(long seq) {
        if (seq > engine.readableSince()) {
            engine.writeIfPending();
        }
    }

    private void saveSides(boolean now) {
        stats.save();
        if (!engine.health.isFatal() && !options.readOnly()) {
            checkpoint.save(file, engine.progress.durableEnd(), now);
        }
    }

    private void enterToWrite() {
        guard.enter();
        if (options.readOnly()) {
            guard.exit();
            throw new MillraceException(
                    ErrorCode.ERR_LOG_READ_ONLY,
                    file.path() + ": opened read-only; open it for writing to change it");
        }
    }
}
