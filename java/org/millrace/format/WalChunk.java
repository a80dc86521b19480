package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The chunk table of a compressed or encrypted segment: where the pieces of its plain bytes stand.
 * It ends where the footer starts. docs/FORMAT.md, "Chunks".
 *
 * @param offset in the file
 * @param storedLength bytes in the file
 * @param plainLength bytes it stands for: {@link #PLAIN_BYTES}, fewer in the last chunk
 */
//  0        8              12
//  | offset | storedLength | plainLength |
public record WalChunk(long offset, int storedLength, int plainLength) {
    /** Bytes of a table entry. */
    public static final int BYTES = 16;

    /** Plain bytes of every chunk but the last. */
    public static final int PLAIN_BYTES = 64 << 10;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public void put(MemorySegment block, long at) {
        block.set(LONG, at, offset);
        block.set(INT, at + 8, storedLength);
        block.set(INT, at + 12, plainLength);
    }

    public static WalChunk get(MemorySegment block, long at) {
        return new WalChunk(block.get(LONG, at), block.get(INT, at + 8), block.get(INT, at + 12));
    }

    /** True when such a chunk can stand in a file of this size. */
    public boolean isPlausible(long fileSize) {
        return offset >= WalHeader.BYTES
                && storedLength >= 0
                && storedLength <= 2 * PLAIN_BYTES
                && plainLength > 0
                && plainLength <= PLAIN_BYTES
                && offset <= fileSize - storedLength;
    }
}
