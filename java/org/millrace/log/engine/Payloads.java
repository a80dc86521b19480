package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What one batch append was given, checked before anything is changed.
 *
 * @param data the payloads one behind the other
 * @param ends unsigned 32-bit ints: where each ends
 * @param seqs doubles, one a record, or empty: takes the sequences
 * @param count how many records
 * @param bytes of all payloads
 */
public record Payloads(
        MemorySegment data, MemorySegment ends, MemorySegment seqs, long count, long bytes) {
    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    /**
     * @throws MillraceException ERR_ARGUMENT, or what {@code lengths} refuses with
     */
    public static Payloads checked(
            MemorySegment data, MemorySegment ends, MemorySegment seqs, RecordLengths lengths) {
        long count = ends.byteSize() / END.byteSize();
        if (seqs.byteSize() != 0 && seqs.byteSize() < count * SEQ.byteSize()) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            "append: seqs has room for %d of %d sequences; nothing was appended",
                            seqs.byteSize() / SEQ.byteSize(), count));
        }
        long least = lengths.least();
        long most = lengths.most();
        long size = data.byteSize();
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            if (end < start || end > size) {
                throw new MillraceException(
                        ErrorCode.ERR_ARGUMENT,
                        String.format(
                                "append: ends[%d]=%d, must be %d..%d; nothing was appended",
                                i, end, start, size));
            }
            if (end - start < least || end - start > most) {
                throw lengths.refusal(i, end - start);
            }
            start = end;
        }
        return new Payloads(data, ends, seqs, count, start);
    }

    /** Checks one record alone; returns its length. */
    public static int checked(MemorySegment record, RecordLengths lengths) {
        long length = record.byteSize();
        if (length < lengths.least() || length > lengths.most()) {
            throw lengths.refusal(0, length);
        }
        return (int) length;
    }

    /** Where a payload ends in {@link #data}. */
    public long end(long index) {
        return Integer.toUnsignedLong(ends.get(END, index * 4));
    }

    /** False when nobody asks for the sequences. */
    public boolean wantsSeqs() {
        return seqs.byteSize() != 0;
    }

    public void tellSeq(long index, long seq) {
        seqs.set(SEQ, index * 8, seq);
    }
}
