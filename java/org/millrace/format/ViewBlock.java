package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One block of a view's table: up to 256 postings, column by column, each column as differences
 * from its smallest value in as few bits as the largest needs. Any posting can be read alone.
 * docs/FORMAT.md, "View table". Pure layout: no I/O.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Borrows the block it stands over.
 */
//  0       2                          42                       end
//  | count | 4 x (base, shift, width) | columns, to bytes each | 8 zeros
public final class ViewBlock {
    /** Which column. Hashes are unsigned, the others signed. */
    public static final int HASH = 0;

    public static final int ORDER = 1;
    public static final int SEQ = 2;

    /** 10 bits of the key's second hash above 10 bits of flags. */
    public static final int MARKS = 3;

    public static final int COLUMNS = 4;
    public static final int POSTINGS_MAX = 256;

    /** No block is larger. */
    public static final int BYTES_MAX = 8256;

    private static final int COLUMN_BYTES = 10;
    private static final int HEADER_BYTES = 2 + COLUMNS * COLUMN_BYTES;

    /** So that a word can be read at the last bit. */
    private static final int TRAILER_BYTES = 8;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static {
        if (HEADER_BYTES + COLUMNS * POSTINGS_MAX * 8 + TRAILER_BYTES > BYTES_MAX) {
            throw new ExceptionInInitializerError("a view block can outgrow its room");
        }
    }

    private MemorySegment block;
    private int count;
    private final long[] bases = new long[COLUMNS];
    private final int[] shifts = new int[COLUMNS];
    private final int[] widths = new int[COLUMNS];
    private final long[] starts = new long[COLUMNS];

    /** Empty. */
    public ViewBlock() {}

    /** Stands over the block at the beginning of {@code memory}, which must have been checked. */
    public void over(MemorySegment memory) {
        block = memory;
        count = memory.get(SHORT, 0) & 0xFFFF;
        long start = HEADER_BYTES;
        for (int c = 0; c < COLUMNS; c++) {
            long at = 2 + c * COLUMN_BYTES;
            bases[c] = memory.get(LONG, at);
            shifts[c] = memory.get(BYTE, at + 8);
            widths[c] = memory.get(BYTE, at + 9);
            starts[c] = start;
            start += bytes(count, widths[c]);
        }
    }

    public int count() {
        return count;
    }

    public long get(int column, int posting) {
        int width = widths[column];
        if (width == 0) {
            return bases[column];
        }
        long bit = (long) posting * width;
        long at = starts[column] + (bit >>> 3);
        int skip = (int) bit & 7;
        long word = block.get(LONG, at) >>> skip;
        if (skip + width > 64) {
            word |= (block.get(BYTE, at + 8) & 0xFFL) << 64 - skip;
        }
        return bases[column] + ((word & -1L >>> 64 - width) << shifts[column]);
    }

    /**
     * Writes a block.
     *
     * @param columns sorted by hash; {@code count} values each
     * @return its length in bytes
     */
    public static int put(long[][] columns, int count, MemorySegment to, long at) {
        to.set(SHORT, at, (short) count);
        long start = at + HEADER_BYTES;
        for (int c = 0; c < COLUMNS; c++) {
            start = putColumn(columns[c], c, count, to, at + 2 + c * COLUMN_BYTES, start);
        }
        to.set(LONG, start, 0);
        return (int) (start + TRAILER_BYTES - at);
    }

    private static long putColumn(
            long[] values, int column, int count, MemorySegment to, long head, long start) {
        long base = values[0];
        for (int i = 1; column != HASH && i < count; i++) {
            base = Math.min(base, values[i]);
        }
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= values[i] - base;
        }
        int shift = bits == 0 ? 0 : Long.numberOfTrailingZeros(bits);
        int width = 64 - Long.numberOfLeadingZeros(bits >>> shift);
        to.set(LONG, head, base);
        to.set(BYTE, head + 8, (byte) shift);
        to.set(BYTE, head + 9, (byte) width);
        long word = 0;
        int filled = 0;
        long at = start;
        for (int i = 0; width > 0 && i < count; i++) {
            long value = values[i] - base >>> shift;
            word |= value << filled;
            filled += width;
            if (filled >= 64) {
                to.set(LONG, at, word);
                at += 8;
                filled -= 64;
                word = filled == 0 ? 0 : value >>> width - filled;
            }
        }
        to.set(LONG, at, word);
        return start + bytes(count, width);
    }

    private static long bytes(int count, int width) {
        return (long) count * width + 7 >>> 3;
    }
}
