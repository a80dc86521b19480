package org.millrace.log.memory;

import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A log that lives in off-heap memory and dies with it: for tests and caches. Sequence = record
 * index: 0, 1, 2, ... as in flumelog-memory.
 *
 * <p><b>Threads.</b> As {@link Log}. Readers take no lock.
 *
 * <p><b>Memory.</b> Blocks of 1 MiB belong to this log and are freed by {@code close}; a deleted
 * record's bytes are zeroed, their room is not used again.
 *
 * <p><b>Durability.</b> None: {@code since} moves at append, {@code durableSince} stays -1, {@code
 * drain} is ERR_LEVEL_UNSUPPORTED.
 *
 * <p><b>Limits.</b> {@code bytesMax} payload bytes plus {@value MemoryRecords#ENTRY_BYTES} per
 * record; then ERR_LOG_FULL, for no drain would make room. Record: 2^31 - 1 bytes.
 */
public final class MemoryLog implements Log {
    /** Bound of {@link #open()}: 1 GiB. */
    public static final long BYTES_MAX_DEFAULT = 1L << 30;

    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private final MemoryRecords records = new MemoryRecords();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Object writer = new Object();
    private final long bytesMax;
    private long bytes;
    private volatile long since = -1;
    private volatile boolean closed;

    private MemoryLog(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    public static MemoryLog open() {
        return open(Durability.MEMORY, BYTES_MAX_DEFAULT);
    }

    /**
     * @param level only {@link Durability#MEMORY}
     * @param bytesMax bound of what the log may hold, > 0
     * @throws MillraceException ERR_LEVEL_UNSUPPORTED, ERR_ARGUMENT
     */
    public static MemoryLog open(Durability level, long bytesMax) {
        if (level != Durability.MEMORY) {
            throw unsupported("opened at level " + level.name().toLowerCase(Locale.ROOT));
        }
        if (bytesMax <= 0) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "memory log: bytesMax " + bytesMax + ", must be > 0");
        }
        return new MemoryLog(bytesMax);
    }

    @Override
    public long since() {
        return since;
    }

    @Override
    public long durableSince() {
        return -1;
    }

    @Override
    public long append(MemorySegment record) {
        long seq;
        synchronized (writer) {
            reserve(record.byteSize(), 1);
            checkLength(record.byteSize(), 0);
            seq = since + 1;
            put(seq, record, 0, (int) record.byteSize());
            publish(seq, record.byteSize());
        }
        listeners.forEach(Runnable::run);
        return seq;
    }

    @Override
    public long append(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        long count = ends.byteSize() / END.byteSize();
        if (count == 0) {
            checkOpen();
            return since;
        }
        long last;
        synchronized (writer) {
            long size = checkEnds(data, ends, count);
            reserve(size, count);
            last = since + count;
            long start = 0;
            for (long i = 0; i < count; i++) {
                long end = Integer.toUnsignedLong(ends.get(END, i * END.byteSize()));
                put(since + 1 + i, data, start, (int) (end - start));
                start = end;
            }
            for (long i = 0; seqs.byteSize() > 0 && i < count; i++) {
                seqs.set(SEQ, i * SEQ.byteSize(), since + 1 + i);
            }
            publish(last, size);
        }
        listeners.forEach(Runnable::run);
        return last;
    }

    @Override
    public int get(long seq, MemorySegment to) {
        checkOpen();
        checkRange(seq);
        try {
            int length = records.length(seq);
            boolean deleted = length == RecordBatch.DELETED;
            if (!deleted && length <= to.byteSize()) {
                deleted = !records.copy(seq, length, to, 0);
            }
            if (deleted) {
                throw new MillraceException(
                        ErrorCode.ERR_RECORD_DELETED,
                        "memory log, record " + seq + ": it was deleted");
            }
            return length;
        } catch (IllegalStateException e) {
            throw closedMeanwhile(e);
        }
    }

    @Override
    public Cursor cursor(Range range) {
        checkOpen();
        return new MemoryCursor(this, records, range);
    }

    @Override
    public void delete(long seq) {
        synchronized (writer) {
            checkOpen();
            checkRange(seq);
            records.delete(seq);
        }
    }

    @Override
    public void drain() {
        checkOpen();
        throw unsupported("asked to make its records durable");
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public OpenReport openReport() {
        return OpenReport.CLEAN;
    }

    /** Frees the memory; a read under way fails with ERR_LOG_CLOSED. Repeatable. */
    @Override
    public void close() {
        synchronized (writer) {
            if (!closed) {
                closed = true;
                records.close();
            }
        }
    }

    void checkOpen() {
        if (closed) {
            throw closedMeanwhile(null);
        }
    }

    /** For an access that failed because the memory is gone: ours, or else the caller's mistake. */
    MillraceException closedMeanwhile(IllegalStateException cause) {
        if (!closed) {
            throw cause;
        }
        return new MillraceException(
                ErrorCode.ERR_LOG_CLOSED, "memory log: it is closed; open another", cause);
    }

    private void put(long seq, MemorySegment data, long start, int length) {
        records.put(seq, data, start, length);
    }

    private void publish(long last, long size) {
        bytes += size + (last - since) * MemoryRecords.ENTRY_BYTES;
        since = last;
    }

    private void reserve(long size, long count) {
        checkOpen();
        long wanted = bytes + size + count * MemoryRecords.ENTRY_BYTES;
        if (wanted > bytesMax) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FULL,
                    "memory log: would hold "
                            + wanted
                            + " bytes of at most bytesMax="
                            + bytesMax
                            + "; nothing was appended. Open it with more, or start another.");
        }
    }

    /** Returns the bytes of all payloads. */
    private static long checkEnds(MemorySegment data, MemorySegment ends, long count) {
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * END.byteSize()));
            if (end < start || end > data.byteSize()) {
                throw new MillraceException(
                        ErrorCode.ERR_ARGUMENT,
                        String.format(
                                "append: ends[%d]=%d, must be %d..%d; nothing was appended",
                                i, end, start, data.byteSize()));
            }
            checkLength(end - start, i);
            start = end;
        }
        return start;
    }

    private static void checkLength(long length, long index) {
        if (length > Integer.MAX_VALUE) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "append: record %d has %d bytes, a memory log holds at most %d;"
                                    + " nothing was appended",
                            index, length, Integer.MAX_VALUE));
        }
    }

    private void checkRange(long seq) {
        long last = since;
        if (seq < 0 || seq > last) {
            throw new MillraceException(
                    ErrorCode.ERR_SEQ_RANGE,
                    "memory log: no record " + seq + "; sequences are 0.." + last);
        }
    }

    private static MillraceException unsupported(String what) {
        return new MillraceException(
                ErrorCode.ERR_LEVEL_UNSUPPORTED,
                "memory log: "
                        + what
                        + "; it has no file and only level memory. Use a file log for os or sync.");
    }
}
