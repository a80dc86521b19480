package org.millrace.storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * One open file. Positions are absolute bytes; there is no cursor.
 *
 * <p><b>Threads.</b> Reads from any thread, concurrently with one writer. {@code close} waits for
 * reads under way.
 *
 * <p><b>Memory.</b> Buffers are the caller's, used only during the call. A read copies: nobody
 * outside sees a mapping.
 *
 * <p>Both may be off-heap or on the heap; off-heap is faster.
 *
 * <p><b>Errors.</b> {@code MillraceException}; a failed write may have written a part of its bytes.
 */
public interface StoredFile extends AutoCloseable {
    Path path();

    /** Length of the file now, in bytes, asked of the operating system. */
    long size();

    /**
     * Fills {@code to} from {@code offset}.
     *
     * @throws org.millrace.memory.MillraceException ERR_READ_FAULT when the range is not (or no
     *     longer) in the file
     */
    void read(long offset, MemorySegment to);

    /**
     * Writes all of {@code from} at {@code offset}; handed to the operating system on return,
     * durable after {@link #sync}.
     */
    void write(long offset, MemorySegment from);

    /**
     * fdatasync. After a failure nothing may be assumed of earlier writes, also if a later sync
     * succeeds.
     */
    void sync();

    void truncate(long size);

    /**
     * Overwrites the range with zeros that have real space behind them, so that writing there
     * cannot meet a full disk; extends the file when need be. Not durable before {@link #sync}.
     */
    void allocate(long offset, long length);

    /**
     * Where, at or behind an offset in the file, something other than zeros may stand: a hole is
     * passed over without reading it, where the file system tells of one; the end of the file when
     * nothing follows.
     */
    default long dataFrom(long offset) {
        return offset;
    }

    /**
     * True when reading the range will probably not wait for the disk; a hint, costs about a
     * microsecond.
     */
    boolean isResident(long offset, long length);

    /**
     * Hint before many small reads in no order: these bytes will be read at once. To wait for all
     * of them together costs less than for one after the other. Never fails.
     *
     * @param end offsets outside of 0 .. end are passed over; at most the length of the file
     */
    default void expect(long[] offsets, int count, long end) {}

    /**
     * Takes the file for one writer, whichever of its names (hard links) another one opened; given
     * back by {@link #close}. Storages whose files have one name leave that to {@link
     * Storage#lock}.
     *
     * @throws org.millrace.memory.MillraceException ERR_LOG_LOCKED
     */
    default void lock() {}

    @Override
    void close();
}
