package org.millrace.log.block;

import org.millrace.format.BlockCheckpoint;
import org.millrace.format.BlockFormat;
import org.millrace.log.OpenReport;
import org.millrace.log.engine.Health;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds the end of a block log at open: walks its blocks from the last checkpoint (or all), and
 * where that stops decides whether a crash tore the tail (cut it, after copying it to quarantine)
 * or something valid follows (damage: change nothing, read-only).
 *
 * <p><b>Threads.</b> One, before anybody else sees the file.
 *
 * <p><b>Durability.</b> Idempotent: a crash at any point of it leaves a file that recovers to the
 * same end.
 */
final class BlockRecovery {
    /** A damaged range; up to the next block that is whole. */
    record Damage(long offset, long end) {}

    /**
     * What was found.
     *
     * @param since last valid sequence, -1 = none
     * @param end end of that record
     */
    record Found(long since, long end, List<Damage> damages, OpenReport report) {
        /** Damage before the tail makes the log read-only. */
        void failHealth(BlockFile file, Health health) {
            if (damages.isEmpty()) {
                return;
            }
            var first = damages.get(0);
            health.fail(
                    ErrorCode.ERR_LOG_CORRUPT,
                    String.format(
                            Locale.ROOT,
                            "%s@%d: %d bytes are damaged and valid blocks follow, so this is not a"
                                    + " torn tail. Opened read-only; the rest stays readable. Run"
                                    + " verify, or restore; truncating would lose data.",
                            file.path(),
                            first.offset(),
                            first.end() - first.offset()),
                    null);
        }
    }

    private static final int READ_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;

    /** Other block sizes that a wrong option is told from. */
    private static final int OTHER_MIN = 256;

    private static final int OTHER_MAX = 1 << 20;

    /** As a length, what text, images, archives and programs begin with is larger, or 0. */
    private static final int FOREIGN_BYTES = 8192;

    private final BlockFile file;
    private final BlockFormat format;
    private final SideFiles sides;
    private final boolean readOnly;
    private final BlockCheckpoint checkpoint;

    private long since = -1;
    private long end;
    private long tornAt = -1;
    private String reason = "none";
    private boolean hasWholeBlock;
    private final List<Damage> damages = new ArrayList<>();

    /**
     * @param checkpoint what is known to be whole, or null
     */
    BlockRecovery(
            BlockFile file,
            BlockFormat format,
            SideFiles sides,
            boolean readOnly,
            BlockCheckpoint checkpoint) {
        this.file = file;
        this.format = format;
        this.sides = sides;
        this.readOnly = readOnly;
        this.checkpoint = checkpoint;
    }

    /**
     * @throws MillraceException ERR_LOG_FORMAT: another block size, or no log at all; nothing was
     *     changed
     */
    Found run() {
        long size = file.size();
        if (checkpoint != null) {
            // Not its sequence: the walk starts with the block it is in.
            end = checkpoint.end();
        }
        scan(end, size);
        if (!damages.isEmpty()) {
            var first = damages.get(0);
            long length = first.end() - first.offset();
            var report = OpenReport.damaged(reason, first.offset(), length);
            return new Found(since, end, List.copyOf(damages), report);
        }
        return new Found(since, end, List.of(), settle(size));
    }

    /** Walks all blocks from the one that {@code from} lies in. */
    private void scan(long from, long size) {
        int blocks = Math.max(1, READ_BYTES / format.blockBytes());
        try (var arena = Arena.ofConfined()) {
            var chunk = arena.allocate((long) blocks * format.blockBytes(), 8);
            long start = format.blockStart(from);
            while (start < size) {
                int length = (int) Math.min(chunk.byteSize(), size - start);
                file.read(start, chunk.asSlice(0, length));
                for (int at = 0; at < length; at += format.blockBytes()) {
                    int available = Math.min(format.blockBytes(), length - at);
                    take(chunk, at, available, start + at, size);
                }
                start += length;
                if (tornAt >= 0 && start < size) { // empty blocks say nothing more
                    start = Math.max(start, format.blockStart(file.dataFrom(start)));
                }
            }
        }
    }

    /** One block: goes on, or stops at what is no record, or finds that something valid follows. */
    private void take(MemorySegment chunk, int at, int available, long start, long size) {
        var walk = format.walk(chunk, at, available);
        boolean empty = walk.last() < 0 && walk.whole();
        hasWholeBlock |= walk.last() >= 0 && walk.whole();
        if (tornAt >= 0) {
            if (walk.last() >= 0 && walk.whole() && !isLost()) {
                damages.add(new Damage(tornAt, start));
                tornAt = -1;
                advance(walk, start);
            }
            return;
        }
        if (walk.last() >= 0) {
            advance(walk, start);
        }
        if (!walk.whole() || empty) {
            boolean cut = available < format.blockBytes() && start + available == size;
            tornAt = start + walk.end();
            reason = cut ? "torn" : reasonAt(chunk, at, walk.end(), available, start);
            if (!empty && checkpoint == null) {
                checkBlockSize(size);
            }
        }
    }

