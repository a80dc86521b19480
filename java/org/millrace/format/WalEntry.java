package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The entry of the log's small side files, one sequence each: 16 bytes. {@code deleted} holds one
 * per deleted record, {@code durable} one: how far the log was durable when it was closed.
 * docs/FORMAT.md, "Side files".
 */
//  0          8        12
//  | sequence | crc32c | kind |
public final class WalEntry {
    public static final int BYTES = 16;

    /** Kind of an entry of {@code deleted}. */
    public static final int DELETED = 0x4C45_4444; // "DDEL"

    /** Kind of the entry of {@code durable}. */
    public static final int DURABLE = 0x5255_4444; // "DDUR"

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WalEntry() {}

    /**
     * Writes an entry.
     *
     * @param logId so that the side file of another log is not taken for this one's
     */
    public static void put(MemorySegment block, long at, long sequence, int kind, long logId) {
        block.set(LONG, at, sequence);
        block.set(INT, at + 8, crc(sequence, kind, logId));
        block.set(INT, at + 12, kind);
    }

    /** The sequence of the entry at {@code at}, or -2 when it is damaged or of another kind. */
    public static long get(MemorySegment block, long at, int kind, long logId) {
        long sequence = block.get(LONG, at);
        boolean valid =
                block.get(INT, at + 12) == kind
                        && block.get(INT, at + 8) == crc(sequence, kind, logId);
        return valid ? sequence : -2;
    }

    private static int crc(long sequence, int kind, long logId) {
        var bytes = MemorySegment.ofArray(new byte[20]);
        bytes.set(LONG, 0, sequence);
        bytes.set(LONG, 8, logId);
        bytes.set(INT, 16, kind);
        return BlockCrc.ofAll(bytes);
    }
}
