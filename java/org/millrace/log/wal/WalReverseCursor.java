package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Range;
import org.millrace.log.engine.FileCursor;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Walks a write-ahead log backward. Frames name only their own length, so it takes the range
 * between two boundaries of the segment's index, parses that forward, and hands it out from its
 * end.
 *
 * <p><b>Memory.</b> Owns one block, freed by close or with the cursor.
 */
final class WalReverseCursor extends FileCursor {
    /** In {@link #starts}: no frame, but damage. */
    private static final int DAMAGE = -1;

    private final WalReader reader;
    private final BlockCrc crc = new BlockCrc();
    private MemorySegment block = MemorySegment.NULL;
    private long[] sequences = new long[256];
    private int[] starts = new int[256];
    private int frames;
    private boolean placed;
    private int used;

    /** Every frame from this sequence on is done with. */
    private long position;

    WalReverseCursor(WalLog log, WalReader reader, Range range) {
        super(log, range);
        this.reader = reader;
    }

    @Override
    protected int fill(RecordBatch batch) {
        used = 0;
        if (!placed) {
            placed = true;
            long since = log.readableSince();
            boolean all = range.upper() >= since;
            position = all ? since + 1 : range.upper();
            position += range.upperInclusive() && !all ? 1 : 0;
            position -= !range.upperInclusive() && range.upper() == since ? 1 : 0;
        }
        for (int attempt = 0; !walk(batch, attempt); attempt++) {
            continue;
        }
        batch.used(used);
        return batch.count();
    }

    /** False when a segment was replaced beneath it before anything was read: do it again. */
    private boolean walk(RecordBatch batch, int attempt) {
        try {
            boolean more = true;
            while (more && left > 0 && position > lowest()) {
                more = readBlock(batch);
            }
            return true;
        } catch (MillraceException e) {
            if (!WalLog.isReplaced(e, attempt)) {
                throw e;
            }
            return batch.count() > 0;
        }
    }

    @Override
    protected boolean isResident() {
        long before = placed ? position : Math.min(range.upper(), log.readableSince());
        return reader.isResident(before - WalIndex.SPARSE_BYTES, 2 * WalIndex.SPARSE_BYTES);
    }

    @Override
    public void close() {
        super.close();
        block = MemorySegment.NULL;
    }

    /** Nothing below this sequence is in the range, or in the log any more. */
    private long lowest() {
        long lower = range.lower() + (range.lowerInclusive() ? 0 : 1);
        return Math.max(lower, reader.segments().first().firstSequence());
    }

    /** Hands out the block in front of the position; false when the batch is full. */
    private boolean readBlock(RecordBatch batch) {
        var segment = reader.segments().find(position - 1);
        long from = segment.index().floor(position - 1);
        long to = segment.index().after(from);
        frames = 0;
        if (from < to) {
            parse(segment, from, to);
        }
        long lowest = lowest();
        for (int i = frames - 1; i >= 0 && left > 0; i--) {
            if (sequences[i] < lowest) {
                position = lowest;
                return false;
            }
            if (starts[i] == DAMAGE) {
                if (batch.count() > 0) {
                    return false;
                }
                position = sequences[i];
                throw reader.corrupt(segment, from, to);
            }
            if (!add(batch, i)) {
                return false;
            }
            position = sequences[i];
            left--;
        }
        position = segment.isCompacted() ? lowestOf(segment, from) : segment.sequenceAt(from);
        return true;
    }

    /** First sequence that the block from this boundary of a compacted segment may hold. */
    private long lowestOf(WalSegment segment, long from) {
        return frames > 0 && from > WalHeader.BYTES ? sequences[0] : segment.firstSequence();
    }

    /** Lists the frames of a block that are in front of the position. */
    private void parse(WalSegment segment, long from, long to) {
        if (block.byteSize() < to - from) {
            block = Arena.ofAuto().allocate(Math.max(to - from, 2L * WalIndex.SPARSE_BYTES), 8);
        }
        segment.file().read(from, block.asSlice(0, to - from));
        crc.over(block);
        long at = 0;
        while (at < to - from) {
            int bytes =
                    WalFrame.check(
                            block,
                            at,
                            to - from,
                            segment.expectedAt(from + at),
                            segment.salt(),
                            crc);
            if (bytes < 0) {
                note(frames > 0 ? sequences[frames - 1] + 1 : damagedAt(segment, from), DAMAGE);
                try (var walk = new WalWalk(segment)) {
                    at = walk.search(from + at + WalFrame.ALIGNMENT, to) - from;
                }
                continue;
            }
            if (WalFrame.sequence(block, at) >= position) {
                return;
            }
            if (WalFrame.isRecord(block, at)) {
                note(WalFrame.sequence(block, at), (int) at);
            }
            at += bytes;
        }
    }

    private static long damagedAt(WalSegment segment, long from) {
        return segment.isCompacted() ? segment.firstSequence() : segment.sequenceAt(from);
    }

    private void note(long sequence, int start) {
        if (sequence >= position) {
            return;
        }
        if (frames == starts.length) {
            starts = Arrays.copyOf(starts, 2 * frames);
            sequences = Arrays.copyOf(sequences, 2 * frames);
        }
        sequences[frames] = sequence;
        starts[frames++] = start;
    }

    private boolean add(RecordBatch batch, int frame) {
        int start = starts[frame];
        int length = WalFrame.length(block, start);
        if (reader.deletions().contains(sequences[frame])) {
            return batch.add(sequences[frame], used, RecordBatch.DELETED);
        }
        if (batch.count() == 0) {
            batch.ensureData(length);
        }
        if (used + (long) length > batch.data().byteSize()
                || !batch.add(sequences[frame], used, length)) {
            return false;
        }
        MemorySegment.copy(block, start + WalFrame.HEADER_BYTES, batch.data(), used, length);
        used += length;
        return true;
    }
}
