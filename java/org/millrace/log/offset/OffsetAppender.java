package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Log;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.Sectors;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Frames records into the tail of an offset log.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class OffsetAppender {
    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private final FileEngine engine;
    private final TailWriter tail;
    private final OffsetFrame frame;
    private final int recordBytesMax;
    private final boolean strictTail;
    private final Path path;
    private volatile long doubtfulSeq = -1;

    OffsetAppender(
            FileEngine engine,
            OffsetFrame frame,
            int recordBytesMax,
            boolean strictTail,
            Path path) {
        this.strictTail = strictTail;
        this.engine = engine;
        this.tail = engine.tail;
        this.frame = frame;
        this.recordBytesMax = recordBytesMax;
        this.path = path;
    }

    long append(MemorySegment record) {
        long length = record.byteSize();
        checkLength(length, 0);
        return engine.append(
                () -> {
                    checkRoom(frame.frameLength(length));
                    return put(record, 0, (int) length);
                },
                true);
    }

    /** {@link Log#append(MemorySegment, MemorySegment, MemorySegment)}. */
    long append(MemorySegment data, MemorySegment ends, MemorySegment seqs, boolean waitDurable) {
        long count = ends.byteSize() / END.byteSize();
        if (seqs.byteSize() != 0 && seqs.byteSize() < count * SEQ.byteSize()) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            "append: seqs has room for %d of %d sequences; nothing was appended",
                            seqs.byteSize() / SEQ.byteSize(), count));
        }
        long bytes = checkEnds(data, ends, count);
        if (count == 0) {
            engine.health.check();
            return engine.progress.since();
        }
        return engine.append(
                () -> {
                    checkRoom(bytes + count * frame.overheadBytes());
                    return seqs.byteSize() == 0
                            ? putAll(data, ends, count)
                            : putAll(data, ends, count, seqs);
                },
                waitDurable);
    }

    private long putAll(MemorySegment data, MemorySegment ends, long count) {
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            seq = put(data, start, (int) (end - start));
            start = end;
        }
        return seq;
    }

    private long putAll(MemorySegment data, MemorySegment ends, long count, MemorySegment seqs) {
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            seq = put(data, start, (int) (end - start));
            seqs.set(SEQ, i * 8, seq);
            start = end;
        }
        return seq;
    }

    private long put(MemorySegment data, long start, int length) {
        int bytes = length + frame.overheadBytes();
        int at = tail.reserve(bytes);
        long end = tail.end();
        var memory = tail.memory();
        frame.putHeader(memory, at, length);
        MemorySegment.copy(data, start, memory, at + OffsetFrame.HEADER_BYTES, length);
        frame.putTrailer(memory, at + OffsetFrame.HEADER_BYTES + length, length, end);
        long seq = end - bytes;
        if (strictTail && bytes >= Sectors.BYTES && Sectors.hasZero(memory, at, bytes, seq)) {
            doubtfulSeq = seq;
        }
        return seq;
    }

    /** The last record that holds a whole sector of zeros, -1 = none; {@link Sectors}. */
    long doubtfulSeq() {
        return doubtfulSeq;
    }

    /** Returns the bytes of all records. */
    private long checkEnds(MemorySegment data, MemorySegment ends, long count) {
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
            checkLength(end - start, i);
            start = end;
        }
        return start;
    }

    private void checkLength(long length, long index) {
        if (length > recordBytesMax) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "%s: record %d of the append has %d bytes, recordBytesMax is %d;"
                                    + " nothing was appended",
                            path, index, length, recordBytesMax));
        }
    }

    private void checkRoom(long bytes) {
        long endMax = frame.codec().endMax();
        if (tail.end() + bytes > endMax) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FULL,
                    String.format(
                            "%s@%d: %d more bytes would end past %d, all that offset codec %s can"
                                + " address; nothing was appended and nothing is lost. Convert the"
                                + " log to offset codec 53 to go on.",
                            path, tail.end(), bytes, endMax, frame.codec().label()));
        }
    }
}
