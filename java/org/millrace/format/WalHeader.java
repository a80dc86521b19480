package org.millrace.format;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The first 4096 bytes of a segment of the write-ahead log: who it is. docs/FORMAT.md, "Segment
 * header". Pure layout.
 *
 * <p>The same 2048 bytes stand there twice, so that one rotten bit costs nothing. Magic, version
 * and checksum keep their places in every future version.
 *
 * @param logId random, the same in every segment of a log
 * @param segmentNumber 0, 1, 2, ... in the order of creation
 * @param firstSequence sequence of the first frame position
 * @param createdMs wall clock at creation, milliseconds since 1970
 * @param flags {@link #COMPACTED}, {@link #ZSTD}, {@link #AES_GCM}
 * @param cipherSalt two words, random; 0 when not encrypted
 */
//  0       8         12            16      24              32              40          48
//  | magic | version | headerBytes | logId | segmentNumber | firstSequence | createdMs | flags |
//  52         56           72            2044
//  | zero     | cipherSalt | zeros ...   | crc32c |
public record WalHeader(
        long logId,
        long segmentNumber,
        long firstSequence,
        long createdMs,
        int flags,
        long cipherSalt,
        long cipherSalt2) {
    /** Bytes before the first frame. */
    public static final int BYTES = 4096;

    /** What this program writes, and the newest it reads. */
    public static final int VERSION = 1;

    /** Frames were dropped: a frame's place no longer follows from its sequence. */
    public static final int COMPACTED = 0x01;

    /** Chunks are compressed with zstd. */
    public static final int ZSTD = 0x02;

    /** Chunks are encrypted with AES-GCM. */
    public static final int AES_GCM = 0x04;

    /** 89 "MRWAL" CR LF: the first byte is no text, the last ones tell a text-mode copy. */
    static final long MAGIC = 0x0A0D_4C41_5752_4D89L;

    private static final int COPY_BYTES = BYTES / 2;
    private static final int VERSION_AT = 8;
    private static final int CRC_AT = COPY_BYTES - 4;
    private static final int KNOWN_FLAGS = COMPACTED | ZSTD | AES_GCM;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A header without flags. */
    public static WalHeader of(long logId, long number, long firstSequence, long createdMs) {
        return new WalHeader(logId, number, firstSequence, createdMs, 0, 0, 0);
    }

    public WalHeader withFlags(int value) {
        return new WalHeader(
                logId, segmentNumber, firstSequence, createdMs, value, cipherSalt, cipherSalt2);
    }

    public WalHeader withCipherSalt(long first, long second) {
        return new WalHeader(logId, segmentNumber, firstSequence, createdMs, flags, first, second);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** True when frames stand in chunks and are reached through the chunk table. */
    public boolean isTransformed() {
        return has(ZSTD | AES_GCM);
    }

    /**
     * What every frame checksum of this segment starts from, so that a frame of another log or
     * segment (stale sectors, an imitation inside a record) is never taken for one of its own.
     */
    public int salt() {
        var id = MemorySegment.ofArray(new byte[16]);
        id.set(LONG, 0, logId);
        id.set(LONG, 8, segmentNumber);
        return BlockCrc.ofAll(id);
    }

    /** Writes all 4096 bytes. */
    public void put(MemorySegment block) {
        block.asSlice(0, BYTES).fill((byte) 0);
        block.set(LONG, 0, MAGIC);
        block.set(INT, VERSION_AT, VERSION);
        block.set(INT, 12, BYTES);
        block.set(LONG, 16, logId);
        block.set(LONG, 24, segmentNumber);
        block.set(LONG, 32, firstSequence);
        block.set(LONG, 40, createdMs);
        block.set(INT, 48, flags);
        block.set(LONG, 56, cipherSalt);
        block.set(LONG, 64, cipherSalt2);
        block.set(INT, CRC_AT, BlockCrc.ofAll(block.asSlice(0, CRC_AT)));
        MemorySegment.copy(block, 0, block, COPY_BYTES, COPY_BYTES);
    }

    /**
     * Reads a header.
     *
     * @param block the first {@link #BYTES} of a file, fewer when it is shorter
     * @param name of the file, for messages
     * @throws MillraceException ERR_LOG_FORMAT: no segment of this kind of log; ERR_LOG_VERSION: of
     *     a newer program; ERR_LOG_CORRUPT: both copies are damaged
     */
    public static WalHeader read(MemorySegment block, String name) {
        boolean known = false;
        int newest = 0;
        for (int at = 0; at + COPY_BYTES <= block.byteSize(); at += COPY_BYTES) {
            var copy = block.asSlice(at, COPY_BYTES);
            known |= copy.get(LONG, 0) == MAGIC;
            if (copy.get(LONG, 0) == MAGIC
                    && copy.get(INT, CRC_AT) == BlockCrc.ofAll(copy.asSlice(0, CRC_AT))) {
                int version = copy.get(INT, VERSION_AT);
                if (version == VERSION && (copy.get(INT, 48) & ~KNOWN_FLAGS) == 0) {
                    return get(copy);
                }
                newest = version == VERSION ? VERSION + 1 : version;
            }
        }
        throw newest != 0 ? newer(newest, name) : damaged(known, name);
    }

    private static WalHeader get(MemorySegment copy) {
        return new WalHeader(
                copy.get(LONG, 16),
                copy.get(LONG, 24),
                copy.get(LONG, 32),
                copy.get(LONG, 40),
                copy.get(INT, 48),
                copy.get(LONG, 56),
                copy.get(LONG, 64));
    }

    private static MillraceException newer(int version, String name) {
        return new MillraceException(
                ErrorCode.ERR_LOG_VERSION,
                String.format(
                        "%s@8: segment format version %d, this program reads up to %d. Nothing was"
                                + " changed; open it with a newer Millrace.",
                        name, version, VERSION));
    }

    private static MillraceException damaged(boolean known, String name) {
        return known
                ? new MillraceException(
                        ErrorCode.ERR_LOG_CORRUPT,
                        name
                                + "@0: both copies of the segment header fail their checksum. The"
                                + " records of this segment cannot be read; restore the file.")
                : new MillraceException(
                        ErrorCode.ERR_LOG_FORMAT,
                        name
                                + "@0: not a segment of a Millrace write-ahead log. Nothing was"
                                + " changed; check the path.");
    }
}
