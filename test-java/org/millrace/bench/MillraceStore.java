package org.millrace.bench;

import org.millrace.format.OffsetCodec;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Ours: the offset log at level os, a batch per call. */
final class MillraceStore implements Store {
    private static final int RECORD_BYTES_MAX = 1 << 16;

    private final OffsetLog log;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment record = arena.allocate(RECORD_BYTES_MAX, 8);
    private final RecordBatch batch = RecordBatch.allocate(256 * 1024, 4096);

    MillraceStore(Path directory) {
        var options = OffsetOptions.defaults().withCodec(OffsetCodec.BITS_53);
        log = OffsetLog.open(directory.resolve("log.offset"), options);
    }

    @Override
    public void append(MemorySegment data, int[] lengths, long[] ids) {
        try (var frame = Arena.ofConfined()) {
            var ends = frame.allocate(lengths.length * 4L, 8);
            int end = 0;
            for (int i = 0; i < lengths.length; i++) {
                end += lengths[i];
                ends.setAtIndex(ValueLayout.JAVA_INT, i, end);
            }
            var seqs = frame.allocate(lengths.length * 8L, 8);
            log.append(data, ends, seqs);
            for (int i = 0; i < lengths.length; i++) {
                ids[i] = (long) seqs.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
            }
        }
    }

    @Override
    public long scan() {
        long sum = 0;
        try (var cursor = log.cursor(Range.ALL)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    sum = Fold.of(sum, batch.data(), batch.start(i), batch.length(i));
                }
            }
        }
        return sum;
    }

    @Override
    public long get(long id) {
        return Fold.of(0, record, 0, log.get(id, record));
    }

    @Override
    public void close() {
        log.close();
        batch.close();
        arena.close();
    }
}
