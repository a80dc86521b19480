package org.millrace.log.block;

import org.millrace.format.BlockCompactionState;
import org.millrace.format.BlockFormat;
import org.millrace.log.Moves;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Removes deleted records from a block log by moving later ones forward in place, block by block,
 * and cuts off what is left over; resumed at open after a crash.
 *
 * <p>What a crash needs is kept in the peer's state file: which block is to be rewritten, from
 * which record on, and the block that this record stood in. While the block to be rewritten is not
 * behind the kept one, no source is lost, so the state is only renewed when the writing has caught
 * up with it (the peer renews it for every block), always after the blocks written so far are
 * synced, and always by a rename.
 *
 * <p><b>Threads.</b> One; nobody else reads or writes the file meanwhile.
 */
final class BlockCompaction {
    private final Storage storage;
    private final BlockFile file;
    private final BlockFormat format;
    private final Path statePath;
    private final Runnable beforeMoving;
    private final Consumer<CompactionProgress> progress;
    private final int blockBytes;
    private final long since;
    private final long fileEnd;
    private final MemorySegment source;
    private final MemorySegment target;
    private final Moves.Noting moves = new Moves.Noting();

    private BlockCompactionState state;
    private long sourceBlock = -1;
    private long unshifted;
    private long compacted;
    private long holes;

    /**
     * @param since last sequence of the log; progress is counted up to it
     * @param beforeMoving called once it is clear that records will move
     */
    BlockCompaction(
            Storage storage,
            BlockFile file,
            BlockFormat format,
            long since,
            Runnable beforeMoving,
            Consumer<CompactionProgress> progress) {
        this.beforeMoving = beforeMoving;
        this.storage = storage;
        this.file = file;
        this.format = format;
        this.since = since;
        this.progress = progress;
        this.statePath = stateOf(file.path());
        this.blockBytes = format.blockBytes();
        this.fileEnd = format.roundUp(file.size());
        file.pad(file.size());
        this.source = Arena.ofAuto().allocate(blockBytes, 8);
        this.target = Arena.ofAuto().allocate(blockBytes, 8);
    }

    /**
     * Goes on with a compaction that a crash interrupted, if there is one.
     *
     * @return what came out, or null when there was none
     */
    static CompactionResult resume(
            Storage storage,
            BlockFile file,
            BlockFormat format,
            Runnable beforeMoving,
            Consumer<CompactionProgress> progress) {
        if (!storage.exists(stateOf(file.path()))) {
            return null;
        }
        long since = lastSeq(file, format);
        return new BlockCompaction(storage, file, format, since, beforeMoving, progress).run();
    }

    /** Sequence of the last record of the last block, for the percentage only. */
    private static long lastSeq(BlockFile file, BlockFormat format) {
        long size = file.size();
        if (size == 0) {
            return -1;
        }
        long start = format.blockStart(size - 1);
        var block = MemorySegment.ofArray(new byte[(int) (size - start)]);
        file.read(start, block);
        return start + Math.max(0, format.walk(block, 0, (int) block.byteSize()).last());
    }

    static Path stateOf(Path log) {
        return log.resolveSibling(log.getFileName() + ".compaction");
    }

    /** Where records went. */
    Moves.Noting moves() {
        return moves;
    }

    /** Compacts, or goes on with what a state file says. */
    CompactionResult run() {
        state = load();
        if (state != null) {
            moves.incomplete();
        } else if (!begin()) {
            return new CompactionResult(0, 0);
        }
        beforeMoving.run();
        if (state != null && state.truncateBlock() != BlockCompactionState.NO_TRUNCATE) {
            return truncate(state.truncateBlock());
        }
        if (state == null) {
            return truncate(compacted - 1);
        }
        long last = shift();
        file.sync();
        if (last >= 0) {
            var zeros = MemorySegment.ofArray(new byte[blockBytes]);
            save(new BlockCompactionState(state.startOffset(), last, 0, 0, zeros));
        }
        return truncate(last);
    }

    /**
     * Finds the first deleted record, and the first record from its block on that is not.
     *
     * @return false when there is nothing to do; {@link #state} stays null when only deleted
     *     records are left from block {@link #compacted} on
     */
    private boolean begin() {
        long hole = find(0, true);
        if (hole < 0) {
            return false;
        }
        compacted = format.blockIndex(hole);
        long start = compacted * blockBytes;
        if (hole == start) {
            moves.gone(hole); // what begins with those may begin in a later block
        }
        long first = find(start, false);
        if (first >= 0) {
            save(new BlockCompactionState(start, -1, compacted, first, source));
        }
        return true;
    }

