package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.engine.Appender;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.Payloads;
import org.millrace.log.engine.RecordLengths;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Puts records into the tail of a block log: where each goes, and the zeros at the end of a block.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class BlockAppender implements Appender {
    /** Sequences are exact in a JavaScript number. */
    private static final long FILE_BYTES_MAX = (1L << 53) - 1;

    private final FileEngine engine;
    private final TailWriter tail;
    private final BlockFormat format;
    private final Path path;
    private final RecordLengths lengths;

    BlockAppender(FileEngine engine, BlockFormat format, Path path) {
        this.engine = engine;
        this.tail = engine.tail;
        this.format = format;
        this.path = path;
        String limit = "a block of " + format.blockBytes() + " holds at most";
        this.lengths = new RecordLengths(path, 1, format.recordBytesMax(), limit);
    }

    @Override
    public long append(MemorySegment record) {
        int length = Payloads.checked(record, lengths);
        return engine.append(
                () -> {
                    checkRoom(length);
                    place(BlockFormat.HEADER_BYTES + length);
                    return put(record, 0, length);
                },
                true);
    }

    @Override
    public long append(Payloads payloads, boolean waitDurable) {
        return engine.append(() -> putAll(payloads, false), waitDurable);
    }

    /** {@link BlockLog#appendTransaction}. */
    long appendTransaction(Payloads payloads) {
        long framed = payloads.bytes() + payloads.count() * BlockFormat.HEADER_BYTES;
        if (framed + BlockFormat.END_BYTES > format.blockBytes()) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    String.format(
                            "%s: a transaction of %d records takes %d bytes, a block of %d holds"
                                + " %d; nothing was appended. Append them in smaller transactions.",
                            path,
                            payloads.count(),
                            framed,
                            format.blockBytes(),
                            format.blockBytes() - BlockFormat.END_BYTES));
        }
        return engine.append(() -> putAll(payloads, true), false);
    }

    private long putAll(Payloads payloads, boolean together) {
        var data = payloads.data();
        boolean tell = payloads.wantsSeqs();
        long count = payloads.count();
        checkRoom(payloads.bytes() + count * format.blockBytes());
        if (together) {
            place((int) (payloads.bytes() + count * BlockFormat.HEADER_BYTES));
        }
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = payloads.end(i);
            int length = (int) (end - start);
            place(BlockFormat.HEADER_BYTES + length);
            seq = put(data, start, length);
            if (tell) {
                payloads.tellSeq(i, seq);
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

    @Override
    public RecordLengths lengths() {
        return lengths;
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
