package org.millrace.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.millrace.fault.MemoryStorage;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** A cursor that would wait for the disk says so, from its first call on. */
class CursorReadinessTest {
    private static final Path LOG = Path.of("/d/log");

    private static List<Function<Storage, Log>> formats() {
        return List.of(
                storage -> OffsetLog.open(LOG, OffsetOptions.defaults().withStorage(storage)),
                storage -> BlockLog.open(LOG, BlockOptions.defaults().withStorage(storage)),
                storage -> WalLog.open(LOG, WalOptions.defaults().storage(storage)));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void theFirstCallIsAsReadyAsThePagesThatItReads(Function<Storage, Log> format) {
        for (boolean resident : new boolean[] {true, false}) {
            var storage = StorageProxy.answering(new MemoryStorage(), "isResident", resident);
            try (var log = format.apply(storage)) {
                long first = log.append(new byte[] {1});
                log.append(new byte[] {2});
                long last = log.append(new byte[] {3});
                log.drain();
                var ranges =
                        List.of(
                                Range.ALL,
                                Range.newestFirst(),
                                Range.after(first),
                                new Range(-1, false, last, true, true, -1));
                for (var range : ranges) {
                    checkReady(log, range, resident);
                }
            }
        }
    }

    private static void checkReady(Log log, Range range, boolean resident) {
        try (var cursor = log.cursor(range);
                var batch = RecordBatch.allocate(1 << 20, 1)) {
            assertEquals(resident, cursor.isReady(), "first call, " + range);
            assertEquals(1, cursor.next(batch));
            assertEquals(resident, cursor.isReady(), "second call, " + range);
        }
    }
}
