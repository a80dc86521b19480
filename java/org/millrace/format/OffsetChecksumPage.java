package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One page of the side file that holds the checksums of an offset log's records, which the log's
 * own format has no room for. Advisory. docs/FORMAT.md, "Checksums of an offset log".
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Borrows the page.
 */
//  0        4         8       12      16         24  28       32
//  | "MRCS" | version | codec | count | firstSeq | 0 | crc32c | { seq - firstSeq | crc32c } ...
public final class OffsetChecksumPage {
    public static final int BYTES = 4096;

    /** Entries of one page. */
    public static final int ENTRIES_MAX = 508;

    private static final int MAGIC = 0x4D524353;
    private static final int VERSION = 1;
    private static final int CRC_AT = 28;
    private static final int HEADER_BYTES = 32;
    private static final int ENTRY_BYTES = 8;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment page;

    /**
     * @param page {@link #BYTES} that the caller owns, a copy
     */
    public OffsetChecksumPage(MemorySegment page) {
        this.page = page;
    }

    /** Empties the page. */
    public void clear(OffsetCodec codec) {
        page.fill((byte) 0);
        page.set(INT, 0, MAGIC);
        page.set(INT, 4, VERSION);
        page.set(INT, 8, codec.ordinal());
    }

    /** Adds a record behind the others; false when the page is full or the record too far on. */
    public boolean add(long seq, int crc) {
        int count = count();
        if (count == 0) {
            page.set(LONG, 16, seq);
        }
        long delta = seq - page.get(LONG, 16);
        if (count == ENTRIES_MAX || delta > 0xFFFF_FFFFL) {
            return false;
        }
        page.set(INT, entry(count), (int) delta);
        page.set(INT, entry(count) + 4, crc);
        page.set(INT, 12, count + 1);
        return true;
    }

    /** Drops the entries from {@code count} on. */
    public void cut(int count) {
        page.asSlice(entry(count)).fill((byte) 0);
        page.set(INT, 12, count);
    }

    /** Makes the page valid, before it is written. */
    public void seal() {
        page.set(INT, CRC_AT, 0);
        page.set(INT, CRC_AT, BlockCrc.ofAll(page));
    }

    /** True for what {@link #seal} left, of a log with this codec. */
    public boolean isValid(OffsetCodec codec) {
        int stated = page.get(INT, CRC_AT);
        page.set(INT, CRC_AT, 0);
        int actual = BlockCrc.ofAll(page);
        page.set(INT, CRC_AT, stated);
        return actual == stated
                && page.get(INT, 0) == MAGIC
                && page.get(INT, 4) == VERSION
                && page.get(INT, 8) == codec.ordinal()
                && count() > 0
                && count() <= ENTRIES_MAX;
    }

    public int count() {
        return page.get(INT, 12);
    }

    /** Sequence of an entry; they ascend. */
    public long seq(int entry) {
        return page.get(LONG, 16) + Integer.toUnsignedLong(page.get(INT, entry(entry)));
    }

    /** CRC32C of the bytes of that record, without framing. */
    public int crc(int entry) {
        return page.get(INT, entry(entry) + 4);
    }

    private static long entry(int index) {
        return HEADER_BYTES + (long) index * ENTRY_BYTES;
    }
}
