package org.millrace.view;

import org.millrace.codec.KeyedHash;
import org.millrace.codec.Scratch;
import org.millrace.codec.Span;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/**
 * Texts that a view must be able to list (authors, types, channels, words), numbered 0, 1, 2 ... in
 * the order in which they came. An {@link Index} knows only hashes of its keys.
 *
 * <p><b>Threads.</b> As the view's: one writer, not beside readers.
 *
 * <p><b>Memory.</b> Off-heap text, and 8 to 16 bytes a text on the heap.
 *
 * <p><b>Limits.</b> A text: {@value #TEXT_BYTES_MAX} bytes. All of them: 64 MiB.
 */
public final class Dictionary {
    /** What is longer gets no number. */
    public static final int TEXT_BYTES_MAX = 255;

    private static final long BYTES_MAX = 64L << 20;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final LongSupplier seed;
    private final Scratch scratch = new Scratch();
    private Arena arena = Arena.ofShared();

    /**
     * Texts one behind the other: | length u8 | bytes |; as in the file. A word can be read at the
     * last byte.
     */
    private MemorySegment texts = arena.allocate(4096, 8);

    private int bytes;
    private int[] starts = new int[64];
    private int count;

    /** Open addressing; number + 1, 0 = free. */
    private int[] slots = new int[256];

    private final CRC32C crc = new CRC32C();

    /** Hashes with a random, secret seed; one that changes only while this is empty. */
    Dictionary(LongSupplier seed) {
        this.seed = seed;
    }

    /** How many texts there are. */
    public int count() {
        return count;
    }

    /**
     * The number of a string, which gets one if need be; -1 when it is too long, or none is left.
     */
    public int number(Span text) {
        if (!text.escaped()) {
            return add(text.block(), text.offset(), text.length());
        }
        text.decode(scratch);
        return add(scratch.memory(), 0, scratch.length());
    }

    /** The same of UTF-8 text; no text gets a number when there are {@code max}. */
    public int number(MemorySegment text, long at, long length, int max) {
        return count < max ? add(text, at, length) : slots[slot(text, at, length)] - 1;
    }

    /** The number of UTF-8 text; -1 when it has none. Safe from many readers. */
    public int find(MemorySegment text) {
        return slots[slot(text, 0, text.byteSize())] - 1;
    }

    /**
     * The first number from {@code from} on whose text begins so; -1 when there is none. Looks at
     * one text after the other, mostly at its first bytes only. Safe from many readers.
     */
    public int next(MemorySegment beginning, int from) {
        int length = (int) beginning.byteSize();
        long mask = length >= Long.BYTES ? -1 : (1L << 8 * length) - 1;
        long head = 0;
        for (int i = Math.min(length, Long.BYTES) - 1; i >= 0; i--) {
            head = head << 8 | beginning.get(BYTE, i) & 0xFF;
        }
        for (int number = from; number < count; number++) {
            int start = starts[number];
            if ((texts.get(WORD, start + 1) & mask) == head && begins(start, beginning, length)) {
                return number;
            }
        }
        return -1;
    }

    private boolean begins(int start, MemorySegment beginning, int length) {
        long text = start + 1L;
        return (texts.get(BYTE, start) & 0xFF) >= length
                && MemorySegment.mismatch(texts, text, text + length, beginning, 0, length) < 0;
    }

    /** The UTF-8 bytes of a text. */
    public MemorySegment bytes(int number) {
        int start = starts[number];
        return texts.asSlice(start + 1, texts.get(BYTE, start) & 0xFF);
    }

    public String text(int number) {
        return new String(bytes(number).toArray(BYTE), StandardCharsets.UTF_8);
    }

    /** Checksum of all bytes of its file. */
    int fileCrc() {
        return (int) crc.getValue();
    }

    /** What its file lacks, copied. */
    MemorySegment fileBytes(int from) {
        return MemorySegment.ofArray(texts.asSlice(from, bytes - from).toArray(BYTE));
    }

    /** Takes a file's bytes; false when they do not have this checksum. */
    boolean restore(MemorySegment file, int wantedCrc) {
        clear();
        int size = (int) file.byteSize();
        for (int at = 0; at < size; ) {
            int length = file.get(BYTE, at) & 0xFF;
            if (at + 1 + length > size) {
                return false;
            }
            add(file, at + 1, length);
            at += 1 + length;
        }
        return bytes == size && fileCrc() == wantedCrc;
    }

    void clear() {
        bytes = 0;
        count = 0;
        crc.reset();
        Arrays.fill(slots, 0);
    }

    void close() {
        arena.close();
    }

    private int add(MemorySegment text, long at, long length) {
        int slot = slot(text, at, length);
        if (slots[slot] != 0) {
            return slots[slot] - 1;
        }
        if (length > TEXT_BYTES_MAX || bytes + length + 1 > BYTES_MAX) {
            return -1;
        }
        append(text, at, (int) length);
        slots[slot] = count;
        if (count * 2 > slots.length) {
            growSlots();
        }
        return count - 1;
    }

    private void append(MemorySegment text, long at, int length) {
        room(length + 1);
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
        }
        starts[count++] = bytes;
        texts.set(BYTE, bytes, (byte) length);
        MemorySegment.copy(text, at, texts, bytes + 1, length);
        crc.update(texts.asSlice(bytes, length + 1).asByteBuffer());
        bytes += length + 1;
    }

    private void room(int more) {
        if (bytes + more + Long.BYTES <= texts.byteSize()) {
            return;
        }
        var larger = Arena.ofShared();
        var room = larger.allocate(texts.byteSize() * 2, 8);
        MemorySegment.copy(texts, 0, room, 0, bytes);
        arena.close();
        arena = larger;
        texts = room;
    }

    /** The slot that holds the text, or the free one where it belongs. */
    private int slot(MemorySegment text, long at, long length) {
        int slot = (int) KeyedHash.of(text, at, length, seed.getAsLong()) & slots.length - 1;
        while (slots[slot] != 0 && !equal(slots[slot] - 1, text, at, length)) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    private boolean equal(int number, MemorySegment text, long at, long length) {
        int start = starts[number];
        return (texts.get(BYTE, start) & 0xFF) == length
                && MemorySegment.mismatch(
                                texts, start + 1, start + 1 + length, text, at, at + length)
                        < 0;
    }

    private void growSlots() {
        slots = new int[slots.length * 2];
        for (int number = 0; number < count; number++) {
            int length = texts.get(BYTE, starts[number]) & 0xFF;
            slots[slot(texts, starts[number] + 1, length)] = number + 1;
        }
    }
}
