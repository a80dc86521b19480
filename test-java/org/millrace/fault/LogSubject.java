package org.millrace.fault;

import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Any {@link Log} under {@link CrashCheck}: random batches, acknowledged when append returns or
 * when a drain does.
 *
 * <pre>{@code
 * var subject = new LogSubject(LogSubject.Acknowledged.BY_APPEND, seed, 50,
 *         storage -> OffsetLog.open(storage, path, options));
 * CrashCheck.run(subject, Crash.POWER_CUT, seed, 10_000).assertSound();
 * }</pre>
 */
public class LogSubject implements CrashSubject {
    /** What the log's level makes an acknowledgement. */
    public enum Acknowledged {
        /** Levels os and sync. */
        BY_APPEND,
        /** Level memory: every third batch is drained. */
        BY_DRAIN
    }

    private static final int RECORD_BYTES_MAX = 900;
    private static final int BATCH_MAX = 4;

    private final Acknowledged acknowledged;
    private final long seed;
    private final int batches;
    private final Function<Storage, Log> opener;

    public LogSubject(
            Acknowledged acknowledged, long seed, int batches, Function<Storage, Log> opener) {
        this.acknowledged = acknowledged;
        this.seed = seed;
        this.batches = batches;
        this.opener = opener;
    }

    @Override
    public void run(Storage storage, History history) {
        var random = new Random(seed);
        try (var log = opener.apply(storage)) {
            for (int i = 0; i < batches; i++) {
                var batch = batch(random);
                history.append(batch);
                append(log, batch);
                if (acknowledged == Acknowledged.BY_APPEND) {
                    history.acknowledgeAll();
                } else if (i % 3 == 2) {
                    log.drain();
                    history.acknowledgeAll();
                }
            }
        }
    }

    @Override
    public List<byte[]> recover(Storage storage) {
        try (var log = opener.apply(storage)) {
            return readAll(log);
        }
    }

    /** Every record, oldest first; a deleted one as null. */
    public static List<byte[]> readAll(Log log) {
        var records = new ArrayList<byte[]>();
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(64 << 10, 1000)) {
            for (int n = cursor.next(batch); n > 0; n = cursor.next(batch)) {
                for (int i = 0; i < n; i++) {
                    records.add(batch.isDeleted(i) ? null : batch.slice(i).copy());
                }
            }
        }
        return records;
    }

    /** Appends one batch and returns the last record's sequence. */
    public static long append(Log log, byte[]... batch) {
        int length = 0;
        for (var record : batch) {
            length += record.length;
        }
        var data = ByteBuffer.allocate(length);
        var ends = ByteBuffer.allocate(4 * batch.length).order(ByteOrder.nativeOrder());
        for (var record : batch) {
            data.put(record);
            ends.putInt(data.position());
        }
        return log.append(MemorySegment.ofArray(data.array()), MemorySegment.ofArray(ends.array()));
    }

    private static byte[][] batch(Random random) {
        var batch = new byte[1 + random.nextInt(BATCH_MAX)][];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = new byte[1 + random.nextInt(RECORD_BYTES_MAX)];
            random.nextBytes(batch[i]);
        }
        return batch;
    }
}
