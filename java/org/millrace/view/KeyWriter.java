package org.millrace.view;

import org.millrace.codec.Scratch;
import org.millrace.codec.Span;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes a key for {@link SortedKeys}: bytes that sort as the keys do. They are those that {@code
 * js-bindings/lib/keys.js} writes and reads; the order stands there.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> On the heap; reused from key to key.
 */
final class KeyWriter {
    private static final byte END = 0x01;
    private static final byte NUMBER = 0x14;
    private static final byte STRING = 0x18;
    private static final byte ARRAY = 0x1C;

    private static final ValueLayout.OfLong BITS =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Scratch scratch = new Scratch();
    private byte[] bytes = new byte[512];
    private MemorySegment memory = MemorySegment.ofArray(bytes);
    private int used;

    KeyWriter begin() {
        used = 0;
        return this;
    }

    /** Borrowed until the next is begun. */
    MemorySegment key() {
        return memory.asSlice(0, used);
    }

    KeyWriter array() {
        return put(ARRAY);
    }

    KeyWriter endArray() {
        return put(END);
    }

    KeyWriter number(double number) {
        put(NUMBER);
        room(Long.BYTES);
        long bits = Double.doubleToLongBits(number + 0.0);
        memory.set(BITS, used, bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
        used += Long.BYTES;
        return this;
    }

    KeyWriter text(Span text) {
        if (!text.escaped()) {
            return text(text, text.length());
        }
        text.decode(scratch);
        return text(scratch.memory(), 0, scratch.length());
    }

    /** The beginning of a text that stands in its record as it is. */
    KeyWriter text(Span text, int length) {
        return text(text.block(), text.offset(), length);
    }

    KeyWriter text(MemorySegment text) {
        return text(text, 0, (int) text.byteSize());
    }

    /** Ends with 0; a 0 in the text is followed by 255. */
    private KeyWriter text(MemorySegment from, long at, int length) {
        put(STRING);
        room(length * 2L);
        MemorySegment.copy(from, KeyOrder.BYTE, at, bytes, used, length);
        int end = used + length;
        for (int i = used; i < end; i++) {
            if (bytes[i] == 0) {
                System.arraycopy(bytes, i + 1, bytes, i + 2, end - i - 1);
                bytes[++i] = (byte) 255;
                end++;
            }
        }
        used = end;
        return put((byte) 0);
    }

    private KeyWriter put(byte octet) {
        room(1);
        bytes[used++] = octet;
        return this;
    }

    private void room(long more) {
        if (used + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(bytes.length * 2L, used + more));
            memory = MemorySegment.ofArray(bytes);
        }
    }
}
