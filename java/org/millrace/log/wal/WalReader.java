package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads single records of a write-ahead log, and says what is wrong where one cannot be read.
 *
 * <p><b>Threads.</b> Any, without locks.
 *
 * <p><b>Memory.</b> One small block per thread that reads.
 */
final class WalReader {
    private static final int SCRATCH_BYTES = 4096;

    /** Block and checksum of one reading thread. */
    private static final class Scratch {
        final MemorySegment block = Arena.ofAuto().allocate(SCRATCH_BYTES, 8);
        final BlockCrc crc = new BlockCrc().over(block);
    }

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private final String name;
    private final WalSegments segments;
    private final WalDeletions deletions;

    WalReader(String name, WalSegments segments, WalDeletions deletions) {
        this.name = name;
        this.segments = segments;
        this.deletions = deletions;
    }

    WalSegments segments() {
        return segments;
    }

    WalDeletions deletions() {
        return deletions;
    }

    /** {@link Log#get}. */
    int get(long seq, MemorySegment to, long since) {
        checkRange(seq, since);
        if (deletions.contains(seq)) {
            throw deleted(seq);
        }
        var segment = segments.find(seq);
        long offset = offsetOf(segment, seq);
        var scratch = SCRATCH.get();
        long left = segment.end() - offset;
        if (left < WalFrame.HEADER_BYTES) {
            throw explain(segment, seq);
        }
        segment.file().read(offset, scratch.block.asSlice(0, WalFrame.HEADER_BYTES));
        int length = WalFrame.length(scratch.block, 0);
        int bytes = WalFrame.frameBytes(length);
        if (!WalFrame.looksLike(scratch.block, 0, seq)
                || !WalFrame.isRecord(scratch.block, 0)
                || bytes > left) {
            throw explain(segment, seq);
        }
        if (length > to.byteSize()) {
            return length;
        }
        if (bytes <= SCRATCH_BYTES) {
            segment.file().read(offset, scratch.block.asSlice(0, bytes));
            if (check(scratch.block, bytes, seq, segment, scratch.crc) < 0) {
                throw explain(segment, seq);
            }
            MemorySegment.copy(scratch.block, WalFrame.HEADER_BYTES, to, 0, length);
        } else {
            copyLarge(segment, offset, bytes, to, seq);
        }
        return length;
    }