    private void advance(BlockFormat.Walk walk, long start) {
        since = start + walk.last();
        end = start + walk.end();
    }

    /**
     * True when a crash explains what stands at {@link #tornAt} although valid blocks follow: a
     * sector behind the checkpoint that was never written.
     */
    private boolean isLost() {
        return checkpoint != null && reason.equals("zero");
    }

    /**
     * "zero" when nothing was written where the next length should be, or when, behind the
     * checkpoint, a whole sector in front of it is empty (a length that a lost sector cut in two
     * leads anywhere); else "chain".
     */
    private String reasonAt(MemorySegment chunk, int at, int from, int available, long start) {
        int length = Math.min(BlockFormat.HEADER_BYTES, available - from);
        if (BlockFormat.isZero(chunk, (long) at + from, (long) at + from + length)) {
            return "zero";
        }
        if (checkpoint == null) {
            return "chain";
        }
        long sector = start - start % SECTOR_BYTES;
        for (; sector + SECTOR_BYTES <= start + from; sector += SECTOR_BYTES) {
            long first = at + sector - start;
            if (sector >= start && BlockFormat.isZero(chunk, first, first + SECTOR_BYTES)) {
                return "zero";
            }
        }
        return "chain";
    }

    /** Cuts the tail off, or fills up a last block that is only short of its zeros. */
    private OpenReport settle(long size) {
        if (tornAt < 0 && format.roundUp(end) == size) {
            return OpenReport.CLEAN;
        }
        boolean onlyZeros = size <= end || isZero(end, size);
        if (!onlyZeros && !isKnown()) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FORMAT,
                    String.format(
                            Locale.ROOT,
                            "%s@%d: no whole block of %d bytes in a file of %d. Nothing was"
                                    + " changed; it is another kind of file, or a block log damaged"
                                    + " in its first block: `repair --format=block-%d` keeps the"
                                    + " records of that; where it finds none, move the file away.",
                            file.path(),
                            tornAt,
                            format.blockBytes(),
                            size,
                            format.blockBytes()));
        }
        if (readOnly) {
            return onlyZeros && reason.equals("torn")
                    ? OpenReport.CLEAN
                    : new OpenReport(false, -1, 0, "", reason, -1, 0);
        }
        if (onlyZeros && format.roundUp(end) >= size) {
            file.cut(end);
            file.sync();
            return OpenReport.CLEAN;
        }
        var copy = sides.quarantine(file, end, size - end);
        file.cut(end);
        file.sync();
        return OpenReport.cut(end, size - end, copy.toString(), reason);
    }

    /**
     * Any file begins like a torn block. A log of ours has a checkpoint before its first record;
     * another's is believed for a whole block, for short records in front of what a crash tears, or
     * for how its first record begins.
     */
    private boolean isKnown() {
        if (checkpoint != null || hasWholeBlock) {
            return true;
        }
        if (end == 0) {
            return TornFirstRecord.isAllOf(file, format);
        }
        var header = MemorySegment.ofArray(new byte[BlockFormat.HEADER_BYTES]);
        file.read(0, header);
        return format.lengthAt(header, 0, 0) < FOREIGN_BYTES && !reason.equals("chain");
    }

    private boolean isZero(long from, long to) {
        try (var arena = Arena.ofConfined()) {
            var chunk = arena.allocate(READ_BYTES, 8);
            for (long at = file.dataFrom(from); at < to; at = file.dataFrom(at + READ_BYTES)) {
                long length = Math.min(READ_BYTES, to - at);
                file.read(at, chunk.asSlice(0, length));
                if (!BlockFormat.isZero(chunk, 0, length)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * A wrong block size looks like damage in the first block; cutting there would ruin a good log.
     * A size under which the first and the last block are whole is the right one.
     */
    private void checkBlockSize(long size) {
        if (end > format.blockBytes()) {
            return;
        }
        for (int other = OTHER_MIN; other <= OTHER_MAX; other *= 2) {
            if (other != format.blockBytes() && size % other == 0 && isWhole(other, size)) {
                throw new MillraceException(
                        ErrorCode.ERR_LOG_FORMAT,
                        String.format(
                                Locale.ROOT,
                                "%s@%d: written with blocks of %d bytes, opened with %d. Nothing"
                                        + " was changed; open it with blockSize %d.",
                                file.path(),
                                tornAt,
                                other,
                                format.blockBytes(),
                                other));
            }
        }
    }

    private boolean isWhole(int blockBytes, long size) {
        var other = new BlockFormat(blockBytes);
        var block = MemorySegment.ofArray(new byte[blockBytes]);
        for (long start : new long[] {0, size - blockBytes}) {
            file.read(start, block);
            var walk = other.walk(block, 0, blockBytes);
            if (walk.last() < 0 || !walk.whole()) {
                return false;
            }
        }
        return true;
    }
}
