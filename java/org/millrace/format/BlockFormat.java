package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The blocks of async-append-only-log 4.3.10 and async-flumelog 2.0.0, little-endian, unaligned; a
 * sequence is the file offset of a record's header. docs/FORMAT.md, "Block log". Pure layout: no
 * I/O, no state but the block size.
 *
 * <p>A record stands in one block. Behind a block's last record stand zeros to its end, at least
 * two, which read as a length of 0 = end of block; therefore no record is empty. There is no magic,
 * version or checksum.
 *
 * <p><b>Threads.</b> Immutable.
 */
//  0        2            2+n      4+n
//  | length | record ... | length | record ... | 0 0 ... to the end of the block |
public final class BlockFormat {
    /** Bytes before the record: its length. */
    public static final int HEADER_BYTES = 2;

    /** Bytes that stay zero at the end of a block, at least. */
    public static final int END_BYTES = 2;

    /** The peers' default. */
    public static final int BLOCK_BYTES_DEFAULT = 65_536;

    /** Smallest block: room for a record of one byte. */
    public static final int BLOCK_BYTES_MIN = HEADER_BYTES + 1 + END_BYTES;

    public static final int BLOCK_BYTES_MAX = 1 << 26;

    /** Answer of {@link #lengthAt}: no record here, the block ends. */
    public static final int END = 0;

    /** Answer of {@link #lengthAt}: a length that reaches over the end of the block. */
    public static final int INVALID = -1;

    private static final int LENGTH_MAX = 0xFFFF;
    private static final ValueLayout.OfShort LENGTH =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int blockBytes;

    /**
     * @param blockBytes {@link #BLOCK_BYTES_MIN}..{@link #BLOCK_BYTES_MAX}
     */
    public BlockFormat(int blockBytes) {
        if (blockBytes < BLOCK_BYTES_MIN || blockBytes > BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException("block of " + blockBytes + " bytes");
        }
        this.blockBytes = blockBytes;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** Largest record: the block less its header and the end mark, or what a length can say. */
    public int recordBytesMax() {
        return Math.min(blockBytes - HEADER_BYTES - END_BYTES, LENGTH_MAX);
    }

    /** Offset of the block that an offset lies in. */
    public long blockStart(long offset) {
        return offset - offset % blockBytes;
    }

    public long blockIndex(long offset) {
        return offset / blockBytes;
    }

    public int offsetInBlock(long offset) {
        return (int) (offset % blockBytes);
    }

    /** The smallest multiple of the block size that is not below {@code offset}. */
    public long roundUp(long offset) {
        return blockStart(offset + blockBytes - 1);
    }

    /**
     * Where a record, or a run of records that must not be parted, goes.
     *
     * @param end behind the last record
     * @param framedBytes its records with their headers
     * @return {@code end}, or the start of the next block when they do not fit
     */
    public long place(long end, int framedBytes) {
        int at = offsetInBlock(end);
        return at + framedBytes + END_BYTES <= blockBytes ? end : end - at + blockBytes;
    }

    public void putLength(MemorySegment memory, long at, int length) {
        memory.set(LENGTH, at, (short) length);
    }

    /**
     * The length of the record at {@code at} of some memory, {@link #END}, or {@link #INVALID}.
     *
     * @param inBlock where in its block {@code at} is
     */
    public int lengthAt(MemorySegment memory, long at, int inBlock) {
        int room = blockBytes - inBlock - HEADER_BYTES;
        if (room < 0) {
            return END;
        }
        int length = Short.toUnsignedInt(memory.get(LENGTH, at));
        return length + END_BYTES <= room || length == END ? length : INVALID;
    }

    /** True when a record reads as deleted: all its bytes are zero. */
    public static boolean isDeleted(MemorySegment memory, long start, int length) {
        return memory.get(ValueLayout.JAVA_BYTE, start) == 0
                && isZero(memory, start, start + length);
    }

    /** True when there is nothing but zeros from {@code from} up to {@code to}. */
    public static boolean isZero(MemorySegment memory, long from, long to) {
        long at = from;
        for (; at + 8 <= to; at += 8) {
            if (memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
                return false;
            }
        }
        for (; at < to; at++) {
            if (memory.get(ValueLayout.JAVA_BYTE, at) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Walks one block that stands in memory.
     *
     * @param available bytes of it that are there; less than the block when the file is cut
     */
    public Walk walk(MemorySegment memory, long at, int available) {
        int inBlock = 0;
        int last = -1;
        while (inBlock + HEADER_BYTES <= available) {
            int length = lengthAt(memory, at + inBlock, inBlock);
            if (length == END) {
                break;
            }
            int next = inBlock + HEADER_BYTES + length;
            if (length == INVALID || next > available) {
                return new Walk(last, inBlock, false);
            }
            last = inBlock;
            inBlock = next;
        }
        return new Walk(last, inBlock, isZero(memory, at + inBlock, at + available));
    }

    /**
     * What a walk over one block found.
     *
     * @param last offset in the block of its last good record, -1 = none
     * @param end offset in the block behind that
     * @param whole nothing but zeros follows; false: damage at {@code end}
     */
    public record Walk(int last, int end, boolean whole) {}
}
