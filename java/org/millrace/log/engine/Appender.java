package org.millrace.log.engine;

import org.millrace.log.Log;

import java.lang.foreign.MemorySegment;

/**
 * Frames records into the tail of a log, in its format. Threads: any; the tail's lock serialises.
 */
public interface Appender {
    /** {@link Log#append(MemorySegment)}. */
    long append(MemorySegment record);

    /**
     * Appends a batch, not empty.
     *
     * @param waitDurable at level sync: false returns when the bytes are written
     * @return sequence of the last record
     */
    long append(Payloads payloads, boolean waitDurable);

    /** What one record may have. */
    RecordLengths lengths();
}
