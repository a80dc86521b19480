package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What stands before each decrypted record in a view's side log. docs/FORMAT.md, "Decrypted
 * records". Pure layout: no I/O.
 *
 * @param seq of the record in the log
 * @param recordCrc crc32c of the record there, so that it is found again when it has moved
 * @param length of the bytes that follow
 * @param bodyCrc crc32c of them; another one when they were erased
 */
//  0     8           12       16        20          24
//  | seq | recordCrc | length | bodyCrc | headerCrc | bytes ...
public record RevealedEntry(long seq, int recordCrc, int length, int bodyCrc) {
    public static final int HEADER_BYTES = 24;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The header alone. */
    public MemorySegment toBytes() {
        var bytes = MemorySegment.ofArray(new byte[HEADER_BYTES]);
        bytes.set(LONG, 0, seq);
        bytes.set(INT, 8, recordCrc);
        bytes.set(INT, 12, length);
        bytes.set(INT, 16, bodyCrc);
        bytes.set(INT, 20, BlockCrc.ofAll(bytes.asSlice(0, 20)));
        return bytes;
    }

    /** Reads a header; null when it is damaged. */
    public static RevealedEntry of(MemorySegment bytes) {
        if (bytes.get(INT, 20) != BlockCrc.ofAll(bytes.asSlice(0, 20))) {
            return null;
        }
        return new RevealedEntry(
                bytes.get(LONG, 0), bytes.get(INT, 8), bytes.get(INT, 12), bytes.get(INT, 16));
    }
}
