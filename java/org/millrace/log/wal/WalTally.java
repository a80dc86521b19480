package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * What a walk over a whole segment found: the numbers of its footer, and those that recovery asks
 * for.
 *
 * <p><b>Threads.</b> One.
 */
final class WalTally implements WalWalk.Visitor {
    private final WalSegment segment;
    private final CRC32C crcs = new CRC32C();
    private long records;
    private long lastSequence = -1;
    private long floor = -1;
    private long offset;
    private WalWalk.Stop stop;

    /** End of the last frame that no unfinished batch holds, and its last record. */
    private long wholeEnd;

    private long wholeSequence = -1;

    private final boolean indexing;

    private WalTally(WalSegment segment, boolean indexing) {
        this.segment = segment;
        this.indexing = indexing;
    }

    /** Walks a part, from a boundary. */
    static WalTally from(WalSegment segment, long offset, long limit) {
        return walk(new WalTally(segment, false), offset, limit);
    }

    /** Walks what is final, and completes the segment's index by the way. */
    static WalTally indexing(WalSegment segment, long end) {
        var tally = walk(new WalTally(segment, true), WalHeader.BYTES, end);
        segment.index().walked(tally.offset);
        return tally;
    }

    private static WalTally walk(WalTally tally, long from, long limit) {
        var segment = tally.segment;
        tally.wholeEnd = from;
        try (var walk = new WalWalk(segment)) {
            tally.stop = walk.run(from, limit, tally);
            tally.offset = walk.offset();
        }
        return tally;
    }

    @Override
    public void frame(MemorySegment block, long at, long offset, int bytes) {
        long sequence = WalFrame.sequence(block, at);
        if (indexing) {
            segment.index().offer(sequence, offset);
        }
        update(crcs, WalFrame.crc(block, at));
        int flags = WalFrame.flags(block, at);
        if ((flags & WalFrame.DURABLE_MARK) != 0) {
            floor = Math.max(floor, WalFrame.durable(block, at));
        } else {
            records++;
            lastSequence = sequence;
        }
        if ((flags & WalFrame.BATCH_GOES_ON) == 0) {
            wholeEnd = offset + bytes;
            wholeSequence = lastSequence;
        }
    }

    /** Adds the checksum of one frame to that of all, little-endian. */
    static void update(CRC32C crcs, int crc) {
        for (int shift = 0; shift < 32; shift += 8) {
            crcs.update(crc >>> shift);
        }
    }

    long records() {
        return records;
    }

    /** Of the last record; -1 = none. */
    long lastSequence() {
        return lastSequence;
    }

    /** Highest sequence that a mark says was durable; -1 = no mark. */
    long floor() {
        return floor;
    }

    int frameCrcs() {
        return (int) crcs.getValue();
    }

    /** Where the walk stopped, and why. */
    long offset() {
        return offset;
    }

    WalWalk.Stop stop() {
        return stop;
    }

    /** End of the last whole batch. */
    long wholeEnd() {
        return wholeEnd;
    }

    /** Last record of the last whole batch; -1 = none. */
    long wholeSequence() {
        return wholeSequence;
    }
}
