package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Header and fences of a view's table: {@code header, blocks, fences}. A fence names a block: its
 * first posting, where it stands, its checksum. docs/FORMAT.md, "View table". Pure layout: no I/O.
 *
 * @param postings in the table; every block but the last holds {@link ViewBlock#POSTINGS_MAX}
 * @param blocks how many
 * @param fencesCrc crc32c over all fences
 * @param firstSeq smallest sequence in the table
 * @param lastSeq largest sequence in the table
 * @param fencesOffset where the fences begin; the file ends behind them
 */
//  0       8         12     16         24       28          32         40        48             56
//    60
//  | magic | version | zero | postings | blocks | fencesCrc | firstSeq | lastSeq | fencesOffset |
// zero | crc32c |
public record ViewTable(
        long postings, int blocks, int fencesCrc, long firstSeq, long lastSeq, long fencesOffset) {
    public static final int HEADER_BYTES = 64;

    /** Fence: | hash | order | tag above sequence | offset | length u32 | crc32c u32 |. */
    public static final int FENCE_BYTES = 40;

    public static final int FENCE_ORDER = 8;
    public static final int FENCE_SEQ = 16;
    public static final int FENCE_OFFSET = 24;
    public static final int FENCE_LENGTH = 32;
    public static final int FENCE_CRC = 36;

    /** In a fence the tag stands above so many bits of sequence. */
    public static final int SEQ_BITS = 53;

    /** 8A "MRVTAB" LF. */
    private static final long MAGIC = 0x0A42_4154_5652_4D8AL;

    private static final int VERSION = 1;
    private static final int CRC_AT = HEADER_BYTES - 4;
    public static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Writes the header and returns its checksum, which the manifest repeats. */
    public int put(MemorySegment to) {
        to.set(LONG, 0, MAGIC);
        to.set(INT, 8, VERSION);
        to.set(INT, 12, 0);
        to.set(LONG, 16, postings);
        to.set(INT, 24, blocks);
        to.set(INT, 28, fencesCrc);
        to.set(LONG, 32, firstSeq);
        to.set(LONG, 40, lastSeq);
        to.set(LONG, 48, fencesOffset);
        to.set(INT, 56, 0);
        int crc = BlockCrc.ofAll(to.asSlice(0, CRC_AT));
        to.set(INT, CRC_AT, crc);
        return crc;
    }

    /** Length of the whole file. */
    public long fileBytes() {
        return fencesOffset + (long) blocks * FENCE_BYTES;
    }

    /** Reads the header; null when it is not one with this checksum, or of another version. */
    public static ViewTable get(MemorySegment from, int crc) {
        boolean valid =
                from.get(LONG, 0) == MAGIC
                        && from.get(INT, 8) == VERSION
                        && from.get(INT, CRC_AT) == crc
                        && BlockCrc.ofAll(from.asSlice(0, CRC_AT)) == crc;
        if (!valid) {
            return null;
        }
        return new ViewTable(
                from.get(LONG, 16),
                from.get(INT, 24),
                from.get(INT, 28),
                from.get(LONG, 32),
                from.get(LONG, 40),
                from.get(LONG, 48));
    }
}
