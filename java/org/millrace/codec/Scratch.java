package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reused bytes that strings are decoded into when they do not stand in the record as they are.
 * Filled by {@link Span#decode}.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> On the heap. Grows to the longest string decoded, so at most three times the
 * longest record; what a very long one took is given back.
 */
public final class Scratch {
    private static final int BYTES_MIN = 1024;
    private static final int BYTES_KEPT = 1 << 20;

    private byte[] bytes = new byte[BYTES_MIN];
    private MemorySegment memory = MemorySegment.ofArray(bytes);
    private final boolean keepSurrogates;
    private int length;

    public Scratch() {
        this(false);
    }

    /**
     * For keys, which are compared and never handed out: with {@code keepSurrogates} a lone
     * surrogate keeps its value, in three bytes that no UTF-8 has, since {@code "\ud800"} and
     * {@code "\ud801"} are two keys.
     */
    Scratch(boolean keepSurrogates) {
        this.keepSurrogates = keepSurrogates;
    }

    /** The decoded bytes stand at 0 .. {@link #length} of this. Changes when the scratch grows. */
    public MemorySegment memory() {
        return memory;
    }

    public int length() {
        return length;
    }

    /** The bytes as text, for messages and tests. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** As {@link #memory}, with {@link Words#SPARE} bytes behind the last one. */
    byte[] bytes() {
        return bytes;
    }

    void clear() {
        length = 0;
        if (bytes.length > BYTES_KEPT) {
            resize(BYTES_MIN);
        }
    }

    void add(int octet) {
        room(1);
        bytes[length++] = (byte) octet;
    }

    void add(byte[] from, int at, int count) {
        room(count);
        System.arraycopy(from, at, bytes, length, count);
        length += count;
    }

    /** Adds a code point as UTF-8; a lone surrogate becomes U+FFFD, as Node's Buffer has it. */
    void addCodePoint(int point) {
        boolean isLone = point >= 0xD800 && point <= 0xDFFF;
        int c = isLone && !keepSurrogates ? 0xFFFD : point;
        if (c < 0x80) {
            add(c);
        } else if (c < 0x800) {
            add(0xC0 | c >> 6);
            add(0x80 | c & 0x3F);
        } else if (c < 0x10000) {
            add(0xE0 | c >> 12);
            add(0x80 | c >> 6 & 0x3F);
            add(0x80 | c & 0x3F);
        } else {
            add(0xF0 | c >> 18);
            add(0x80 | c >> 12 & 0x3F);
            add(0x80 | c >> 6 & 0x3F);
            add(0x80 | c & 0x3F);
        }
    }

    /** Adds bytes with every ill-formed part replaced. */
    void addRepaired(byte[] from, int at, int count) {
        int end = at + count;
        for (int p = at; p < end; ) {
            int step = Utf8.sequence(from, p, end);
            if (step > 0) {
                add(from, p, step);
            } else {
                addCodePoint(0xFFFD);
            }
            p += Math.abs(step);
        }
    }

    private void room(int more) {
        int needed = length + more + Words.SPARE;
        if (needed > bytes.length) {
            resize(Math.max(needed, bytes.length * 2));
        }
    }

    private void resize(int size) {
        bytes = Arrays.copyOf(bytes, size);
        memory = MemorySegment.ofArray(bytes);
    }
}
