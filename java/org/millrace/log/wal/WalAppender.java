package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.log.engine.Appender;
import org.millrace.log.engine.Payloads;
import org.millrace.log.engine.RecordLengths;
import org.millrace.log.engine.TailWriter;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Frames records into the tail of a write-ahead log. A batch stands in one segment, and all of its
 * frames but the last say that it goes on, so that recovery keeps all of it or nothing.
 *
 * <p><b>Threads.</b> Any; serialised by the tail's lock.
 */
final class WalAppender implements Appender {
    private final WalWriter writer;
    private final TailWriter tail;
    private final RecordLengths lengths;
    private final BlockCrc crc = new BlockCrc();

    WalAppender(WalWriter writer, Path path) {
        this.writer = writer;
        this.tail = writer.tail;
        String limit = "a write-ahead log holds at most";
        this.lengths = new RecordLengths(path, 0, WalFrame.RECORD_BYTES_MAX, limit);
    }

    @Override
    public long append(MemorySegment record) {
        int length = Payloads.checked(record, lengths);
        return writer.append(
                WalFrame.frameBytes(length),
                true,
                () -> put(record, 0, length, 0, writer.nextSequence()));
    }

    @Override
    public long append(Payloads payloads, boolean waitDurable) {
        // At most: a frame is padded.
        long bytes =
                payloads.bytes()
                        + payloads.count() * (WalFrame.HEADER_BYTES + WalFrame.ALIGNMENT - 1);
        return writer.append(bytes, waitDurable, () -> putAll(payloads));
    }

    private long putAll(Payloads payloads) {
        var data = payloads.data();
        boolean tell = payloads.wantsSeqs();
        long count = payloads.count();
        long sequence = writer.nextSequence();
        long seq = -1;
        long start = 0;
        for (long i = 0; i < count; i++) {
            long end = payloads.end(i);
            int flags = i < count - 1 ? WalFrame.BATCH_GOES_ON : 0;
            seq = put(data, start, (int) (end - start), flags, sequence);
            if (tell) {
                payloads.tellSeq(i, seq);
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

    @Override
    public RecordLengths lengths() {
        return lengths;
    }
}
