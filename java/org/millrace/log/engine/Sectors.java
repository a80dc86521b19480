package org.millrace.log.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The unit in which a power cut loses bytes: an aligned sector of 512, which then reads as zeros.
 *
 * <p>A format without checksums cannot see a sector that was lost inside a record, so at levels
 * that promise to survive a power cut a record that holds such a sector itself is acknowledged only
 * once a checkpoint covers it, and recovery takes any behind the checkpoint for lost.
 */
public final class Sectors {
    public static final int BYTES = 512;

    private Sectors() {}

    /**
     * True when a whole aligned sector of the file is zero within a range.
     *
     * @param at where the range starts in the block
     * @param offset where it starts in the file
     */
    public static boolean hasZero(MemorySegment block, long at, long length, long offset) {
        long skip = -offset & BYTES - 1;
        for (long s = at + skip; s + BYTES <= at + length; s += BYTES) {
            if (isZero(block, s, BYTES)) {
                return true;
            }
        }
        return false;
    }

    public static boolean isZero(MemorySegment block, long at, long length) {
        for (long i = 0; i < length; i++) {
            if (block.get(ValueLayout.JAVA_BYTE, at + i) != 0) {
                return false;
            }
        }
        return true;
    }
}
