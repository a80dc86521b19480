package org.millrace.log.block;

import org.millrace.format.BlockFormat;

import java.lang.foreign.MemorySegment;

/** Where the records of one block start: a bit per byte of it. Immutable. */
final class BlockStarts {
    private final long blockStart;
    private final int generation;
    private final long[] bits;
    private final int end;
    private final boolean damaged;

    /**
     * @param generation how often records had moved before its bytes were read
     * @param block its bytes; fewer than a block when the log ends in it
     */
    BlockStarts(long blockStart, int generation, MemorySegment block, BlockFormat format) {
        this.blockStart = blockStart;
        this.generation = generation;
        int available = (int) block.byteSize();
        this.bits = new long[(available + 63) / 64];
        int at = 0;
        while (at + BlockFormat.HEADER_BYTES <= available) {
            int length = format.lengthAt(block, at, at);
            if (length <= 0 || at + BlockFormat.HEADER_BYTES + length > available) {
                break;
            }
            bits[at >> 6] |= 1L << (at & 63);
            at += BlockFormat.HEADER_BYTES + length;
        }
        this.end = at;
        this.damaged =
                at + BlockFormat.HEADER_BYTES <= available
                        && !BlockFormat.isZero(block, at, available);
    }

    /** True when these are of that block, and no record has moved since. */
    boolean isOf(long wantedStart, int wantedGeneration) {
        return blockStart == wantedStart && generation == wantedGeneration;
    }

    /** Offset in the block behind its last good record. */
    int end() {
        return end;
    }

    /** True when something stands at {@link #end} that is no record. */
    boolean isDamaged() {
        return damaged;
    }

    /** Length of the record that starts at {@code inBlock}; 0 = none does. */
    int length(int inBlock) {
        if (inBlock >= end || (bits[inBlock >> 6] >>> (inBlock & 63) & 1) == 0) {
            return 0;
        }
        return next(inBlock + 1) - inBlock - BlockFormat.HEADER_BYTES;
    }

    private int next(int from) {
        int word = from >> 6;
        if (word >= bits.length) {
            return end;
        }
        long rest = bits[word] & -1L << (from & 63);
        while (rest == 0) {
            if (++word == bits.length) {
                return end;
            }
            rest = bits[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(rest);
    }
}
