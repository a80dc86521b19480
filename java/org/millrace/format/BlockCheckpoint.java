package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The side file that says how far a block log was whole and durable. Advisory: any doubt, and the
 * log is walked from its start. docs/FORMAT.md, "Checkpoint of a block log". Pure layout: no I/O.
 *
 * @param blockBytes block size of the log
 * @param end offset behind the last record
 * @param structure CRC32C of the lengths in the last block, 0 if there is none
 */
//  0        4         8            12          16    24
//  | "MRCB" | version | blockBytes | structure | end | crc32c of the bytes before |
public record BlockCheckpoint(int blockBytes, long end, int structure) {
    /** Length of one slot; the file has two, 512 bytes apart. */
    public static final int BYTES = 28;

    private static final int MAGIC = 0x4D524342;
    private static final int VERSION = 1;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    public MemorySegment toBytes() {
        var bytes = MemorySegment.ofArray(new byte[BYTES]);
        bytes.set(INT, 0, MAGIC);
        bytes.set(INT, 4, VERSION);
        bytes.set(INT, 8, blockBytes);
        bytes.set(INT, 12, structure);
        bytes.set(LONG, 16, end);
        bytes.set(INT, 24, crcOf(bytes));
        return bytes;
    }

    /** What {@link #toBytes} gave; null for anything else, another version included. */
    public static BlockCheckpoint of(MemorySegment bytes) {
        if (bytes.byteSize() != BYTES
                || bytes.get(INT, 0) != MAGIC
                || bytes.get(INT, 4) != VERSION
                || bytes.get(INT, 24) != crcOf(bytes)) {
            return null;
        }
        return new BlockCheckpoint(bytes.get(INT, 8), bytes.get(LONG, 16), bytes.get(INT, 12));
    }

    private static int crcOf(MemorySegment bytes) {
        var crc = new CRC32C();
        crc.update(bytes.asSlice(0, 24).asByteBuffer());
        return (int) crc.getValue();
    }
}
