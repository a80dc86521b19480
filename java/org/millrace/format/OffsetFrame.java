package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The frame of flumelog-offset 3.4.4, big-endian, unaligned; a sequence is the file offset of its
 * first byte. docs/FORMAT.md, "Offset log". Pure layout: no I/O, no state but the codec.
 *
 * <p>{@code end} is the file offset behind the frame, so a frame proves its own place in the file;
 * its width is {@link OffsetCodec#endBytes}. There is no checksum: a payload is not protected.
 *
 * <p><b>Threads.</b> Immutable.
 */
//  0        4            4+n         8+n          8+n+w
//  | length | record ... | length    | end        |
public final class OffsetFrame {
    /** Bytes before the record: its length. */
    public static final int HEADER_BYTES = 4;

    /** Answer of {@link #checkAt}: the block ends before the frame does. */
    public static final long INCOMPLETE = -1;

    /** Answer of {@link #checkAt}: lengths or end disagree, this is no frame. */
    public static final long INVALID = -2;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final OffsetFrame[] OF = new OffsetFrame[OffsetCodec.values().length];

    static {
        for (var codec : OffsetCodec.values()) {
            OF[codec.ordinal()] = new OffsetFrame(codec);
        }
    }

    private final OffsetCodec codec;
    private final int endBytes;

    private OffsetFrame(OffsetCodec codec) {
        this.codec = codec;
        this.endBytes = codec.endBytes();
    }

    public static OffsetFrame of(OffsetCodec codec) {
        return OF[codec.ordinal()];
    }

    public OffsetCodec codec() {
        return codec;
    }

    /** Bytes behind the record: its length again, and {@code end}. */
    public int trailerBytes() {
        return 4 + endBytes;
    }

    /** What framing adds to a record, in bytes. */
    public int overheadBytes() {
        return HEADER_BYTES + 4 + endBytes;
    }

    /** Length of the whole frame of a record of {@code recordLength} bytes. */
    public long frameLength(long recordLength) {
        return recordLength + overheadBytes();
    }

    /** Writes the header of a frame at {@code at}. */
    public void putHeader(MemorySegment block, long at, int recordLength) {
        block.set(INT, at, recordLength);
    }

    /**
     * Writes the trailer of a frame at {@code at}, which is behind its record.
     *
     * @param endOffset file offset behind the frame, at most the codec's {@code endMax}
     */
    public void putTrailer(MemorySegment block, long at, int recordLength, long endOffset) {
        block.set(INT, at, recordLength);
        switch (endBytes) {
            case 4 -> block.set(INT, at + 4, (int) endOffset);
            case 6 -> {
                block.set(SHORT, at + 4, (short) (endOffset >>> 32));
                block.set(INT, at + 6, (int) endOffset);
            }
            case 8 -> block.set(LONG, at + 4, endOffset);
            default -> {}
        }
    }

    /** The record length that the header at {@code at} names; 0 to 2^32 - 1. */
    public long headerLength(MemorySegment block, long at) {
        return Integer.toUnsignedLong(block.get(INT, at));
    }

    /** The record length that the trailer ending at {@code end} of the block names. */
    public long trailerLength(MemorySegment block, long end) {
        return Integer.toUnsignedLong(block.get(INT, end - endBytes - 4));
    }

    /**
     * True when the trailer that ends at {@code end} of the block says that it ends there in the
     * file. Always true of a codec without {@code end}.
     */
    public boolean endsAt(MemorySegment block, long end, long endOffset) {
        return switch (endBytes) {
            case 4 -> block.get(INT, end - 4) == (int) endOffset && endOffset >>> 32 == 0;
            case 6 ->
                    (block.get(SHORT, end - 6) & 0xFFFFL) == endOffset >>> 32
                            && block.get(INT, end - 4) == (int) endOffset;
            case 8 -> block.get(LONG, end - 8) == endOffset;
            default -> true;
        };
    }

    /**
     * Checks the frame that starts at {@code at} of a block.
     *
     * @param limit how many bytes of the block are filled
     * @param seq file offset of {@code at}
     * @return the record's length; {@link #INCOMPLETE}; {@link #INVALID}
     */
    public long checkAt(MemorySegment block, long at, long limit, long seq) {
        if (at + HEADER_BYTES > limit) {
            return INCOMPLETE;
        }
        long length = headerLength(block, at);
        long frame = length + overheadBytes();
        long end = at + frame;
        if (end > limit) {
            return INCOMPLETE;
        }
        if (trailerLength(block, end) != length || !endsAt(block, end, seq + frame)) {
            return INVALID;
        }
        return length;
    }

    /**
     * True when a record counts as deleted: it has bytes and all are zero, which is how the peer
     * tells.
     */
    public static boolean isDeleted(MemorySegment block, long start, long length) {
        if (length == 0 || block.get(ValueLayout.JAVA_BYTE, start) != 0) {
            return false;
        }
        long at = 0;
        for (; at + 8 <= length; at += 8) {
            if (block.get(LONG, start + at) != 0) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (block.get(ValueLayout.JAVA_BYTE, start + at) != 0) {
                return false;
            }
        }
        return true;
    }
}
