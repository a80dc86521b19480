package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.log.Log;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Frames records into the tail of a write-ahead log. A batch stands in one segment, and all of its
 * frames but the last say that it goes on, so that recovery keeps all of it or nothing.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class WalAppender {
    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private final WalWriter writer;
    private final TailWriter tail;
    private final Path path;
    private final BlockCrc crc = new BlockCrc();

    WalAppender(WalWriter writer, Path path) {
        this.writer = writer;
        this.tail = writer.tail;
        this.path = path;
    }

    long append(MemorySegment record) {
        long length = record.byteSize();
        checkLength(length, 0);
        return writer.append(
                WalFrame.frameBytes((int) length),
                true,
                () -> put(record, 0, (int) length, 0, writer.nextSequence()));
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
            writer.health.check();
            return writer.progress.since();
        }
        return writer.append(bytes, waitDurable, () -> putAll(data, ends, count, seqs));
    }

    private long putAll(MemorySegment data, MemorySegment ends, long count, MemorySegment seqs) {
        boolean tell = seqs.byteSize() != 0;
        long sequence = writer.nextSequence();
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            int flags = i < count - 1 ? WalFrame.BATCH_GOES_ON : 0;
            seq = put(data, start, (int) (end - start), flags, sequence);
            if (tell) {
                seqs.set(SEQ, i * 8, seq);
            }
            sequence += WalFrame.frameBytes((int) (end - start));
            start = end;
        }
        return seq;
    }

    private long put(MemorySegment data, long start, int length, int flags, long sequence) {
        int at = tail.reserve(WalFrame.frameBytes(length));
        var memory = tail.memory();
        WalFrame.begin(memory, at, length, flags, sequence, writer.segment().salt());
        MemorySegment.copy(data, start, memory, at + WalFrame.HEADER_BYTES, length);
        WalFrame.finish(memory, at, crc.over(memory));
        return sequence;
    }

    /** Returns the bytes of all frames. */
    private long checkEnds(MemorySegment data, MemorySegment ends, long count) {
        long size = data.byteSize();
        long start = 0;
        long bytes = 0;
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
            bytes += WalFrame.frameBytes((int) (end - start));
            start = end;
        }
        return bytes;
    }

    private void checkLength(long length, long index) {
        if (length > WalFrame.RECORD_BYTES_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "%s: record %d of the append has %d bytes, a write-ahead log holds at"
                                    + " most %d; nothing was appended",
                            path, index, length, WalFrame.RECORD_BYTES_MAX));
        }
    }
}
