package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.fault.MemoryStorage;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.LogFaultContract;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;

/** {@link LogFaultContract} of the write-ahead log, and a failed sync of its group commit. */
class WalFaultTest extends LogFaultContract {
    WalFaultTest() {
        super(200);
    }

    @Override
    protected Log open(Storage storage, Durability level, long writeTimeoutMs) {
        return WalLog.open(
                Path.of("/d/wal"),
                WalOptions.defaults()
                        .storage(storage)
                        .durability(level)
                        .segmentBytes(4096 + 500)
                        .preallocateBytes(1024)
                        .writeTimeoutMs(writeTimeoutMs)
                        .bufferBytes(4096));
    }

    /** The whole group hears of it, nobody hangs, and no later group hides it. */
    @Test
    void aFailedSyncFailsEveryWaitingAppender() throws Exception {
        var faulty = new FaultyStorage(new MemoryStorage());
        var failures = new ConcurrentLinkedQueue<ErrorCode>();
        try (var log = open(faulty, Durability.SYNC)) {
            long good = log.append(bytes("good"));
            faulty.fail(Call.SYNC, 5, Fault.EIO, true);
            var threads = new ArrayList<Thread>();
            for (int t = 0; t < 8; t++) {
                threads.add(Thread.ofPlatform().start(() -> appendUntilItFails(log, failures)));
            }
            for (var thread : threads) {
                assertTrue(thread.join(Duration.ofSeconds(5)), "an appender hangs");
            }
            assertEquals(8, failures.size());
            failures.forEach(code -> assertEquals(ErrorCode.ERR_LOG_SYNC_FAILED, code));
            assertTrue(log.since() >= good);
            assertNotNull(log.failure());
        }
    }

    private static void appendUntilItFails(Log log, ConcurrentLinkedQueue<ErrorCode> failures) {
        try {
            while (true) {
                long seq = log.append(bytes("concurrent"));
                if (log.durableSince() < seq) {
                    failures.add(ErrorCode.ERR_INTERNAL);
                }
            }
        } catch (MillraceException e) {
            failures.add(e.code());
        }
    }
}
