package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.engine.Sectors;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Walks an offset log's frames over copied blocks, forward or backward from a known frame boundary,
 * and checks each. Never looks inside a record, so a payload that imitates framing cannot move it.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns one block; close it.
 */
public final class OffsetScan implements AutoCloseable {
    private static final int BLOCK_BYTES = 256 << 10;
    private static final int WINDOW_BYTES = 64 << 10;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment block = arena.allocate(BLOCK_BYTES, 8);

    /**
     * What is searched, while {@link #block} proves what is found; null until somebody searches.
     */
    private MemorySegment window;

    private final StoredFile file;
    private final OffsetFrame frame;
    private long lastSeq;
    private long end;
    private long frames;

    public OffsetScan(StoredFile file, OffsetFrame frame) {
        this.file = file;
        this.frame = frame;
    }

    /**
     * Walks forward while frames are valid.
     *
     * @param from a frame boundary
     * @param seqBefore sequence of the frame that ends there, -1 = none
     * @param size how much of the file to look at
     * @return true when the last frame ends at {@code size}
     */
    public boolean forward(long from, long seqBefore, long size) {
        lastSeq = seqBefore;
        end = from;
        frames = 0;
        while (end < size) {
            long before = end;
            if (!walkBlock(size) || end == before && !stepOverLarge(size)) {
                return false;
            }
        }
        return true;
    }

    /** After {@link #forward}: sequence of the last valid frame, or what was given as before. */
    long lastSeq() {
        return lastSeq;
    }

    /** After {@link #forward}: end of the last valid frame. */
    public long end() {
        return end;
    }

    /** How many frames the last walk passed. */
    public long frames() {
        return frames;
    }

    /**
     * Walks backward while frames are valid and start at or behind {@code floor}.
     *
     * @param from where a frame may end
     * @return start of the first frame of the valid chain; {@code from} when there is none
     */
    public long backward(long from, long floor) {
        frames = 0;
        long at = from;
        for (long start = frameBefore(at); start >= floor; start = frameBefore(at)) {
            at = start;
            frames++;
        }
        return at;
    }

    /** Start of the valid frame that ends at {@code frameEnd}, or -1. */
    private long frameBefore(long frameEnd) {
        long start = startNamedBefore(frameEnd);
        if (start < 0) {
            return -1;
        }
        file.read(start, block.asSlice(0, OffsetFrame.HEADER_BYTES));
        return start + frame.frameLength(frame.headerLength(block, 0)) == frameEnd ? start : -1;
    }

    /** Where the trailer that ends at {@code frameEnd} says its frame starts, or -1. */
    long startNamedBefore(long frameEnd) {
        if (frameEnd < frame.overheadBytes()) {
            return -1;
        }
        int trailer = frame.trailerBytes();
        file.read(frameEnd - trailer, block.asSlice(0, trailer));
        long start = frameEnd - frame.frameLength(frame.trailerLength(block, trailer));
        return start >= 0 && frame.endsAt(block, trailer, frameEnd) ? start : -1;
    }

    /** Length that the header at {@code at} names, or -1 when the file ends before it. */
    long lengthNamedAt(long at, long size) {
        if (at + OffsetFrame.HEADER_BYTES > size) {
            return -1;
        }
        file.read(at, block.asSlice(0, OffsetFrame.HEADER_BYTES));
        return frame.headerLength(block, 0);
    }

    /** Record length of the valid frame at {@code at}, or -1. */
    public long validLengthAt(long at, long size) {
        long length = lengthNamedAt(at, size);
        if (length < 0 || at + frame.frameLength(length) > size) {
            return -1;
        }
        return startNamedBefore(at + frame.frameLength(length)) == at ? length : -1;
    }

    /** Start of the first valid frame of at least one byte at or behind {@code from}, or -1. */
    long search(long from, long size) {
        long end = size - frame.overheadBytes(); // none starts here or behind
        if (window == null) {
            window = arena.allocate(WINDOW_BYTES, 8);
        }
        for (long base = dataFrom(from); base < end; ) {
            int filled = (int) Math.min(WINDOW_BYTES, size - base);
            file.read(base, window.asSlice(0, filled));
            int starts = (int) Math.min(filled - OffsetFrame.HEADER_BYTES + 1, end - base);
            for (int at = 0; at < starts; ) {
                if (at + 8 <= filled && window.get(ValueLayout.JAVA_LONG_UNALIGNED, at) == 0) {
                    at += 8 - OffsetFrame.HEADER_BYTES + 1;
                } else if (isFrame(frame.headerLength(window, at), base + at, size)) {
                    return base + at;
                } else {
                    at++;
                }
            }
            base = dataFrom(base + starts);
        }
        return -1;
    }

    private boolean isFrame(long length, long at, long size) {
        return length > 0 && at + frame.frameLength(length) <= size && validLengthAt(at, size) >= 0;
    }

    /** Where a length that is not 0 may stand: it may begin with zeros that a hole holds. */
    private long dataFrom(long offset) {
        return Math.max(offset, file.dataFrom(offset) - OffsetFrame.HEADER_BYTES + 1);
    }

    /** True when the file is zero from {@code offset} to the end of its sector. */
    boolean isSectorZeroFrom(long offset, long size) {
        return isZero(offset, offset + Sectors.BYTES - offset % Sectors.BYTES, size);
    }

    /** True when a range of at most a block, as far as the file has it, is zero. */
    boolean isZero(long from, long to, long size) {
        long length = Math.min(to, size) - from;
        if (length <= 0) {
            return false;
        }
        file.read(from, block.asSlice(0, length));
        return Sectors.isZero(block, 0, length);
    }

    /**
     * Looks for the first frame that holds a whole sector of zeros; {@link #lastSeq} and {@link
     * #end} are then those before it.
     *
     * @param from a frame boundary
     * @param to another, everything between is valid
     * @return false when there is none
     */
    boolean findZeroSector(long from, long seqBefore, long to) {
        lastSeq = seqBefore;
        for (end = from; end < to; ) {
            long next = end + frame.frameLength(lengthNamedAt(end, to));
            for (long at = end; at < next; at += BLOCK_BYTES) {
                long length = Math.min(BLOCK_BYTES, next - at);
                if (next - end >= Sectors.BYTES) {
                    file.read(at, block.asSlice(0, length));
                    if (Sectors.hasZero(block, 0, length, at)) {
                        return true;
                    }
                }
            }
            lastSeq = end;
            end = next;
        }
        return false;
    }

    private boolean walkBlock(long size) {
        int filled = (int) Math.min(BLOCK_BYTES, size - end);
        file.read(end, block.asSlice(0, filled));
        long base = end;
        long at = 0;
        long last = lastSeq;
        long passed = 0;
        long length = frame.checkAt(block, 0, filled, base);
        while (length >= 0) {
            last = base + at;
            at += frame.frameLength(length);
            passed++;
            length = frame.checkAt(block, at, filled, base + at);
        }
        lastSeq = last;
        end = base + at;
        frames += passed;
        return length == OffsetFrame.INCOMPLETE;
    }

    /** Passes the one frame at {@code end} that is larger than a block. */
    private boolean stepOverLarge(long size) {
        long length = validLengthAt(end, size);
        if (length < 0) {
            return false;
        }
        lastSeq = end;
        end += frame.frameLength(length);
        frames++;
        return true;
    }

    @Override
    public void close() {
        arena.close();
    }
}
