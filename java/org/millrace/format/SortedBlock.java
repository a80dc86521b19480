package org.millrace.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One block of a table of sorted keys, unpacked: keys, each with the sequence of the record that it
 * leads to. A key is written as how much of the one before it begins with, and the rest.
 * docs/FORMAT.md, "View keys". Pure layout: no I/O.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns a copy of the keys; grows to the largest block.
 */
//  | count u16 | entry ... |        entry: | shared varint | rest varint | sequence varint | bytes
// |
public final class SortedBlock {
    /** A block is ended when it has grown to this. */
    public static final int BYTES_WANTED = 4096;

    /** The longest key. */
    public static final int KEY_BYTES_MAX = 32 * 1024;

    /** The longest entry: three varints and a key. */
    public static final int ENTRY_BYTES_MAX = KEY_BYTES_MAX + 20;

    /** No block is larger. */
    public static final int BYTES_MAX = BYTES_WANTED + ENTRY_BYTES_MAX;

    public static final int HEADER_BYTES = 2;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MemorySegment keys = Arena.ofAuto().allocate(8 * 1024, 8);
    private int[] starts = new int[128];
    private long[] seqs = new long[128];
    private int count;
    private MemorySegment from;
    private long at;

    /** Empty. */
    public SortedBlock() {}

    public int count() {
        return count;
    }

    /** What the keys stand in. */
    public MemorySegment keys() {
        return keys;
    }

    public long start(int entry) {
        return starts[entry];
    }

    public int length(int entry) {
        return starts[entry + 1] - starts[entry];
    }

    public long seq(int entry) {
        return seqs[entry];
    }

    /** Unpacks the block at the beginning of {@code block}, which must have been checked. */
    public void unpack(MemorySegment block) {
        from = block;
        at = HEADER_BYTES;
        count = block.get(SHORT, 0) & 0xFFFF;
        if (count >= starts.length) {
            starts = new int[count * 2];
            seqs = new long[count * 2];
        }
        int used = 0;
        for (int i = 0; i < count; i++) {
            int shared = (int) varint();
            int rest = (int) varint();
            seqs[i] = varint();
            room(used + shared + rest, used);
            if (shared > 0) {
                MemorySegment.copy(keys, starts[i - 1], keys, used, shared);
            }
            MemorySegment.copy(from, at, keys, used + shared, rest);
            starts[i] = used;
            at += rest;
            used += shared + rest;
        }
        starts[count] = used;
        from = null;
    }

    /**
     * Writes an entry.
     *
     * @param shared how many bytes of the key before this one begins with; 0 for a block's first
     * @return where the next entry belongs
     */
    public static long put(
            MemorySegment to,
            long at,
            MemorySegment key,
            long start,
            int length,
            int shared,
            long seq) {
        long next = putVarint(to, at, shared);
        next = putVarint(to, next, length - shared);
        next = putVarint(to, next, seq);
        MemorySegment.copy(key, start + shared, to, next, length - shared);
        return next + length - shared;
    }

    public static void putCount(MemorySegment to, long at, int count) {
        to.set(SHORT, at, (short) count);
    }

    private static long putVarint(MemorySegment to, long at, long value) {
        long rest = value;
        long next = at;
        for (; rest > 0x7F; rest >>>= 7) {
            to.set(BYTE, next++, (byte) (rest | 0x80));
        }
        to.set(BYTE, next++, (byte) rest);
        return next;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get(BYTE, at++);
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private void room(int bytes, int used) {
        if (bytes > keys.byteSize()) {
            var larger = Arena.ofAuto().allocate(Math.max(bytes, keys.byteSize() * 2), 8);
            MemorySegment.copy(keys, 0, larger, 0, used);
            keys = larger;
        }
    }

    @Override
    public String toString() {
        return count + " keys " + Arrays.toString(Arrays.copyOf(seqs, count));
    }
}
