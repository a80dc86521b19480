package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.engine.Appender;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.Payloads;
import org.millrace.log.engine.RecordLengths;
import org.millrace.log.engine.Sectors;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Frames records into the tail of an offset log.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class OffsetAppender implements Appender {
    private final FileEngine engine;
    private final TailWriter tail;
    private final OffsetFrame frame;
    private final RecordLengths lengths;
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
        this.lengths = new RecordLengths(path, 0, recordBytesMax, "recordBytesMax is");
        this.path = path;
    }

    @Override
    public long append(MemorySegment record) {
        int length = Payloads.checked(record, lengths);
        return engine.append(
                () -> {
                    checkRoom(frame.frameLength(length));
                    return put(record, 0, length);
                },
                true);
    }

    @Override
    public long append(Payloads payloads, boolean waitDurable) {
        return engine.append(
                () -> {
                    checkRoom(payloads.bytes() + payloads.count() * frame.overheadBytes());
                    return putAll(payloads);
                },
                waitDurable);
    }

    private long putAll(Payloads payloads) {
        var data = payloads.data();
        boolean tell = payloads.wantsSeqs();
        long count = payloads.count();
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = payloads.end(i);
            seq = put(data, start, (int) (end - start));
            if (tell) {
                payloads.tellSeq(i, seq);
            }
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

    @Override
    public RecordLengths lengths() {
        return lengths;
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
