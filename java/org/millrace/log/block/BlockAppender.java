package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Log;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Puts records into the tail of a block log: where each goes, and the zeros at the end of a block.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class BlockAppender {
    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfDouble SEQ = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    /** Sequences are exact in a JavaScript number. */
    private static final long FILE_BYTES_MAX = (1L << 53) - 1;

    private final FileEngine engine;
    private final TailWriter tail;
    private final BlockFormat format;
    private final Path path;

    BlockAppender(FileEngine engine, BlockFormat format, Path path) {
        this.engine = engine;
        this.tail = engine.tail;
        this.format = format;
        this.path = path;
    }

    long append(MemorySegment record) {
        long length = record.byteSize();
        checkLength(length, 0);
        return engine.append(
                () -> {
                    checkRoom(length);
                    int framed = BlockFormat.HEADER_BYTES + (int) length;
                    place(framed);
                    return put(record, 0, (int) length);
                },
                true);
    }

    /** {@link Log#append(MemorySegment, MemorySegment, MemorySegment)}. */
    long append(MemorySegment data, MemorySegment ends, MemorySegment seqs, boolean waitDurable) {
        long count = check(data, ends, seqs);
        if (count == 0) {
            engine.health.check();
            return engine.progress.since();
        }
        return engine.append(() -> putAll(data, ends, count, seqs, false), waitDurable);
    }

    /** {@link BlockLog#appendTransaction}. */
    long appendTransaction(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        long count = check(data, ends, seqs);
        if (count == 0) {
            engine.health.check();
            return engine.progress.since();
        }
        long framed = lastEnd(ends, count) + count * BlockFormat.HEADER_BYTES;
        if (framed + BlockFormat.END_BYTES > format.blockBytes()) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "%s: a transaction of %d records takes %d bytes, a block of %d holds"
                                + " %d; nothing was appended. Append them in smaller transactions.",
                            path,
                            count,
                            framed,
                            format.blockBytes(),
                            format.blockBytes() - BlockFormat.END_BYTES));
        }
        return engine.append(() -> putAll(data, ends, count, seqs, true), false);
    }

    private long putAll(
            MemorySegment data,
            MemorySegment ends,
            long count,
            MemorySegment seqs,
            boolean together) {
        boolean tell = seqs.byteSize() != 0;
        long bytes = lastEnd(ends, count);
        checkRoom(bytes + count * format.blockBytes());
        if (together) {
            place((int) (bytes + count * BlockFormat.HEADER_BYTES));
        }
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            int length = (int) (end - start);
            place(BlockFormat.HEADER_BYTES + length);
            seq = put(data, start, length);
            if (tell) {
                seqs.set(SEQ, i * 8, seq);
            }
            start = end;
        }
        return seq;
    }

    /** Moves the tail to where so many bytes fit into one block. */
    private void place(int framed) {
        long end = tail.end();
        int pad = (int) (format.place(end, framed) - end);
        if (pad > 0) {
            int at = tail.reserve(pad);
            tail.memory().asSlice(at, pad).fill((byte) 0);
        }
    }

    private long put(MemorySegment data, long start, int length) {
        int bytes = BlockFormat.HEADER_BYTES + length;
        int at = tail.reserve(bytes);
        var memory = tail.memory();
        format.putLength(memory, at, length);
        MemorySegment.copy(data, start, memory, at + BlockFormat.HEADER_BYTES, length);
        return tail.end() - bytes;
    }

    /** Returns how many records. */
    private long check(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        long count = ends.byteSize() / END.byteSize();
        if (seqs.byteSize() != 0 && seqs.byteSize() < count * SEQ.byteSize()) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            "append: seqs has room for %d of %d sequences; nothing was appended",
                            seqs.byteSize() / SEQ.byteSize(), count));
        }
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = Integer.toUnsignedLong(ends.get(END, i * 4));
            if (end < start || end > data.byteSize()) {
                throw new MillraceException(
                        ErrorCode.ERR_ARGUMENT,
                        String.format(
                                "append: ends[%d]=%d, must be %d..%d; nothing was appended",
                                i, end, start, data.byteSize()));
            }
            checkLength(end - start, i);
            start = end;
        }
        return count;
    }

    private static long lastEnd(MemorySegment ends, long count) {
        return Integer.toUnsignedLong(ends.get(END, (count - 1) * 4));
    }

    private void checkLength(long length, long index) {
        if (length == 0) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_EMPTY,
                    String.format(
                            "%s: record %d of the append is empty, which this format cannot hold (a"
                                    + " length of 0 ends the block); nothing was appended",
                            path, index));
        }
        if (length > format.recordBytesMax()) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "%s: record %d of the append has %d bytes, a block of %d holds at most"
                                    + " %d; nothing was appended",
                            path, index, length, format.blockBytes(), format.recordBytesMax()));
        }
    }

    private void checkRoom(long bytes) {
        if (tail.end() + bytes + format.blockBytes() > FILE_BYTES_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FULL,
                    String.format(
                            "%s@%d: the append would end past 2^53 - 1, the last sequence that is"
                                    + " exact in JavaScript; nothing was appended",
                            path, tail.end()));
        }
    }
}
