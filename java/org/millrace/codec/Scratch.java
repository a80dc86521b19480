package org.millrace.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Reused off-heap bytes that strings are decoded into when they do not stand in the block as they
 * are. Filled by {@link Span#decode}.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Owns its bytes; freed when unreachable. Grows to the longest string decoded, so
 * at most three times the longest record.
 */
public final class Scratch {
    private MemorySegment memory = Arena.ofAuto().allocate(1024, 8);
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
        return new String(
                memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    void clear() {
        length = 0;
    }

    void add(int octet) {
        room(1);
        memory.set(Words.BYTE, length++, (byte) octet);
    }

    void add(MemorySegment block, long at, int bytes) {
        room(bytes);
        MemorySegment.copy(block, at, memory, length, bytes);
        length += bytes;
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
    void addRepaired(MemorySegment block, long at, long bytes) {
        long end = at + bytes;
        for (long p = at; p < end; ) {
            int step = Utf8.sequence(block, p, end);
            if (step > 0) {
                add(block, p, step);
            } else {
                addCodePoint(0xFFFD);
            }
            p += Math.abs(step);
        }
    }

    private void room(int bytes) {
        long needed = (long) length + bytes;
        if (needed > memory.byteSize()) {
            var larger = Arena.ofAuto().allocate(Math.max(needed, memory.byteSize() * 2), 8);
            MemorySegment.copy(memory, 0, larger, 0, length);
            memory = larger;
        }
    }
}
