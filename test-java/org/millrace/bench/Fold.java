package org.millrace.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Shows that a record was read: its length, first and last word. Cheap, so that it does not hide
 * what is measured; the same for every store, and order matters.
 */
final class Fold {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private Fold() {}

    static long of(long sum, MemorySegment block, long start, int length) {
        return words(sum, block.get(WORD, start), block.get(WORD, start + length - 8), length);
    }

    /** The same from words that the store's own buffer gave. */
    static long words(long sum, long first, long last, int length) {
        return sum * 31 + (first ^ last ^ length);
    }
}
