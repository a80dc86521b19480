package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.fault.LogSubject;
import org.millrace.fault.MemoryStorage;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Every call to the file system fails in turn: nothing is acknowledged that is not there. */
@Timeout(120)
class WalFaultTest {
    private static final Path LOG = Path.of("/d/wal");
    private static final int RECORDS = 12;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aFailureOfAnyCallAcknowledgesNothingThatIsNotThere(Durability level) {
        int faults = 0;
        for (var call : Call.values()) {
            for (var fault : Fault.values()) {
                for (boolean forEver : new boolean[] {false, true}) {
                    faults += failEach(level, call, fault, forEver);
                }
            }
        }
        assertTrue(faults > 200, faults + " faults were met");
    }

    private static int failEach(Durability level, Call call, Fault fault, boolean forEver) {
        for (int nth = 1; ; nth++) {
            var memory = new MemoryStorage();
            var faulty = new FaultyStorage(memory);
            faulty.fail(call, nth, fault, forEver);
            var acknowledged = write(faulty, level);
            boolean met = faulty.fired() > 0;
            faulty.heal();
            var disk = level == Durability.OS ? memory.afterKill() : memory.afterPowerCut();
            String where = level + " " + call + " " + nth + " " + fault + " forEver=" + forEver;
            if (!acknowledged.isEmpty()) {
                try (var log = WalLog.open(LOG, options(disk, level))) {
                    assertNull(log.failure(), where);
                    var there = read(log);
                    assertTrue(there.size() >= acknowledged.size(), where + " lost: " + there);
                    assertEquals(acknowledged, there.subList(0, acknowledged.size()), where);
                }
            }
            if (!met) {
                return nth - 1;
            }
        }
    }

    /**
     * Appends, three of the records as a batch; returns what was acknowledged. After a failed
     * append goes on: what failed must not come back.
     */
    private static List<String> write(Storage storage, Durability level) {
        var acknowledged = new ArrayList<String>();
        var appended = new ArrayList<String>();
        WalLog log = null;
        try {
            log = WalLog.open(LOG, options(storage, level));
            for (int i = 0; i < RECORDS; i++) {
                String record = "record " + i + "-".repeat(20 * i);
                try {
                    if (i % 3 == 2) {
                        LogSubject.append(log, bytes(record), bytes("a"), bytes("b"));
                        appended.addAll(List.of(record, "a", "b"));
                    } else {
                        log.append(bytes(record));
                        appended.add(record);
                    }
                    if (level == Durability.MEMORY && i % 4 == 3) {
                        log.drain();
                    }
                    if (level != Durability.MEMORY || i % 4 == 3) {
                        acknowledged.clear();
                        acknowledged.addAll(appended);
                    }
                } catch (MillraceException e) {
                    if (e.code() == ErrorCode.ERR_LOG_SYNC_FAILED) {
                        break; // this record and later ones: not acknowledged, may be there
                    }
                }
            }
        } catch (MillraceException e) {
            // The open failed: nothing is acknowledged.
        } finally {
            closeQuietly(log);
        }
        return acknowledged;
    }

    @Test
    void aFullDiskIsToldAndAppendingGoesOnWhenThereIsRoom() {
        for (var level : List.of(Durability.OS, Durability.SYNC)) {
            var faulty = new FaultyStorage(new MemoryStorage());
            try (var log = WalLog.open(LOG, options(faulty, level))) {
                log.append(bytes("before"));
                faulty.fail(Call.WRITE, 1, Fault.SHORT_WRITE, true);
                code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room")));
                code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room either")));
                assertEquals(List.of("before"), read(log));
                faulty.heal();
                log.append(bytes("after"));
                assertEquals(List.of("before", "after"), read(log));
            }
            try (var log = WalLog.open(LOG, options(faulty, level))) {
                assertEquals(List.of("before", "after"), read(log));
            }
        }
    }

