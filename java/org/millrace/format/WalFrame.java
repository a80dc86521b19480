package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The frame of the write-ahead log: 16 bytes of header, little-endian, 8-byte aligned.
 * docs/FORMAT.md, "Frame". Pure layout: no I/O, no state.
 *
 * <p>The checksum covers the whole frame, padding included, taken while its own field holds the
 * segment's salt ({@link WalHeader#salt}). A first word of zero means that nothing was written
 * there: {@link #PRESENT} is set in every frame.
 */
//  0                24      32       64         128
//  | length         | flags | crc32c | sequence | record ... | zeros to 8 bytes |   (bits)
public final class WalFrame {
    /** Bytes before the record. */
    public static final int HEADER_BYTES = 16;

    /** Frames start at multiples of this. */
    public static final int ALIGNMENT = 8;

    /** Largest record: its length has 24 bits. */
    public static final int RECORD_BYTES_MAX = (1 << 24) - 1;

    /** Set in every frame. */
    public static final int PRESENT = 0x80;

    /** More records of the same batch follow; recovery drops a batch without its last. */
    public static final int BATCH_GOES_ON = 0x01;

    /**
     * No record: the payload is the sequence up to which the log was durable when this was written.
     */
    public static final int DURABLE_MARK = 0x02;

    /** No record: the payload is the segment's index, and no frame follows. */
    public static final int INDEX = 0x04;

    /** Frames that readers pass over. */
    public static final int CONTROL = DURABLE_MARK | INDEX;

    /** Bytes of a whole {@link #DURABLE_MARK} frame. */
    public static final int MARK_BYTES = HEADER_BYTES + 8;

    /** Answer of {@link #check}: the block ends before the frame does. */
    public static final int INCOMPLETE = -1;

    /** Answer of {@link #check}: this is no frame, or a damaged one. */
    public static final int INVALID = -2;

    /** Answer of {@link #check}: zeros, nothing was written here. */
    public static final int NOTHING = -3;

    /** For {@link #check}: any sequence will do. */
    public static final long ANY = -1;

    private static final int KNOWN_FLAGS = PRESENT | BATCH_GOES_ON | CONTROL;
    private static final int CRC_AT = 4;
    private static final int SEQUENCE_AT = 8;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WalFrame() {}

    /** Bytes of the whole frame of a record of {@code length} bytes. */
    public static int frameBytes(int length) {
        return HEADER_BYTES + length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /**
     * Writes header and padding, with the salt where the checksum goes; then fill in the record and
     * call {@link #finish}.
     */
    public static void begin(
            MemorySegment block, long at, int length, int flags, long sequence, int salt) {
        int frame = frameBytes(length);
        block.set(LONG, at + frame - ALIGNMENT, 0); // before the record, whose end it overlaps
        block.set(INT, at, length | (PRESENT | flags) << 24);
        block.set(INT, at + CRC_AT, salt);
        block.set(LONG, at + SEQUENCE_AT, sequence);
    }

    /** Replaces the salt by the checksum of the frame, whose record is in place. */
    public static void finish(MemorySegment block, long at, BlockCrc crc) {
        block.set(INT, at + CRC_AT, crc.of(at, frameBytes(length(block, at))));
    }

    /** Writes a whole {@link #DURABLE_MARK}. */
    public static void putMark(
            MemorySegment block, long at, long durable, long sequence, int salt, BlockCrc crc) {
        begin(block, at, 8, DURABLE_MARK, sequence, salt);
        block.set(LONG, at + HEADER_BYTES, durable);
        finish(block, at, crc);
    }

    public static int length(MemorySegment block, long at) {
        return block.get(INT, at) & RECORD_BYTES_MAX;
    }

    public static int flags(MemorySegment block, long at) {
        return block.get(INT, at) >>> 24;
    }

    public static int crc(MemorySegment block, long at) {
        return block.get(INT, at + CRC_AT);
    }

    public static long sequence(MemorySegment block, long at) {
        return block.get(LONG, at + SEQUENCE_AT);
    }

    /** What a {@link #DURABLE_MARK} says. */
    public static long durable(MemorySegment block, long at) {
        return block.get(LONG, at + HEADER_BYTES);
    }

    /** True when readers see this frame. */
    public static boolean isRecord(MemorySegment block, long at) {
        return (flags(block, at) & CONTROL) == 0;
    }

    /** True when the header could be one of this sequence; only {@link #check} proves it. */
    public static boolean looksLike(MemorySegment block, long at, long sequence) {
        int flags = flags(block, at);
        return (flags & PRESENT) != 0
                && (flags & ~KNOWN_FLAGS) == 0
                && (sequence == ANY || sequence(block, at) == sequence);
    }

    /**
     * Checks the frame that starts at {@code at}.
     *
     * @param block a copy that may be written to: its checksum field is changed and put back
     * @param crc over this block
     * @param limit how many bytes of the block are filled
     * @param sequence what it must be, or {@link #ANY}
     * @return bytes of the frame; {@link #INCOMPLETE}, {@link #INVALID}, {@link #NOTHING}
     */
    public static int check(
            MemorySegment block, long at, long limit, long sequence, int salt, BlockCrc crc) {
        if (at + HEADER_BYTES > limit) {
            return INCOMPLETE;
        }
        if (block.get(INT, at) == 0) {
            return NOTHING;
        }
        if (!looksLike(block, at, sequence)) {
            return INVALID;
        }
        int frame = frameBytes(length(block, at));
        if (at + frame > limit) {
            return INCOMPLETE;
        }
        int stated = crc(block, at);
        block.set(INT, at + CRC_AT, salt);
        int actual = crc.of(at, frame);
        block.set(INT, at + CRC_AT, stated);
        return actual == stated ? frame : INVALID;
    }
}
