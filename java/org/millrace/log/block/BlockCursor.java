package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Range;
import org.millrace.log.engine.PositionCursor;
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
final class BlockCursor extends PositionCursor {
    private final BlockLog blocks;
    private final BlockReader reader;
    private final BlockFormat format;

    /** The end of the log when this cursor last looked. */
    private long endSeen;

    private int compactionsSeen;
    private MemorySegment aside;
    private int[] starts;
    private long invalidAt = -1;

    BlockCursor(BlockLog log, BlockReader reader, Range range) {
        super(log, range, reader.file());
        this.blocks = log;
        this.reader = reader;
        this.format = reader.format();
        this.compactionsSeen = log.compactions();
    }

    @Override
    protected int fill(RecordBatch batch) {
        blocks.readableSince(); // looks for what another process wrote
        long positionBefore = position;
        int count =
                reader.consistent(
                        (since, end) -> {
                            position = positionBefore;
                            return look(batch, since, end);
                        });
        count(count);
        return count;
    }

    @Override
    protected long frameEnd(long seq, long since, long end) {
        return seq + BlockFormat.HEADER_BYTES + reader.length(seq, since, end);
    }

    @Override
    protected MillraceException corrupt(long offset) {
        return reader.corrupt(offset);
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
        int now = blocks.compactions();
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

    private int forward(RecordBatch batch, long since, long end) {
        long last = lastOf(since);
        while (position <= last) {
            long want = wanted(batch, end - position, format.recordBytesMax() + 2L);
            reader.read(position, batch.data().asSlice(0, want));
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
        long lowest = lowest();
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
        reader.read(blockStart, aside.asSlice(0, available));
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

    /** Goes on in the next block. */
    private void stepOverDamage() {
        if (!range.reverse() && isBehindDamage()) {
            position = format.blockStart(damagedAt) + format.blockBytes();
            damagedAt = -1;
        }
    }
}
