package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Walks a block log: copies a piece of the file into the batch, then parses the copy. Backward it
 * copies one block aside, because a block can only be walked from its start.
 *
 * <p>A compaction moves records. A cursor that had read everything goes on behind the new end; any
 * other fails with ERR_CANCELLED, for its position means nothing any more.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> Backward: one block; else none.
 */
final class BlockCursor implements Cursor {
    /** Read at once at most: stays in the processor's cache. */
    private static final int READ_BYTES = 256 << 10;

    /** A small limit reads less: about this much per record. */
    private static final int RECORD_GUESS_BYTES = 1 << 10;

    private final BlockLog log;
    private final BlockReader reader;
    private final BlockFormat format;
    private final Range range;

    /** Forward: where the next record starts. Backward: where it ends. -1 until it is known. */
    private long position = -1;

    /** The end of the log when this cursor last looked. */
    private long endSeen;

    private int compactionsSeen;
    private long left;

    /** Where damage stopped the walk; the next call steps over its block. */
    private long damagedAt = -1;

    private boolean damageTold;
    private MemorySegment aside;
    private int[] starts;
    private long invalidAt = -1;
    private volatile boolean closed;

    BlockCursor(BlockLog log, BlockReader reader, Range range) {
        this.log = log;
        this.reader = reader;
        this.format = reader.format();
        this.range = range;
        this.left = range.limit() < 0 ? Long.MAX_VALUE : range.limit();
        this.compactionsSeen = log.compactions();
    }

    @Override
    public int next(RecordBatch batch) {
        log.enter(closed);
        try {
            long positionBefore = position;
            int count =
                    reader.consistent(
                            (since, end) -> {
                                position = positionBefore;
                                return look(batch, since, end);
                            });
            left -= left == Long.MAX_VALUE ? 0 : count;
            return count;
        } finally {
            log.exit();
        }
    }

