package org.millrace.format;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A fence of a table of sorted keys: of a {@link SortedBlock} its first key and sequence, where it
 * stands, its checksum. docs/FORMAT.md, "View keys". Pure layout: no I/O.
 */
//  0        8     16       20       24          28
//  | offset | seq | length | crc32c | keyLength | key |
public final class SortedFence {
    public static final int OFFSET = 0;
    public static final int SEQ = 8;
    public static final int LENGTH = 16;
    public static final int CRC = 20;
    public static final int KEY_LENGTH = 24;
    public static final int KEY = 28;

    public static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SortedFence() {}
}
