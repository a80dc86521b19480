package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/**
 * Reads the fields and links of one record in one pass over its bytes.
 *
 * <p><b>Threads.</b> One thread at a time; make one per thread.
 *
 * <p><b>Memory.</b> Allocates nothing per record. The block is borrowed for the call: the message
 * keeps a copy of the record.
 *
 * <p><b>Limits.</b> Values nested deeper than {@link #DEPTH_MAX} are checked for well-formedness
 * but not looked into. A record of more than {@link #RECORD_BYTES_MAX} bytes is no message.
 */
public interface Scanner {
    /** Fields and links are found this many levels deep; what stands deeper is opaque. */
    int DEPTH_MAX = 256;

    /** So that a hostile record cannot fill the heap; SSB's own limit is 8 KiB. */
    int RECORD_BYTES_MAX = 32 << 20;

    /**
     * Scans a record and fills {@code message}, whatever it held before.
     *
     * @param block holds the record's bytes; off-heap for speed
     * @param offset of the record's first byte in {@code block}
     * @param length of the record in bytes
     * @return true when the bytes are one well-formed value; false when they are not a message, and
     *     {@code message} is empty then. Hostile bytes never throw.
     */
    boolean scan(MemorySegment block, long offset, int length, Message message);
}
