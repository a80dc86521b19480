package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One entry of a sealed segment's index: a frame boundary, every few KiB, ascending. It makes
 * reading backwards possible, and finding a record in a compacted segment. docs/FORMAT.md, "Index
 * frame".
 */
//  0          8
//  | sequence | offset |
public final class WalIndexEntry {
    public static final int BYTES = 16;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WalIndexEntry() {}

    public static void put(MemorySegment block, long at, long sequence, long offset) {
        block.set(LONG, at, sequence);
        block.set(LONG, at + 8, offset);
    }

    public static long sequence(MemorySegment block, long at) {
        return block.get(LONG, at);
    }

    public static long offset(MemorySegment block, long at) {
        return block.get(LONG, at + 8);
    }
}
