package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Walks the frames of a segment over copied blocks and checks each; the one scanner of recovery,
 * sealing, indexing, verification and compaction.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns one block; close it.
 */
final class WalWalk implements AutoCloseable {
    private static final int BLOCK_BYTES = 256 << 10;

    /** Why a walk ended. */
    enum Stop {
        /** At the limit, between two frames. */
        LIMIT,
        /** At zeros, or at the index frame: nothing was written from here on. */
        NOTHING,
        /** At bytes that are no valid frame. */
        INVALID
    }

    /** Sees every valid frame, control frames too. */
    interface Visitor {
        /**
         * @param block borrowed; the frame starts at {@code at}
         * @param offset of the frame in the file
         * @param bytes of the frame
         */
        void frame(MemorySegment block, long at, long offset, int bytes);
    }

    private final StoredFile file;
    private final WalSegment segment;
    private final BlockCrc crc = new BlockCrc();
    private Arena arena = Arena.ofShared();
    private MemorySegment block;
    private long offset;
    private WalWalk probe;

    WalWalk(WalSegment segment) {
        this.segment = segment;
        this.file = segment.file();
        this.block = arena.allocate(Math.clamp(file.size(), 4096, BLOCK_BYTES), 8);
    }

    /** Where the last walk stopped. */
    long offset() {
        return offset;
    }

    /** Walks from a frame boundary while frames are valid. */
    Stop run(long from, long limit, Visitor visitor) {
        offset = from;
        long wanted = BLOCK_BYTES;
        while (offset < limit) {
            long filled = Math.min(wanted, limit - offset);
            fill(offset, filled);
            long at = 0;
            int frame = check(at, filled);
            while (frame >= 0 && !isIndex(at)) {
                visitor.frame(block, at, offset + at, frame);
                at += frame;
                frame = check(at, filled);
            }
            offset += at;
            if (frame >= 0 || frame == WalFrame.NOTHING) {
                return Stop.NOTHING;
            }
            if (frame == WalFrame.INVALID) {
                return Stop.INVALID;
            }
            if (at == 0) {
                wanted = wantedForLargeFrame(filled);
                if (wanted > limit - offset) {
                    return Stop.INVALID;
                }
            } else {
                wanted = BLOCK_BYTES;
            }
        }
        return Stop.LIMIT;
    }

    /**
     * Looks for a valid frame, at every place where one may start.
     *
     * @return its offset at or behind {@code from}; {@code limit} when there is none
     */
    long search(long from, long limit) {
        long step = BLOCK_BYTES - WalFrame.HEADER_BYTES;
        for (long base = from; base < limit; base += step) {
            long filled = Math.min(BLOCK_BYTES, limit - base);
            fill(base, filled);
            for (long at = 0; at < step && at + WalFrame.HEADER_BYTES <= filled; at += 8) {
                if (WalFrame.looksLike(block, at, segment.expectedAt(base + at))
                        && isValid(base + at, limit)) {
                    return base + at;
                }
            }
        }
        return limit;
    }

    /** End of what is not zero, at least {@code from}. */
    long endOfContent(long from, long limit) {
        long end = from;
        for (long base = from; base < limit; base += BLOCK_BYTES) {
            long filled = Math.min(BLOCK_BYTES, limit - base);
            fill(base, filled);
            for (long at = filled - 1; at >= 0; at--) {
                if (block.get(ValueLayout.JAVA_BYTE, at) != 0) {
                    end = base + at + 1;
                    break;
                }
            }
        }
        return end;
    }

    @Override
    public void close() {
        if (probe != null) {
            probe.close();
        }
        arena.close();
    }

    /** Checks one frame elsewhere, without losing the block that is being searched. */
    private boolean isValid(long at, long limit) {
        if (probe == null) {
            probe = new WalWalk(segment);
        }
        return probe.isFrame(at, limit);
    }

    /** True when a valid frame starts there. */
    boolean isFrame(long at, long limit) {
        if (limit - at < WalFrame.HEADER_BYTES) {
            return false;
        }
        fill(at, WalFrame.HEADER_BYTES);
        long bytes = WalFrame.frameBytes(WalFrame.length(block, 0));
        if (bytes > limit - at) {
            return false;
        }
        ensure(bytes);
        fill(at, bytes);
        offset = at;
        return check(0, bytes) >= 0;
    }

    /** True when the frame that the bytes there describe ends within the limit. */
    boolean fits(long at, long limit) {
        fill(at, WalFrame.HEADER_BYTES);
        return WalFrame.frameBytes(WalFrame.length(block, 0)) <= limit - at;
    }

    /** The frame that {@link #isFrame} found, at 0. */
    MemorySegment block() {
        return block;
    }

    private boolean isIndex(long at) {
        return (WalFrame.flags(block, at) & WalFrame.INDEX) != 0;
    }

    private int check(long at, long filled) {
        return WalFrame.check(
                block, at, filled, segment.expectedAt(offset + at), segment.salt(), crc);
    }

    private long wantedForLargeFrame(long filled) {
        if (filled < WalFrame.HEADER_BYTES) {
            return Long.MAX_VALUE;
        }
        long bytes = WalFrame.frameBytes(WalFrame.length(block, 0));
        ensure(bytes);
        return bytes;
    }

    private void ensure(long bytes) {
        if (bytes > block.byteSize()) {
            arena.close();
            arena = Arena.ofShared();
            block = arena.allocate(bytes, 8);
        }
    }

    /** A file that was cut beneath us is shorter than its segment: that is the file's to tell. */
    private void fill(long from, long bytes) {
        ensure(bytes);
        file.read(from, block.asSlice(0, bytes));
        crc.over(block);
    }
}
