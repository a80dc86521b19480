package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The last 64 bytes of a sealed segment: nothing in the file changes any more, and where its frames
 * end. Everything here can be computed again from the frames. docs/FORMAT.md, "Segment footer".
 *
 * @param endOffset where the frames end and the index frame starts, in the plain file
 * @param lastSequence of the last record, also when a compaction dropped it; -1 when it held none
 * @param nextSequence first sequence of the segment behind this one
 * @param records how many
 * @param sealedMs wall clock, milliseconds since 1970
 * @param frameCrcs checksum over the checksums of all frames, in order
 * @param chunks entries of the chunk table before the footer; 0 = plain
 */
//  0       8           16             24             32        40         48          52       56
//  | magic | endOffset | lastSequence | nextSequence | records | sealedMs | frameCrcs | chunks |
//  56     60
//  | zero | crc32c |
public record WalFooter(
        long endOffset,
        long lastSequence,
        long nextSequence,
        long records,
        long sealedMs,
        int frameCrcs,
        int chunks) {
    public static final int BYTES = 64;

    /** 8A "MRSEAL" LF. */
    private static final long MAGIC = 0x0A4C_4145_5352_4D8AL;

    private static final int CRC_AT = BYTES - 4;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The footer of the same content in chunks. */
    public WalFooter withChunks(int value) {
        return new WalFooter(
                endOffset, lastSequence, nextSequence, records, sealedMs, frameCrcs, value);
    }

    /**
     * Writes the footer.
     *
     * @param salt of the segment, so that another one's footer is not taken for this one's
     */
    public void put(MemorySegment block, long at, int salt) {
        block.set(LONG, at, MAGIC);
        block.set(LONG, at + 8, endOffset);
        block.set(LONG, at + 16, lastSequence);
        block.set(LONG, at + 24, nextSequence);
        block.set(LONG, at + 32, records);
        block.set(LONG, at + 40, sealedMs);
        block.set(INT, at + 48, frameCrcs);
        block.set(INT, at + 52, chunks);
        block.set(INT, at + 56, 0);
        block.set(INT, at + CRC_AT, salt);
        block.set(INT, at + CRC_AT, BlockCrc.ofAll(block.asSlice(at, BYTES)));
    }

    /** Reads the footer at {@code at} of a block that may be written to; null = there is none. */
    public static WalFooter get(MemorySegment block, long at, int salt) {
        int stated = block.get(INT, at + CRC_AT);
        block.set(INT, at + CRC_AT, salt);
        boolean valid =
                block.get(LONG, at) == MAGIC && BlockCrc.ofAll(block.asSlice(at, BYTES)) == stated;
        block.set(INT, at + CRC_AT, stated);
        if (!valid) {
            return null;
        }
        return new WalFooter(
                block.get(LONG, at + 8),
                block.get(LONG, at + 16),
                block.get(LONG, at + 24),
                block.get(LONG, at + 32),
                block.get(LONG, at + 40),
                block.get(INT, at + 48),
                block.get(INT, at + 52));
    }
}
