package org.millrace.log;

import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * An ordered, append-only sequence of records; the only truth views are rebuilt from. One face for
 * every engine.
 *
 * <p><b>Threads.</b> Append from any thread, serialised inside; any number of readers, who never
 * wait for the writer. {@code close} stops new calls, then waits for those under way.
 *
 * <p><b>Durability.</b> appended >= written >= durable. Cursors and views stop at {@link #since}.
 *
 * <p><b>Errors.</b> {@code MillraceException}, see each method.
 */
public interface Log extends AutoCloseable {
    /**
     * Last sequence at the log's level that readers may see; -1 when empty. Never goes back while
     * open.
     */
    long since();

    /** Last sequence known to survive a power cut; -1 when none is. */
    long durableSince();

    /**
     * Appends one record, copied before return, and returns its sequence. Same errors as the batch
     * form.
     */
    long append(MemorySegment record);

    /**
     * Appends many records; readers see all of them or none.
     *
     * @param data the payloads one behind the other, copied before return
     * @param ends unsigned 32-bit native-endian ints: where each payload ends in {@code data}; one
     *     per record, ascending
     * @param seqs native-endian doubles, one per record, or an empty segment: filled with the
     *     sequence of each record
     * @return sequence of the last record
     * @throws MillraceException ERR_RECORD_TOO_LARGE (names the index; nothing was written),
     *     ERR_NO_SPACE (rewound; retry when there is room), ERR_LOG_FULL, ERR_LOG_READ_ONLY,
     *     ERR_LOG_SYNC_FAILED, ERR_LOG_CLOSED. Never ERR_BACKPRESSURE: whoever appends waits
     *     instead, until its bytes are handed on; only JavaScript queues.
     */
    long append(MemorySegment data, MemorySegment ends, MemorySegment seqs);

    /** Appends many records whose own sequences nobody asks for. Same errors as the full form. */
    default long append(MemorySegment data, MemorySegment ends) {
        return append(data, ends, MemorySegment.NULL);
    }

    /** {@link #append(MemorySegment)} of bytes on the heap. */
    default long append(byte[] record) {
        return append(MemorySegment.ofArray(record));
    }

    /**
     * The batch form of append for a caller that must not wait for a sync: like it, but at level
     * sync it returns when the batch is handed to the operating system. It is acknowledged when
     * {@link #durableSince} has reached the returned sequence; {@link #requestDrain} starts that,
     * {@link #onChange} tells.
     */
    default long appendWritten(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        return append(data, ends, seqs);
    }

    /**
     * Copies one record.
     *
     * @param to where to; untouched when smaller than the record
     * @return the record's length in bytes, which may be more than {@code to} holds: then call
     *     again with more
     * @throws MillraceException ERR_SEQ_INVALID, ERR_SEQ_RANGE, ERR_RECORD_DELETED,
     *     ERR_LOG_CORRUPT, ERR_READ_FAULT, ERR_LOG_CLOSED
     */
    int get(long seq, MemorySegment to);

    /** A copy of one record, for keeps. Same errors as the form without a copy on the heap. */
    default byte[] get(long seq) {
        var bytes = new byte[4096];
        int length = get(seq, MemorySegment.ofArray(bytes));
        while (length > bytes.length) {
            bytes = new byte[length];
            length = get(seq, MemorySegment.ofArray(bytes));
        }
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Hint before many gets: of the first {@code count} sequences, at once. Wrong ones do no harm;
     * each get tells of its own.
     */
    default void expect(long[] seqs, int count) {}

    /** Opens a cursor over a range; close it. Bounds are checked at the first {@code next}. */
    Cursor cursor(Range range);

    /** Deletes one record in place; repeatable. Sequences do not move. */
    void delete(long seq);

    /**
     * Throws what {@link #delete} would without changing anything: the log takes no changes, or no
     * record starts there. What the disk does then, it cannot know.
     */
    default void checkDelete(long seq) {
        Gather.length(this, seq, MemorySegment.NULL);
    }

    /** Waits until everything appended before the call is durable. */
    void drain();

    /**
     * Starts what {@link #drain} waits for, in the background.
     *
     * @return the sequence to wait for: done when {@link #durableSince} is at least this, failed
     *     when {@link #failure} is not null; {@link #onChange} tells of both
     */
    default long requestDrain() {
        drain();
        return since();
    }

    /**
     * Why the log takes no more appends until it is reopened, or null while it does. Also tells of
     * a background write that met a full disk and is being retried: then ERR_NO_SPACE, and null
     * again later.
     */
    default MillraceException failure() {
        return null;
    }

    /**
     * Calls {@code visitor} with every record of a range that is not deleted, up to {@link #since}
     * of when it gets there.
     */
    default void forEach(Range range, RecordVisitor visitor) {
        try (var cursor = cursor(range);
                var batch = RecordBatch.allocate(256 << 10, 4096)) {
            for (int count = cursor.next(batch); count > 0; count = cursor.next(batch)) {
                for (int i = 0; i < count; i++) {
                    if (!batch.isDeleted(i)) {
                        visitor.visit(batch.seq(i), batch.slice(i));
                    }
                }
            }
        }
    }

    /**
     * Calls {@code listener} after {@link #since} or {@link #durableSince} moved or the log failed;
     * on the thread that moved it, with no lock held. It must return at once and not throw.
     *
     * @return close it to unsubscribe
     */
    AutoCloseable onChange(Runnable listener);

    /**
     * Another number than before when records have moved: what was computed from their sequences
     * does not count any more. It changes before the first of them moves, and is kept when the log
     * is closed.
     */
    default long epoch() {
        return 0;
    }

    /**
     * Where records have gone since the log had this epoch; waits while they are being moved. Null
     * when that is not known: the process that moved them died, or it was longer ago.
     */
    default Moves movesSince(long epoch) {
        return null;
    }

    /** Records before this sequence were dropped together; they count as deleted. 0 = none. */
    default long droppedBefore() {
        return 0;
    }

    /** What opening found and did. */
    OpenReport openReport();

    @Override
    void close();
}
