package org.millrace.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * Many records at once without an object per record: a block of bytes, and an index of where each
 * record stands in it.
 *
 * <p>The bytes between records are whatever the log's format puts there (framing); only the index
 * says what is a record. The same two areas are what crosses into JavaScript: {@code
 * native-headers/millrace.h}, {@code mr_record}.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Over its own arena ({@link #allocate}; grows when one record needs more) or
 * over memory that somebody else owns ({@link #over}; never grows). Filled by a cursor, which
 * overwrites what was there.
 *
 * <p><b>Limits.</b> Data: 2^31 - 1 bytes. Record length: below 2^32 - 1.
 */
public final class RecordBatch implements AutoCloseable {
    /** Length of a deleted record in the index: no bytes follow. */
    public static final int DELETED = 0xFFFF_FFFF;

    /**
     * One index entry: 16 bytes. The sequence is a double because JavaScript reads it; exact up to
     * 2^53.
     */
    //  0        8       12       16
    //  | seq    | start | length |
    public static final StructLayout ENTRY =
            MemoryLayout.structLayout(
                    ValueLayout.JAVA_DOUBLE.withName("seq"),
                    ValueLayout.JAVA_INT.withName("start"),
                    ValueLayout.JAVA_INT.withName("length"));

    private static final long ENTRY_BYTES = 16;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    static {
        if (ENTRY.byteSize() != ENTRY_BYTES) {
            throw new ExceptionInInitializerError("mr_record != 16 bytes");
        }
    }

    private Arena arena;
    private MemorySegment data;
    private MemorySegment index;
    private int count;
    private int used;
    private long needed;
    private final Slice slice = new Slice();

    /** Text between records; null when they are no text of one. */
    private MemorySegment separator;

    private RecordBatch(Arena arena, MemorySegment data, MemorySegment index) {
        this.arena = arena;
        this.data = data;
        this.index = index;
    }

    /** A batch that owns its memory; close it. */
    public static RecordBatch allocate(int dataBytes, int recordsMax) {
        var arena = Arena.ofShared();
        return new RecordBatch(
                arena, arena.allocate(dataBytes, 8), arena.allocate(recordsMax * ENTRY_BYTES, 8));
    }

    /** A batch over memory of somebody else's, valid as long as theirs. */
    public static RecordBatch over(MemorySegment data, MemorySegment index) {
        return new RecordBatch(null, data, index);
    }

    /** The same, full: every entry of the index is a record that somebody has put there. */
    public static RecordBatch filled(MemorySegment data, MemorySegment index) {
        var batch = over(data, index);
        batch.count = batch.capacity();
        return batch;
    }

    /**
     * From now on the records that are {@link #put} are one text, for a host that reads it at once:
     * {@code [}, the records with a separator between them, {@code ]}. Call {@link #seal} when all
     * are there.
     */
    public RecordBatch joined(MemorySegment separator) {
        this.separator = separator;
        clear();
        return this;
    }

    /** The block that the records stand in. */
    public MemorySegment data() {
        return data;
    }

    /** The index entries of the records. */
    public MemorySegment index() {
        return index.asSlice(0, count * ENTRY_BYTES);
    }

    /** Number of records. */
    public int count() {
        return count;
    }

    /** How many records the index has room for. */
    public int capacity() {
        return (int) (index.byteSize() / ENTRY_BYTES);
    }

    /** Bytes of {@link #data} that the records and their framing take. */
    public int usedBytes() {
        return used;
    }

    /** After ERR_BUFFER_TOO_SMALL: bytes of data that would have done. */
    public long neededBytes() {
        return needed;
    }

    public long seq(int record) {
        return (long) index.get(SEQ, entry(record));
    }

    /** Start of the record's bytes in {@link #data}. */
    public int start(int record) {
        return index.get(INT, entry(record) + 8);
    }

    /** Length in bytes; {@link #DELETED} for a deleted record. */
    public int length(int record) {
        return index.get(INT, entry(record) + 12);
    }

    public boolean isDeleted(int record) {
        return length(record) == DELETED;
    }

    /** From now on the record counts as deleted; its bytes become zeros. Not of a joined batch. */
    public void delete(int record) {
        long at = entry(record);
        int length = index.get(INT, at + 12);
        if (length != DELETED) {
            data.asSlice(start(record), length).fill((byte) 0);
            index.set(INT, at + 12, DELETED);
        }
    }

    /**
     * Borrows one record; valid until the next call of {@code slice}, {@code clear} or {@code
     * close}.
     */
    public Slice slice(int record) {
        return slice.lend(data, start(record), isDeleted(record) ? 0 : length(record));
    }

    /** For whoever fills the batch: forgets all records. */
    public void clear() {
        slice.expire();
        count = 0;
        used = 0;
    }

    /** For whoever fills the batch: where the next record's bytes go. */
    public MemorySegment room() {
        long start = Math.min(nextStart(), data.byteSize());
        return data.asSlice(start, Math.max(0, data.byteSize() - start - (isJoined() ? 1 : 0)));
    }

    /**
     * For whoever fills the batch: a record of {@code length} bytes stands in the {@link #room};
     * false when the index is full.
     */
    public boolean put(long seq, int length) {
        int start = nextStart();
        if (!add(seq, start, length)) {
            return false;
        }
        if (isJoined() && count > 1) {
            MemorySegment.copy(separator, 0, data, used, separator.byteSize());
        }
        used = start + length;
        return true;
    }

    /**
     * For whoever fills the batch: makes the {@link #room} of an empty one large enough.
     *
     * @return false when it is not empty
     * @throws MillraceException ERR_BUFFER_TOO_SMALL when the memory is somebody else's
     */
    public boolean makeRoom(long bytes) {
        if (count > 0) {
            return false;
        }
        ensureData(bytes + (isJoined() ? 2 : 0));
        return true;
    }

    /** For a host: all records are there. */
    public void seal() {
        if (isJoined() && count > 0) {
            data.set(ValueLayout.JAVA_BYTE, 0, (byte) '[');
            data.set(ValueLayout.JAVA_BYTE, used++, (byte) ']');
        }
    }

    private boolean isJoined() {
        return separator != null;
    }

    private int nextStart() {
        if (!isJoined()) {
            return used;
        }
        return count == 0 ? 1 : used + (int) separator.byteSize();
    }

    /** For whoever fills the batch: adds an index entry; false when the index is full. */
    public boolean add(long seq, int start, int length) {
        long at = count * ENTRY_BYTES;
        if (at + ENTRY_BYTES > index.byteSize()) {
            return false;
        }
        index.set(SEQ, at, seq);
        index.set(INT, at + 8, start);
        index.set(INT, at + 12, length);
        count++;
        return true;
    }

    /** For whoever fills the batch: how many bytes of data are in use. */
    public void used(int bytes) {
        used = bytes;
    }

    /**
     * For whoever fills the batch: makes room for {@code bytes} of data.
     *
     * @throws MillraceException ERR_BUFFER_TOO_SMALL when the memory is somebody else's
     */
    public void ensureData(long bytes) {
        if (bytes <= data.byteSize()) {
            return;
        }
        needed = bytes;
        if (arena == null || bytes > Integer.MAX_VALUE) {
            throw new MillraceException(
                    ErrorCode.ERR_BUFFER_TOO_SMALL,
                    "batch of "
                            + data.byteSize()
                            + " bytes, one record with its framing needs "
                            + bytes);
        }
        var larger = Arena.ofShared();
        var kept = larger.allocate(index.byteSize(), 8).copyFrom(index);
        data = larger.allocate(bytes, 8);
        index = kept;
        arena.close();
        arena = larger;
        clear();
    }

    @Override
    public void close() {
        slice.expire();
        if (arena != null) {
            arena.close();
        }
    }

    private long entry(int record) {
        if (record < 0 || record >= count) {
            throw new IndexOutOfBoundsException("record " + record + " of " + count);
        }
        return record * ENTRY_BYTES;
    }
}