    @Test
    void levelMemoryKeepsWhatAFullDiskDidNotTakeAndWritesItLater() throws Exception {
        var faulty = new FaultyStorage(new MemoryStorage());
        var options = options(faulty, Durability.MEMORY).writeTimeoutMs(5);
        try (var log = WalLog.open(LOG, options)) {
            faulty.fail(Call.WRITE, 1, Fault.ENOSPC, true);
            long seq = log.append(bytes("held"));
            code(ErrorCode.ERR_NO_SPACE, log::drain);
            assertEquals(ErrorCode.ERR_NO_SPACE, log.failure().code());
            faulty.heal();
            while (log.since() < seq) {
                Thread.sleep(2);
            }
            assertEquals(List.of("held"), read(log));
            assertNull(log.failure());
        }
    }

    @Test
    void aFailedSyncIsNeverTriedAgainAndLeavesTheLogReadableUpToWhatIsDurable() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = WalLog.open(LOG, options(faulty, Durability.OS))) {
            long durable = log.append(bytes("durable"));
            log.drain();
            log.append(bytes("lost?"));
            faulty.fail(Call.SYNC, 1, Fault.EIO, false);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, () -> log.append(bytes("more")));
            assertEquals(1, faulty.calls(Call.SYNC));
            assertEquals(durable, log.durableSince());
            assertEquals(List.of("durable"), read(log));
        }
        try (var log = WalLog.open(LOG, options(faulty, Durability.OS))) {
            assertEquals(List.of("durable", "lost?"), read(log));
        }
    }

    /** The whole group hears of it, nobody hangs, and no later group hides it. */
    @Test
    void aFailedSyncFailsEveryWaitingAppender() throws Exception {
        var faulty = new FaultyStorage(new MemoryStorage());
        var failures = new ConcurrentLinkedQueue<ErrorCode>();
        try (var log = WalLog.open(LOG, options(faulty, Durability.SYNC))) {
            long good = log.append(bytes("good"));
            faulty.fail(Call.SYNC, 5, Fault.EIO, true);
            var threads = new ArrayList<Thread>();
            for (int t = 0; t < 8; t++) {
                threads.add(Thread.ofPlatform().start(() -> appendUntilItFails(log, failures)));
            }
            for (var thread : threads) {
                assertTrue(thread.join(java.time.Duration.ofSeconds(5)), "an appender hangs");
            }
            assertEquals(8, failures.size());
            failures.forEach(code -> assertEquals(ErrorCode.ERR_LOG_SYNC_FAILED, code));
            assertTrue(log.since() >= good);
            assertNotNull(log.failure());
        }
    }

    private static void appendUntilItFails(WalLog log, ConcurrentLinkedQueue<ErrorCode> failures) {
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

    @Test
    void aWriteErrorThatIsNotAFullDiskFailsTheLogUntilItIsReopened() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = WalLog.open(LOG, options(faulty, Durability.SYNC))) {
            log.append(bytes("kept"));
            faulty.fail(Call.WRITE, 1, Fault.LATE_EIO, false);
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            assertEquals(List.of("kept"), read(log));
        }
        try (var log = WalLog.open(LOG, options(faulty, Durability.SYNC))) {
            assertEquals(List.of("kept"), read(log));
            log.append(bytes("again"));
        }
    }

    private static WalOptions options(Storage storage, Durability level) {
        return WalOptions.defaults()
                .storage(storage)
                .durability(level)
                .segmentBytes(4096 + 500)
                .preallocateBytes(1024)
                .writeTimeoutMs(60_000)
                .bufferBytes(4096);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> read(WalLog log) {
        var seen = new ArrayList<String>();
        log.forEach(
                Range.ALL,
                (seq, record) -> seen.add(new String(record.copy(), StandardCharsets.UTF_8)));
        return seen;
    }

    private static void code(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }

    private static void closeQuietly(WalLog log) {
        try {
            if (log != null) {
                log.close();
            }
        } catch (MillraceException e) {
            // The failure that this test planted, met again.
        }
    }
}