    /**
     * First record from {@code offset}, a block's start, that is deleted or not; -1 = none. Its
     * block is in {@link #source}.
     */
    private long find(long offset, boolean deleted) {
        for (long block = offset; block < fileEnd; block += blockBytes) {
            read(block);
            for (int at = 0, length = lengthAt(0); length > 0; length = lengthAt(at)) {
                int from = at + BlockFormat.HEADER_BYTES;
                if (BlockFormat.isDeleted(source, from, length) == deleted) {
                    return block + at;
                }
                if (deleted) {
                    moves.stays(block + at);
                } else {
                    holes++;
                }
                at = from + length;
            }
        }
        return -1;
    }

    /** Fills block after block from the unshifted records; returns the last one that has any. */
    private long shift() {
        compacted = state.compactedBlock();
        unshifted = state.unshiftedOffset();
        sourceBlock = format.blockIndex(unshifted);
        MemorySegment.copy(state.block(), 0, source, 0, blockBytes);
        while (true) {
            long first = nextRecord();
            if (first < 0) {
                return compacted - 1;
            }
            report();
            if (compacted > format.blockIndex(state.unshiftedOffset())) {
                file.sync();
                save(new BlockCompactionState(state.startOffset(), -1, compacted, first, source));
            }
            fill();
            file.write(compacted * blockBytes, target);
            compacted++;
        }
    }

    /** Puts records into the target until the next one does not fit. */
    private void fill() {
        target.fill((byte) 0);
        int at = 0;
        for (long record = nextRecord(); record >= 0; record = nextRecord()) {
            int from = format.offsetInBlock(record);
            int framed = BlockFormat.HEADER_BYTES + lengthAt(from);
            if (at + framed + BlockFormat.END_BYTES > blockBytes) {
                return;
            }
            MemorySegment.copy(source, from, target, at, framed);
            moves.moved(record, compacted * blockBytes + at);
            at += framed;
            unshifted = record + framed;
        }
    }

    /** The next record that is not deleted, its block in {@link #source}; -1 = no more. */
    private long nextRecord() {
        while (true) {
            int at = (int) (unshifted - sourceBlock * blockBytes);
            int length = at + BlockFormat.HEADER_BYTES > blockBytes ? 0 : lengthAt(at);
            if (length == BlockFormat.END) {
                unshifted = (sourceBlock + 1) * blockBytes;
                if (unshifted >= fileEnd) {
                    return -1;
                }
                read(unshifted);
            } else if (BlockFormat.isDeleted(source, at + BlockFormat.HEADER_BYTES, length)) {
                holes++;
                moves.gone(unshifted);
                unshifted += BlockFormat.HEADER_BYTES + length;
            } else {
                return unshifted;
            }
        }
    }

    private CompactionResult truncate(long lastBlock) {
        long size = (lastBlock + 1) * blockBytes;
        long before = file.size();
        if (size < before) {
            file.truncate(size);
            file.sync();
        }
        if (storage.exists(statePath)) {
            storage.delete(statePath);
            storage.syncDirectory(statePath.getParent());
        }
        return new CompactionResult(size < before ? before - size : 1, holes);
    }

    private void report() {
        long start = state.startOffset();
        double all = Math.max(1, since - start);
        progress.accept(
                new CompactionProgress(
                        start, compacted * blockBytes, unshifted, (unshifted - start) / all));
    }

    private void read(long blockStart) {
        sourceBlock = format.blockIndex(blockStart);
        file.read(blockStart, source);
    }

    private int lengthAt(int at) {
        int length = format.lengthAt(source, at, at);
        if (length == BlockFormat.INVALID) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    String.format(
                            "%s@%d: what stands there is neither a record nor the end of its block."
                                    + " The compaction stopped; nothing behind it was moved. Run"
                                    + " verify, or restore.",
                            file.path(), sourceBlock * blockBytes + at));
        }
        return length;
    }

    private BlockCompactionState load() {
        if (!storage.exists(statePath)) {
            return null;
        }
        try (var stored = storage.open(statePath, Storage.OpenMode.READ)) {
            long size = stored.size();
            if (size == 0) {
                // The peer creates it empty and had no time to write it.
                return null;
            }
            var bytes = MemorySegment.ofArray(new byte[(int) Math.min(size, 1L << 27)]);
            stored.read(0, bytes);
            return BlockCompactionState.of(bytes, blockBytes, statePath.toString());
        }
    }

    private void save(BlockCompactionState next) {
        var bytes = next.toBytes();
        var partial = statePath.resolveSibling(statePath.getFileName() + "~");
        try (var stored = storage.open(partial, Storage.OpenMode.CREATE)) {
            stored.truncate(0);
            stored.write(0, bytes);
            stored.sync();
        }
        storage.move(partial, statePath);
        storage.syncDirectory(statePath.getParent());
        state = next;
    }
}
