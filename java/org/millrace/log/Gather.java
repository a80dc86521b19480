package org.millrace.log;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;

/** Brings records that somebody names by their sequences, one by one, to the end of a batch. */
public final class Gather {
    private Gather() {}

    /**
     * Copies a record; of one that was deleted, nothing.
     *
     * @return false when there is no room left
     * @throws MillraceException as {@link Log#get}; ERR_BUFFER_TOO_SMALL when an empty batch has no
     *     room for it
     */
    public static boolean record(Log log, long seq, RecordBatch batch) {
        MemorySegment room = batch.room();
        int length = length(log, seq, room);
        if (length > room.byteSize()) {
            return batch.makeRoom(length) && record(log, seq, batch);
        }
        return length < 0 || batch.put(seq, length);
    }

    /** Copies a row that stands elsewhere. */
    public static boolean row(
            MemorySegment from, long offset, int length, long seq, RecordBatch batch) {
        if (length > batch.room().byteSize() && !batch.makeRoom(length)) {
            return false;
        }
        MemorySegment.copy(from, offset, batch.room(), 0, length);
        return batch.put(seq, length);
    }

    /** Length of a record, copied when there is room; -1 when it was deleted. */
    public static int length(Log log, long seq, MemorySegment room) {
        try {
            return log.get(seq, room);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return -1;
            }
            throw e;
        }
    }
}