    @Override
    public boolean isReady() {
        log.enter(closed);
        try {
            long start = range.reverse() ? Math.max(0, position - READ_BYTES) : position;
            long length = Math.min(READ_BYTES, log.end() - start);
            return position < 0 || length <= 0 || reader.file().isResident(start, length);
        } finally {
            log.exit();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private int look(RecordBatch batch, long since, long end) {
        batch.clear();
        followCompaction(end);
        if (left == 0 || since < 0 || !locate(since, end)) {
            endSeen = end;
            return 0;
        }
        stepOverDamage();
        int count = range.reverse() ? backward(batch) : forward(batch, since, end);
        endSeen = end;
        return count;
    }

    private void followCompaction(long end) {
        int now = log.compactions();
        if (now == compactionsSeen) {
            return;
        }
        boolean among = position < 0 ? range.lower() >= 0 : range.reverse() || position < endSeen;
        if (among) {
            throw new MillraceException(
                    ErrorCode.ERR_CANCELLED,
                    reader.path()
                            + ": a compaction moved the records while this cursor was among them;"
                            + " open another cursor.");
        }
        if (position >= 0) {
            position = end;
        }
        damagedAt = -1;
        compactionsSeen = now;
    }

    /** Finds the start of the walk; false while the log has not reached it. */
    private boolean locate(long since, long end) {
        if (position >= 0) {
            return true;
        }
        if (range.reverse()) {
            position = reverseStart(since, end);
            return true;
        }
        if (range.lower() < 0) {
            position = 0;
            return true;
        }
        if (range.lower() > since) {
            return false;
        }
        int length = reader.length(range.lower(), since, end);
        int framed = BlockFormat.HEADER_BYTES + length;
        position = range.lower() + (range.lowerInclusive() ? 0 : framed);
        return true;
    }

    private long reverseStart(long since, long end) {
        if (range.upper() < 0) {
            return 0;
        }
        if (range.upper() > since) {
            return since + BlockFormat.HEADER_BYTES + reader.length(since, since, end);
        }
        int framed = BlockFormat.HEADER_BYTES + reader.length(range.upper(), since, end);
        return range.upper() + (range.upperInclusive() ? framed : 0);
    }

    private int forward(RecordBatch batch, long since, long end) {
        long last = Math.min(since, range.upperInclusive() ? range.upper() : range.upper() - 1);
        while (position <= last) {
            long want = wanted(batch, end - position);
            reader.file().read(position, batch.data().asSlice(0, want));
            long before = position;
            int count = parse(batch, want, last);
            if (count > 0) {
                return count;
            }
            if (position == before) {
                needMore(batch, want, end);
            }
        }
        return 0;
    }

    private int parse(RecordBatch batch, long filled, long last) {
        var data = batch.data();
        long base = position;
        int inBlock = format.offsetInBlock(base);
        int blockBytes = format.blockBytes();
        long max = left;
        long at = 0;
        int count = 0;
        while (base + at <= last && count < max) {
            boolean full = inBlock + BlockFormat.HEADER_BYTES > blockBytes;
            if (!full && at + BlockFormat.HEADER_BYTES > filled) {
                break;
            }
            int length = full ? BlockFormat.END : format.lengthAt(data, at, inBlock);
            long blockEnd = at + blockBytes - inBlock;
            if (length == BlockFormat.END && isZero(data, at, Math.min(blockEnd, filled))) {
                at = blockEnd;
                inBlock = 0;
                continue;
            }
            if (length <= 0) {
                noteDamage(base + at, count == 0);
                break;
            }
            int framed = BlockFormat.HEADER_BYTES + length;
            if (at + framed > filled || !add(batch, base + at, at, length)) {
                break;
            }
            at += framed;
            inBlock += framed;
            count++;
        }
        position = base + at;
        batch.used((int) Math.min(at, filled));
        return count;
    }

    /** Not one record fitted what was read. */
    private void needMore(RecordBatch batch, long filled, long end) {
        long bytes = BlockFormat.HEADER_BYTES;
        if (filled >= bytes) {
            bytes += format.lengthAt(batch.data(), 0, format.offsetInBlock(position));
        }
        if (position + bytes > end) {
            noteDamage(position, true);
        }
        batch.ensureData(bytes);
    }

    private int backward(RecordBatch batch) {
        long lowest = range.lower() < 0 ? 0 : range.lower() + (range.lowerInclusive() ? 0 : 1);
        int used = 0;
        while (position > lowest && batch.count() < left) {
            long blockStart = format.blockStart(position - 1);
            int records = startsBefore(blockStart);
            if (invalidAt >= 0 && invalidAt != damagedAt) {
                if (batch.count() > 0) {
                    break;
                }
                damagedAt = invalidAt;
                throw reader.corrupt(damagedAt);
            }
            for (int i = records - 1; i >= 0 && batch.count() < left; i--) {
                if (blockStart + starts[i] < lowest) {
                    position = lowest;
                    return batch.count();
                }
                int copied = copyAside(batch, blockStart, starts[i], used);
                if (copied < 0) {
                    return batch.count();
                }
                used += copied;
                batch.used(used);
                position = blockStart + starts[i];
            }
            if (batch.count() < left) {
                position = blockStart;
            }
        }
        return batch.count();
    }

    /** Fills {@link #starts} with the records of a block that end at or before the position. */
    private int startsBefore(long blockStart) {
        if (aside == null) {
            aside = Arena.ofAuto().allocate(format.blockBytes(), 8);
            starts = new int[format.blockBytes() / (BlockFormat.HEADER_BYTES + 1) + 1];
        }
        int available = (int) Math.min(format.blockBytes(), position - blockStart);
        reader.file().read(blockStart, aside.asSlice(0, available));
        invalidAt = -1;
        int at = 0;
        int count = 0;
        while (at + BlockFormat.HEADER_BYTES <= available) {
            int length = format.lengthAt(aside, at, at);
            if (length == BlockFormat.INVALID
                    || length == BlockFormat.END && !isZero(aside, at, available)) {
                invalidAt = blockStart + at;
            }
            if (length <= 0 || at + BlockFormat.HEADER_BYTES + length > available) {
                break;
            }
            starts[count++] = at;
            at += BlockFormat.HEADER_BYTES + length;
        }
        return count;
    }

    /**
     * Copies one record of the block aside into the batch.
     *
     * @return bytes it took there; -1 when there is no room left
     */
    private int copyAside(RecordBatch batch, long blockStart, int start, int used) {
        if (batch.count() == batch.capacity()) {
            return -1;
        }
        int from = start + BlockFormat.HEADER_BYTES;
        int length = format.lengthAt(aside, start, start);
        if (BlockFormat.isDeleted(aside, from, length)) {
            batch.add(blockStart + start, used, RecordBatch.DELETED);
            return 0;
        }
        if (batch.count() == 0) {
            batch.ensureData(length);
        } else if (used + length > batch.data().byteSize()) {
            return -1;
        }
        MemorySegment.copy(aside, from, batch.data(), used, length);
        batch.add(blockStart + start, used, length);
        return length;
    }

    private boolean add(RecordBatch batch, long seq, long at, int length) {
        long start = at + BlockFormat.HEADER_BYTES;
        boolean deleted = BlockFormat.isDeleted(batch.data(), start, length);
        return batch.add(seq, (int) start, deleted ? RecordBatch.DELETED : length);
    }

    /** An end of block is one only when nothing follows it. */
    private static boolean isZero(MemorySegment memory, long from, long to) {
        return from >= to || BlockFormat.isZero(memory, from, to);
    }

    /** How much to read for a batch, of {@code available} bytes. */
    private long wanted(RecordBatch batch, long available) {
        long most = Math.min(READ_BYTES, batch.data().byteSize());
        if (left < READ_BYTES / RECORD_GUESS_BYTES) {
            long guess = left * RECORD_GUESS_BYTES;
            most = Math.min(most, Math.max(guess, format.recordBytesMax() + 2L));
        }
        return Math.min(most, available);
    }

    private void noteDamage(long at, boolean tell) {
        damagedAt = at;
        damageTold = tell;
        if (tell) {
            throw reader.corrupt(at);
        }
    }

    /** Tells of damage that ended the last batch early; told already: goes on in the next block. */
    private void stepOverDamage() {
        if (damagedAt < 0 || range.reverse()) {
            return;
        }
        if (!damageTold) {
            damageTold = true;
            throw reader.corrupt(damagedAt);
        }
        position = format.blockStart(damagedAt) + format.blockBytes();
        damagedAt = -1;
    }
}
