package org.millrace.format;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How far a compaction of a block log is: the content of {@code <log>.compaction}, little-endian.
 * docs/FORMAT.md, "Block log". Version 1 is the peer's, with fields of 32 bits; version 2 is ours,
 * written only when a field needs more, and refused by name by the peer. Pure layout: no I/O.
 *
 * @param startOffset where compaction began; only progress is counted from it
 * @param truncateBlock all is shifted: cut the log behind this block; {@link #NO_TRUNCATE} = not
 *     yet
 * @param compactedBlock the block to be rewritten next; all before it are done
 * @param unshiftedOffset the first record that has not been moved
 * @param block the whole block that this record stands in, as it was; zeros with {@code
 *     truncateBlock}
 */
public record BlockCompactionState(
        long startOffset,
        long truncateBlock,
        long compactedBlock,
        long unshiftedOffset,
        MemorySegment block) {
    public static final long NO_TRUNCATE = -1;

    private static final long U32_MAX = 0xFFFF_FFFFL;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    // Version 1, 20 bytes and the block:
    //  0         4             8               12               16                20
    //  | u32 = 1 | startOffset | truncateBlock | compactedBlock | unshiftedOffset | block ...
    private static final int BYTES_1 = 20;
    // Version 2, 40 bytes and the block:
    //  0         4      8             16              24               32                40
    //  | u32 = 2 | 0    | startOffset | truncateBlock | compactedBlock | unshiftedOffset | block
    // ...
    private static final int BYTES_2 = 40;

    /** The file's content: version 1 while everything fits. */
    public MemorySegment toBytes() {
        long largest =
                Math.max(
                        Math.max(startOffset, unshiftedOffset),
                        Math.max(truncateBlock + 1, compactedBlock));
        boolean fits = largest <= U32_MAX;
        int header = fits ? BYTES_1 : BYTES_2;
        var bytes = MemorySegment.ofArray(new byte[header + (int) block.byteSize()]);
        bytes.set(INT, 0, fits ? 1 : 2);
        if (fits) {
            bytes.set(INT, 4, (int) startOffset);
            bytes.set(INT, 8, (int) truncateBlock);
            bytes.set(INT, 12, (int) compactedBlock);
            bytes.set(INT, 16, (int) unshiftedOffset);
        } else {
            bytes.set(LONG, 8, startOffset);
            bytes.set(LONG, 16, truncateBlock);
            bytes.set(LONG, 24, compactedBlock);
            bytes.set(LONG, 32, unshiftedOffset);
        }
        MemorySegment.copy(block, 0, bytes, header, block.byteSize());
        return bytes;
    }

    /**
     * @param file for the message
     * @throws MillraceException ERR_LOG_VERSION for a newer version, ERR_LOG_CORRUPT for a length
     *     that is not this version's
     */
    public static BlockCompactionState of(MemorySegment bytes, int blockBytes, String file) {
        int version = bytes.byteSize() < 4 ? 0 : bytes.get(INT, 0);
        if (version > 2 || version < 0) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_VERSION,
                    file
                            + ": compaction state of version "
                            + Integer.toUnsignedString(version)
                            + ", known are 1 and 2; open the log with the newer program that began"
                            + " this compaction.");
        }
        int header = version == 2 ? BYTES_2 : BYTES_1;
        if (version == 0 || bytes.byteSize() != header + (long) blockBytes) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    String.format(
                            "%s: %d bytes of compaction state, version %d with blocks of %d has %d."
                                    + " Open the log with its own block size; only if that is not"
                                    + " it, restore the log: removing this file would leave records"
                                    + " twice or not at all.",
                            file, bytes.byteSize(), version, blockBytes, header + blockBytes));
        }
        var block = bytes.asSlice(header);
        if (version == 2) {
            return new BlockCompactionState(
                    bytes.get(LONG, 8),
                    bytes.get(LONG, 16),
                    bytes.get(LONG, 24),
                    bytes.get(LONG, 32),
                    block);
        }
        long truncate = Integer.toUnsignedLong(bytes.get(INT, 8));
        return new BlockCompactionState(
                Integer.toUnsignedLong(bytes.get(INT, 4)),
                truncate == U32_MAX ? NO_TRUNCATE : truncate,
                Integer.toUnsignedLong(bytes.get(INT, 12)),
                Integer.toUnsignedLong(bytes.get(INT, 16)),
                block);
    }
}
