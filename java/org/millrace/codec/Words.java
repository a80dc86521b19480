package org.millrace.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads bytes of a block eight at a time, as little-endian words; hashes and compares them. */
final class Words {
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long STEP = 0x9E37_79B9_7F4A_7C15L;
    private static final long LAST = 0xD6E8_FEB8_6659_FD93L;

    private Words() {}

    /** A constant text, off-heap as the blocks are: the JIT then sees one kind of memory. */
    static MemorySegment ascii(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        var memory = Arena.global().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, memory, BYTE, 0, bytes.length);
        return memory;
    }

    /** The word at {@code at}; all eight bytes must be inside the block. */
    static long word(MemorySegment block, long at) {
        return block.get(WORD, at);
    }

    /** The first {@code bytes} (0..8) at {@code at}, the rest zero. Stays inside the block. */
    static long head(MemorySegment block, long at, int bytes) {
        if (bytes >= 8) {
            return block.get(WORD, at);
        }
        if (at + 8 <= block.byteSize()) {
            return block.get(WORD, at) & ((1L << (bytes << 3)) - 1);
        }
        long word = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            word = word << 8 | (block.get(BYTE, at + i) & 0xFF);
        }
        return word;
    }

    /**
     * A keyed 64-bit hash. For tables over keys that an attacker may choose: keep the seed secret.
     */
    static long hash(MemorySegment block, long at, long length, long seed) {
        long hash = fold(seed ^ length, STEP);
        long end = at + length;
        long p = at;
        for (; p + 8 <= end; p += 8) {
            hash = fold(hash ^ block.get(WORD, p), STEP ^ seed);
        }
        return fold(hash ^ head(block, p, (int) (end - p)), LAST ^ seed);
    }

    static boolean equal(
            MemorySegment a,
            long aOffset,
            long aLength,
            MemorySegment b,
            long bOffset,
            long bLength) {
        if (aLength != bLength) {
            return false;
        }
        long p = 0;
        for (; p + 8 <= aLength; p += 8) {
            if (a.get(WORD, aOffset + p) != b.get(WORD, bOffset + p)) {
                return false;
            }
        }
        int rest = (int) (aLength - p);
        return head(a, aOffset + p, rest) == head(b, bOffset + p, rest);
    }

    static boolean isAscii(MemorySegment block, long at, int length) {
        long seen = 0;
        long end = at + length;
        long p = at;
        for (; p + 8 <= end; p += 8) {
            seen |= block.get(WORD, p);
        }
        return ((seen | head(block, p, (int) (end - p))) & 0x8080_8080_8080_8080L) == 0;
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.multiplyHigh(a, b);
    }
}
