package org.millrace.log;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
        int used = batch.usedBytes();
        MemorySegment room = batch.data().asSlice(used);
        int length = length(log, seq, room);
        if (length > room.byteSize()) {
            if (batch.count() > 0) {
                return false;
            }
            batch.ensureData(length);
            return record(log, seq, batch);
        }
        return length < 0 || added(batch, seq, used, length);
    }

    /** Copies a row that is no record. */
    public static boolean row(byte[] bytes, long seq, RecordBatch batch) {
        int used = batch.usedBytes();
        if (bytes.length > batch.data().byteSize() - used) {
            if (batch.count() > 0) {
                return false;
            }
            batch.ensureData(bytes.length);
            used = 0;
        }
        MemorySegment.copy(bytes, 0, batch.data(), ValueLayout.JAVA_BYTE, used, bytes.length);
        return added(batch, seq, used, bytes.length);
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

    private static boolean added(RecordBatch batch, long seq, int used, int length) {
        boolean fits = batch.add(seq, used, length);
        if (fits) {
            batch.used(used + length);
        }
        return fits;
    }
}
