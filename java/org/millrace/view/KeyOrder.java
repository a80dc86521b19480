package org.millrace.view;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The order of sorted keys: as unsigned bytes, a key before those that it begins; then by sequence.
 */
final class KeyOrder {
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private KeyOrder() {}

    static int compare(
            MemorySegment a, long aAt, int aLength, MemorySegment b, long bAt, int bLength) {
        int common = Math.min(aLength, bLength);
        long at = MemorySegment.mismatch(a, aAt, aAt + common, b, bAt, bAt + common);
        if (at >= 0) {
            return Byte.compareUnsigned(a.get(BYTE, aAt + at), b.get(BYTE, bAt + at));
        }
        return Integer.compare(aLength, bLength);
    }

    /** How many bytes both begin with. */
    static int shared(
            MemorySegment a, long aAt, int aLength, MemorySegment b, long bAt, int bLength) {
        int common = Math.min(aLength, bLength);
        long at = MemorySegment.mismatch(a, aAt, aAt + common, b, bAt, bAt + common);
        return at < 0 ? common : (int) at;
    }

    /**
     * A place between keys: behind all entries of {@code key} up to {@code seq}.
     *
     * @param key null = before everything when walking forward, behind everything in reverse
     */
    record Place(MemorySegment key, long seq) {
        static final Place END = new Place(null, 0);

        static Place before(MemorySegment key) {
            return new Place(key, -1);
        }

        static Place behind(MemorySegment key) {
            return new Place(key, Long.MAX_VALUE);
        }

        /** Whether an entry stands behind this place. */
        boolean isBelow(MemorySegment block, long at, int length, long entrySeq) {
            int order = compare(block, at, length, key, 0, (int) key.byteSize());
            return order > 0 || order == 0 && entrySeq > seq;
        }
    }
}
