package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A view's checkpoint: which log and which version of the view it belongs to, how far it is, which
 * files it consists of. docs/FORMAT.md, "View manifest". Pure layout: no I/O.
 *
 * @param viewVersion {@code View.version} that wrote it
 * @param generation rises with each checkpoint; part of the file's name
 * @param hashSeed of the keys' hashes; random and secret per view
 * @param tagSeed of the keys' tags
 * @param since last sequence taken in
 * @param sinceCrc crc32c of the record at {@code since}; together with the next two it tells
 *     whether this is still the log that the view was built from
 * @param firstSeq the log's first sequence
 * @param firstCrc crc32c of the record there
 * @param dictionaryBytes of the dictionary file that belong to it
 * @param dictionaryCrc crc32c of those
 * @param epoch the log's when it was saved: with another one its records have moved
 * @param revealed how many of the entries of the side log of decrypted records it has taken in
 * @param tables oldest first
 */
//  0       8         12            16           24         32        40      48         52
//  | magic | version | viewVersion | generation | hashSeed | tagSeed | since | sinceCrc | firstCrc
//  56         64                72              76       80      88         92  96
//  | firstSeq | dictionaryBytes | dictionaryCrc | tables | epoch | revealed | 0 | table ... |
// crc32c |
public record ViewManifest(
        int viewVersion,
        long generation,
        long hashSeed,
        long tagSeed,
        long since,
        int sinceCrc,
        long firstSeq,
        int firstCrc,
        long dictionaryBytes,
        int dictionaryCrc,
        long epoch,
        int revealed,
        List<TableEntry> tables) {
    /** What is in a table's file: postings by hashed keys. */
    public static final int POSTINGS = 0;

    /** Keys as they are, sorted. */
    public static final int KEYS = 1;

    /** Bytes that only the view understands. */
    public static final int STATE = 2;

    /**
     * One table.
     *
     * @param number in its file name
     * @param bytes length of the file
     * @param headerCrc checksum of its header, which holds that of its fences; of a state, of all
     * @param kind {@link #POSTINGS}, {@link #KEYS} or {@link #STATE}
     */
    //  0        8       16          20
    //  | number | bytes | headerCrc | kind |
    public record TableEntry(long number, long bytes, int headerCrc, int kind) {}

    /** Stands for the checksum of a record that was deleted. */
    public static final int DELETED_CRC = 0;

    private static final int HEADER_BYTES = 96;
    private static final int TABLE_BYTES = 24;

    /** 8A "MRVMAN" LF. */
    private static final long MAGIC = 0x0A4E_414D_5652_4D8AL;

    private static final int VERSION = 2;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The file's content. */
    public MemorySegment toBytes() {
        int length = HEADER_BYTES + tables.size() * TABLE_BYTES;
        var bytes = MemorySegment.ofArray(new byte[length + 4]);
        bytes.set(LONG, 0, MAGIC);
        bytes.set(INT, 8, VERSION);
        bytes.set(INT, 12, viewVersion);
        bytes.set(LONG, 16, generation);
        bytes.set(LONG, 24, hashSeed);
        bytes.set(LONG, 32, tagSeed);
        bytes.set(LONG, 40, since);
        bytes.set(INT, 48, sinceCrc);
        bytes.set(INT, 52, firstCrc);
        bytes.set(LONG, 56, firstSeq);
        bytes.set(LONG, 64, dictionaryBytes);
        bytes.set(INT, 72, dictionaryCrc);
        bytes.set(INT, 76, tables.size());
        bytes.set(LONG, 80, epoch);
        bytes.set(INT, 88, revealed);
        long at = HEADER_BYTES;
        for (var table : tables) {
            bytes.set(LONG, at, table.number);
            bytes.set(LONG, at + 8, table.bytes);
            bytes.set(INT, at + 16, table.headerCrc);
            bytes.set(INT, at + 20, table.kind);
            at += TABLE_BYTES;
        }
        bytes.set(INT, at, BlockCrc.ofAll(bytes.asSlice(0, length)));
        return bytes;
    }

    /** Reads a file's content; null when it is damaged or of another version. */
    public static ViewManifest of(MemorySegment bytes) {
        long length = bytes.byteSize() - 4;
        boolean valid =
                length >= HEADER_BYTES
                        && (length - HEADER_BYTES) % TABLE_BYTES == 0
                        && bytes.get(LONG, 0) == MAGIC
                        && bytes.get(INT, 8) == VERSION
                        && bytes.get(INT, 76) == (length - HEADER_BYTES) / TABLE_BYTES
                        && bytes.get(INT, length) == BlockCrc.ofAll(bytes.asSlice(0, length));
        if (!valid) {
            return null;
        }
        var tables = new ArrayList<TableEntry>();
        for (long at = HEADER_BYTES; at < length; at += TABLE_BYTES) {
            tables.add(
                    new TableEntry(
                            bytes.get(LONG, at),
                            bytes.get(LONG, at + 8),
                            bytes.get(INT, at + 16),
                            bytes.get(INT, at + 20)));
        }
        return new ViewManifest(
                bytes.get(INT, 12),
                bytes.get(LONG, 16),
                bytes.get(LONG, 24),
                bytes.get(LONG, 32),
                bytes.get(LONG, 40),
                bytes.get(INT, 48),
                bytes.get(LONG, 56),
                bytes.get(INT, 52),
                bytes.get(LONG, 64),
                bytes.get(INT, 72),
                bytes.get(LONG, 80),
                bytes.get(INT, 88),
                List.copyOf(tables));
    }
}
