package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Log;
import org.millrace.log.engine.FileEngine;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.StampedLock;

/**
 * Reads single records of a block log and proves that a sequence is a record's start: only a walk
 * over its block can tell, so the starts of blocks that are complete are remembered.
 *
 * <p><b>Threads.</b> Any, without a lock. A reader that a deletion or a compaction overtook reads
 * again.
 *
 * <p><b>Memory.</b> Starts cost an eighth of a block's bytes and at most {@value #STARTS_BYTES} in
 * all.
 */
final class BlockReader {
    private static final int STARTS_BYTES = 8 << 20;
    private static final int STARTS_MAX = 8192;

    private final BlockFile file;
    private final BlockFormat format;
    private final FileEngine engine;
    private final AtomicReferenceArray<BlockStarts> starts;

    /** Readers try it optimistically; whoever changes bytes that were written holds it. */
    private final StampedLock changes = new StampedLock();

    /** Of a read-only log: knows what another process moved. Else null. */
    private volatile BlockFollower follower;

    /** Starts that were found in an earlier one are of no use. */
    private volatile int generation;

    /** Off-heap, freed with its thread; one block. */
    private final ThreadLocal<MemorySegment> scratch;

    BlockReader(BlockFile file, BlockFormat format, FileEngine engine) {
        this.file = file;
        this.format = format;
        this.engine = engine;
        int slots = STARTS_BYTES / Math.max(1, format.blockBytes() / 8);
        this.starts = new AtomicReferenceArray<>(Math.clamp(slots, 1, STARTS_MAX));
        this.scratch =
                ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(format.blockBytes(), 8));
    }

    /** From now on reads watch what another process does to the file. */
    void follow(BlockFollower writer) {
        follower = writer;
    }

    BlockFile file() {
        return file;
    }

    BlockFormat format() {
        return format;
    }

    Path path() {
        return file.path();
    }

    /** Something that reads what is written; run again when the bytes changed meanwhile. */
    interface Read {
        int run(long since, long end);
    }

    /** Runs {@code read} on bytes that stand still. */
    int consistent(Read read) {
        while (true) {
            long stamp = changes.tryOptimisticRead();
            if (stamp == 0) {
                // A compaction may take long: sleep, do not spin.
                changes.unlockRead(changes.readLock());
                continue;
            }
            RuntimeException failure = null;
            int result = 0;
            int moves = moves();
            try {
                long since = engine.readableSince();
                result = read.run(since, engine.progress.writtenEnd());
            } catch (RuntimeException e) {
                failure = e;
            }
            if (changes.validate(stamp) && moves == moves()) {
                if (failure != null) {
                    throw failure;
                }
                return result;
            }
        }
    }

    /**
     * Copies a piece of the file. What another process deletes meanwhile becomes zeros piece by
     * piece, so its log is read until two copies agree.
     */
    void read(long offset, MemorySegment to) {
        file.read(offset, to);
        if (follower == null) {
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var again = arena.allocate(Math.max(1, to.byteSize())).asSlice(0, to.byteSize());
            file.read(offset, again);
            while (to.mismatch(again) >= 0) {
                to.copyFrom(again);
                file.read(offset, again);
            }
        }
    }

    private int moves() {
        var writer = follower;
        return writer == null ? 0 : writer.moves();
    }

    /** Runs {@code change} while nobody reads. */
    void changing(Runnable change) {
        long stamp = changes.writeLock();
        try {
            change.run();
        } finally {
            changes.unlockWrite(stamp);
        }
    }

    /** Forgets where records start: they moved. */
    void forgetStarts() {
        generation++; // one caller at a time
    }

    /** {@link Log#get}. */
    int get(long seq, MemorySegment to) {
        int length = consistent((since, end) -> copy(seq, to, since, end));
        if (length < 0) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_DELETED, path() + "@" + seq + ": the record was deleted");
        }
        return length;
    }

    /** Copies a record when it fits; its length, or -1 when it was deleted. */
    private int copy(long seq, MemorySegment to, long since, long end) {
        int length = length(seq, since, end);
        var target = length <= to.byteSize() ? to.asSlice(0, length) : scratch.get();
        if (target.byteSize() > length) {
            target = target.asSlice(0, length);
        }
        read(seq + BlockFormat.HEADER_BYTES, target);
        return BlockFormat.isDeleted(target, 0, length) ? -1 : length;
    }

    /**
     * The length of the record at {@code seq}.
     *
     * @throws MillraceException ERR_SEQ_RANGE, ERR_SEQ_INVALID, ERR_LOG_CORRUPT
     */
    int length(long seq, long since, long end) {
        if (seq < 0 || seq > since) {
            throw new MillraceException(
                    ErrorCode.ERR_SEQ_RANGE,
                    String.format(
                            "%s@%d: no record there; the last one starts at %d",
                            path(), seq, since));
        }
        int inBlock = format.offsetInBlock(seq);
        var block = starts(seq - inBlock, end);
        int length = block.length(inBlock);
        if (length > 0) {
            return length;
        }
        if (block.isDamaged() && inBlock >= block.end()) {
            throw corrupt(seq - inBlock + block.end());
        }
        throw new MillraceException(
                ErrorCode.ERR_SEQ_INVALID,
                String.format(
                        "%s@%d: no record starts there; use a sequence that the log gave out",
                        path(), seq));
    }

    /** {@link BlockLog#readBlock}. */
    void readBlock(long block, MemorySegment to) {
        consistent(
                (since, end) -> {
                    long start = block * format.blockBytes();
                    long length = Math.clamp(end - start, 0, format.blockBytes());
                    to.fill((byte) 0);
                    file.read(start, to.asSlice(0, length));
                    return 0;
                });
    }

    /** Where records start in a block, of those that end at or before {@code end}. */
    private BlockStarts starts(long blockStart, long end) {
        boolean complete = blockStart + format.blockBytes() <= end;
        int now = generation;
        int slot = (int) (format.blockIndex(blockStart) % starts.length());
        if (complete) {
            var known = starts.get(slot);
            if (known != null && known.isOf(blockStart, now)) {
                return known;
            }
        }
        int available = (int) Math.min(format.blockBytes(), end - blockStart);
        var block = scratch.get().asSlice(0, available);
        file.read(blockStart, block);
        var found = new BlockStarts(blockStart, now, block, format);
        if (complete) {
            starts.set(slot, found);
        }
        return found;
    }

    /**
     * Zeroes a record. Its length stays, so sequences do not move.
     *
     * @return bytes it gave up with its header; 0 when it was deleted before
     */
    int delete(long seq) {
        var freed = new int[1];
        changing(
                () -> {
                    long since = engine.readableSince();
                    int length = length(seq, since, engine.progress.writtenEnd());
                    var bytes = scratch.get().asSlice(0, length);
                    file.read(seq + BlockFormat.HEADER_BYTES, bytes);
                    if (!BlockFormat.isDeleted(bytes, 0, length)) {
                        file.zero(seq + BlockFormat.HEADER_BYTES, length);
                        freed[0] = BlockFormat.HEADER_BYTES + length;
                    }
                });
        return freed[0];
    }

    MillraceException corrupt(long offset) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        "%s@%d: what stands there is neither a record nor the end of its block (of"
                                + " %d bytes). Records before it and in other blocks stay readable;"
                                + " run verify, or restore.",
                        path(), offset, format.blockBytes()));
    }
}
