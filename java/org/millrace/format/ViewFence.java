package org.millrace.format;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A fence of a table of postings: of a {@link ViewBlock} its first posting, where it stands, its
 * checksum. docs/FORMAT.md, "View table". Pure layout: no I/O.
 */
//  0      8       16                   24       32       36
//  | hash | order | tag above sequence | offset | length | crc32c |
public final class ViewFence {
    public static final int BYTES = 40;
    public static final int HASH = 0;
    public static final int ORDER = 8;
    public static final int SEQ = 16;
    public static final int OFFSET = 24;
    public static final int LENGTH = 32;
    public static final int CRC = 36;

    /** The tag stands above so many bits of sequence. */
    public static final int SEQ_BITS = 53;

    public static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ViewFence() {}
}
