package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads bytes of a record eight at a time, as little-endian words; hashes and compares them.
 *
 * <p>Every array here has {@link #SPARE} bytes behind its text, so that a word can be read at its
 * last byte. What is in them never matters.
 */
final class Words {
    /** So many bytes stand behind every text, at least. */
    static final int SPARE = 64;

    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfLong SEGMENT_WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long STEP = 0x9E37_79B9_7F4A_7C15L;
    private static final long LAST = 0xD6E8_FEB8_6659_FD93L;

    private Words() {}

    /** A constant text, with spare bytes behind it. */
    static byte[] ascii(String text) {
        byte[] bytes = new byte[text.length() + SPARE];
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, bytes, 0, ascii.length);
        return bytes;
    }

    static long word(byte[] bytes, int at) {
        return (long) WORD.get(bytes, at);
    }

    /** The first {@code count} (0..8) bytes at {@code at}, the rest zero. */
    static long head(byte[] bytes, int at, int count) {
        return count >= 8 ? word(bytes, at) : word(bytes, at) & (1L << (count << 3)) - 1;
    }

    /**
     * A keyed 64-bit hash. For tables over keys that an attacker may choose: keep the seed secret.
     */
    static long hash(byte[] bytes, int at, int length, long seed) {
        long hash = begin(length, seed);
        int end = at + length;
        int p = at;
        for (; p + 8 <= end; p += 8) {
            hash = step(hash, word(bytes, p), seed);
        }
        return last(hash, head(bytes, p, end - p), seed);
    }

    /** The same of bytes that stand elsewhere, with nothing spare behind them. */
    static long hash(MemorySegment block, long at, long length, long seed) {
        long hash = begin(length, seed);
        long end = at + length;
        long p = at;
        for (; p + 8 <= end; p += 8) {
            hash = step(hash, block.get(SEGMENT_WORD, p), seed);
        }
        long head = 0;
        for (long i = end - 1; i >= p; i--) {
            head = head << 8 | block.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
        }
        return last(hash, head, seed);
    }

    static boolean equal(byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
        if (aLength != bLength) {
            return false;
        }
        int p = 0;
        for (; p + 8 <= aLength; p += 8) {
            if (word(a, aOffset + p) != word(b, bOffset + p)) {
                return false;
            }
        }
        return head(a, aOffset + p, aLength - p) == head(b, bOffset + p, aLength - p);
    }

    static boolean isAscii(byte[] bytes, int at, int length) {
        long seen = 0;
        int end = at + length;
        int p = at;
        for (; p + 8 <= end; p += 8) {
            seen |= word(bytes, p);
        }
        return ((seen | head(bytes, p, end - p)) & 0x8080_8080_8080_8080L) == 0;
    }

    private static long begin(long length, long seed) {
        return fold(seed ^ length, STEP);
    }

    private static long step(long hash, long word, long seed) {
        return fold(hash ^ word, STEP ^ seed);
    }

    private static long last(long hash, long head, long seed) {
        return fold(hash ^ head, LAST ^ seed);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.multiplyHigh(a, b);
    }
}
