package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Header of a view's table: {@code header, blocks, fences}. A fence names a block: its first entry,
 * where it stands, its checksum; see {@link ViewFence} and {@link SortedFence}. docs/FORMAT.md,
 * "View table". Pure layout: no I/O.
 *
 * @param kind what the entries are
 * @param entries in the table
 * @param blocks how many
 * @param fencesCrc crc32c over all fences
 * @param firstSeq smallest sequence in the table
 * @param lastSeq largest sequence in the table
 * @param fencesOffset where the fences begin
 * @param fencesBytes their length; the file ends behind them
 */
//  0       8         12     16        24       28          32         40        48
//  | magic | version | zero | entries | blocks | fencesCrc | firstSeq | lastSeq | fencesOffset |
//  56            60
//  | fencesBytes | crc32c |
public record TableHeader(
        Kind kind,
        long entries,
        int blocks,
        int fencesCrc,
        long firstSeq,
        long lastSeq,
        long fencesOffset,
        int fencesBytes) {
    public static final int BYTES = 64;

    private static final int VERSION = 2;
    private static final int CRC_AT = BYTES - 4;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** What a table's entries are. */
    public enum Kind {
        /** 8A "MRVTAB" LF. */
        POSTINGS(0x0A42_4154_5652_4D8AL),
        /** 8A "MRVKEY" LF. */
        KEYS(0x0A59_454B_5652_4D8AL);

        private final long magic;

        Kind(long magic) {
            this.magic = magic;
        }
    }

    /** Writes the header and returns its checksum, which the manifest repeats. */
    public int put(MemorySegment to) {
        to.set(LONG, 0, kind.magic);
        to.set(INT, 8, VERSION);
        to.set(INT, 12, 0);
        to.set(LONG, 16, entries);
        to.set(INT, 24, blocks);
        to.set(INT, 28, fencesCrc);
        to.set(LONG, 32, firstSeq);
        to.set(LONG, 40, lastSeq);
        to.set(LONG, 48, fencesOffset);
        to.set(INT, 56, fencesBytes);
        int crc = BlockCrc.ofAll(to.asSlice(0, CRC_AT));
        to.set(INT, CRC_AT, crc);
        return crc;
    }

    /** Length of the whole file. */
    public long fileBytes() {
        return fencesOffset + fencesBytes;
    }

    /** Reads the header; null when it is not one with this checksum, or of another version. */
    public static TableHeader get(MemorySegment from, Kind kind, int crc) {
        boolean valid =
                from.get(LONG, 0) == kind.magic
                        && from.get(INT, 8) == VERSION
                        && from.get(INT, CRC_AT) == crc
                        && BlockCrc.ofAll(from.asSlice(0, CRC_AT)) == crc;
        if (!valid) {
            return null;
        }
        return new TableHeader(
                kind,
                from.get(LONG, 16),
                from.get(INT, 24),
                from.get(INT, 28),
                from.get(LONG, 32),
                from.get(LONG, 40),
                from.get(LONG, 48),
                from.get(INT, 56));
    }
}