    /** Checks that a record starts there, and tells whether it is there still. */
    boolean checkDelete(long seq, long since) {
        if (deletions.contains(seq)) {
            return false;
        }
        try {
            require(seq, since);
            return true;
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return false;
            }
            throw e;
        }
    }

    /** Marks a durable record deleted, durably. Repeatable, also after a compaction. */
    void delete(long seq, WalWriter writer) {
        if (!checkDelete(seq, writer.readableSince())) {
            return;
        }
        try {
            deletions.add(seq);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_NO_SPACE) {
                throw e;
            }
            throw writer.health.fail(
                    ErrorCode.ERR_LOG_SYNC_FAILED,
                    name + ": the deletion of " + seq + " may not be on disk: " + e.detail(),
                    e);
        }
    }

    /** Checks that a record starts at {@code seq}, deleted or not; returns its frame's bytes. */
    long require(long seq, long since) {
        checkRange(seq, since);
        var segment = segments.find(seq);
        long offset = offsetOf(segment, seq);
        try (var walk = new WalWalk(segment)) {
            if (seq % WalFrame.ALIGNMENT != 0
                    || !walk.isFrame(offset, segment.end())
                    || WalFrame.sequence(walk.block(), 0) != seq
                    || !WalFrame.isRecord(walk.block(), 0)) {
                throw explain(segment, seq);
            }
            return WalFrame.frameBytes(WalFrame.length(walk.block(), 0));
        }
    }

    /** Where the first frame at or behind {@code seq} stands in a compacted segment. */
    static long locate(WalSegment segment, long seq) {
        long from = segment.index().floor(seq);
        long[] found = {segment.end()};
        try (var walk = new WalWalk(segment)) {
            walk.run(
                    from,
                    segment.index().after(from),
                    (block, at, offset, _) -> {
                        if (WalFrame.sequence(block, at) >= seq) {
                            found[0] = Math.min(found[0], offset);
                        }
                    });
            return found[0] == segment.end() ? segment.index().after(from) : found[0];
        }
    }

    /**
     * True when reading so many bytes from about a sequence on would probably not wait for the
     * disk. Of a compacted segment that is not known: true.
     */
    boolean isResident(long seq, int bytes) {
        var segment = segments.find(Math.max(seq, segments.first().firstSequence()));
        if (segment.isCompacted()) {
            return true;
        }
        long from = Math.max(segment.offsetOf(seq), WalHeader.BYTES);
        long length = Math.min(bytes, segment.end() - from);
        return length <= 0 || segment.file().isResident(from, length);
    }

    /** The exception for damaged bytes of a segment. */
    MillraceException corrupt(WalSegment segment, long offset, long end) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        "%s@%d: %d bytes are no valid frame (checksum, length or sequence is"
                                + " wrong). The rest stays readable. Run verify, or restore the"
                                + " segment.",
                        segment.path(), offset, end - offset));
    }

    private long offsetOf(WalSegment segment, long seq) {
        return segment.isCompacted() ? locate(segment, seq) : segment.offsetOf(seq);
    }

    private void checkRange(long seq, long since) {
        long first = segments.first().firstSequence();
        if (seq >= 0 && seq < first) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_DELETED,
                    String.format(
                            "%s: record %d was dropped with its segment; the log begins at %d",
                            name, seq, first));
        }
        if (seq < first || seq > since) {
            throw new MillraceException(
                    ErrorCode.ERR_SEQ_RANGE,
                    String.format(
                            "%s: no record %d; sequences are %d..%d", name, seq, first, since));
        }
    }

    private static int check(
            MemorySegment block, int bytes, long seq, WalSegment segment, BlockCrc crc) {
        return WalFrame.check(block, 0, bytes, seq, segment.salt(), crc);
    }

    private void copyLarge(WalSegment segment, long offset, int bytes, MemorySegment to, long seq) {
        try (var arena = Arena.ofShared()) {
            var block = arena.allocate(bytes, 8);
            segment.file().read(offset, block);
            if (check(block, bytes, seq, segment, new BlockCrc().over(block)) < 0) {
                throw explain(segment, seq);
            }
            int length = WalFrame.length(block, 0);
            MemorySegment.copy(block, WalFrame.HEADER_BYTES, to, 0, length);
        }
    }

    /** Why no record can be read at a sequence: walks up to it from the boundary before. */
    private MillraceException explain(WalSegment segment, long seq) {
        long from = segment.index().floor(seq);
        try (var walk = new WalWalk(segment)) {
            long limit = segment.index().after(from);
            while (true) {
                boolean[] passed = new boolean[2];
                walk.run(
                        from,
                        limit,
                        (block, at, _, bytes) -> {
                            long start = WalFrame.sequence(block, at);
                            passed[0] |= start == seq && !WalFrame.isRecord(block, at);
                            passed[1] |= start < seq && start + bytes > seq;
                            passed[0] |= start > seq;
                        });
                if (passed[1] || passed[0]) {
                    return segment.isCompacted() && !passed[1] ? deleted(seq) : invalid(seq);
                }
                if (walk.offset() >= limit) {
                    return segment.isCompacted() ? deleted(seq) : invalid(seq);
                }
                long next = walk.search(walk.offset() + WalFrame.ALIGNMENT, limit);
                if (segment.isCompacted() || segment.sequenceAt(next) > seq) {
                    return corrupt(segment, walk.offset(), next);
                }
                from = next;
            }
        }
    }

    private MillraceException invalid(long seq) {
        return new MillraceException(
                ErrorCode.ERR_SEQ_INVALID,
                name
                        + ": "
                        + seq
                        + " is not the start of a record; use sequences that append gave");
    }

    private MillraceException deleted(long seq) {
        return new MillraceException(
                ErrorCode.ERR_RECORD_DELETED, name + ": record " + seq + " was deleted");
    }
}
