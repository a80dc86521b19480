package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The side file that says how far an offset log was whole and durable, so that opening it need not
 * read it all. Advisory: any doubt, and the log is walked from its start. docs/FORMAT.md,
 * "Checkpoint of an offset log".
 *
 * @param codec of the log
 * @param end where the last frame ends
 * @param lastSeq where it starts, -1 = none
 * @param frameCrc CRC32C of that frame, 0 if none
 * @param strictTail true: no record behind {@code end} was acknowledged that holds a whole sector
 *     of zeros, so one that does lost it in a power cut
 */
//  0        4         8        16       24         28            32
//  | "MRCO" | version | end    | lastSeq| frameCrc | codec, flag | crc32c of the bytes before |
public record OffsetCheckpoint(
        OffsetCodec codec, long end, long lastSeq, int frameCrc, boolean strictTail) {
    /** Length of the file. */
    public static final int BYTES = 36;

    private static final int MAGIC = 0x4D52434F;
    private static final int VERSION = 1;
    private static final int STRICT_TAIL = 1 << 8;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Writes all {@link #BYTES}. */
    public void encode(MemorySegment to) {
        to.set(INT, 0, MAGIC);
        to.set(INT, 4, VERSION);
        to.set(LONG, 8, end);
        to.set(LONG, 16, lastSeq);
        to.set(INT, 24, frameCrc);
        to.set(INT, 28, codec.ordinal() | (strictTail ? STRICT_TAIL : 0));
        to.set(INT, 32, crcOf(to));
    }

    /** What {@link #encode} wrote; null for anything else, another version included. */
    public static OffsetCheckpoint decode(MemorySegment from) {
        if (from.byteSize() != BYTES
                || from.get(INT, 0) != MAGIC
                || from.get(INT, 4) != VERSION
                || from.get(INT, 32) != crcOf(from)) {
            return null;
        }
        var codecs = OffsetCodec.values();
        boolean strictTail = (from.get(INT, 28) & STRICT_TAIL) != 0;
        int codec = from.get(INT, 28) & ~STRICT_TAIL;
        if (codec < 0 || codec >= codecs.length) {
            return null;
        }
        return new OffsetCheckpoint(
                codecs[codec],
                from.get(LONG, 8),
                from.get(LONG, 16),
                from.get(INT, 24),
                strictTail);
    }

    private static int crcOf(MemorySegment bytes) {
        var crc = new CRC32C();
        crc.update(bytes.asSlice(0, 32).asByteBuffer());
        return (int) crc.getValue();
    }
}
