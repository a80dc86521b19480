package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
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

/** Every call to the file system fails in turn: nothing is acknowledged that is not there. */
@Timeout(120)
class OffsetFaultTest {
    private static final Path LOG = Path.of("/d/log.offset");
    private static final int RECORDS = 12;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aFailureOfAnyCallAcknowledgesNothingThatIsNotThere(Durability level) {
        for (var call :
                List.of(Call.WRITE, Call.SYNC, Call.TRUNCATE, Call.OPEN, Call.READ, Call.MOVE)) {
            for (var fault : Fault.values()) {
                for (boolean forEver : new boolean[] {false, true}) {
                    failEach(level, call, fault, forEver);
                }
            }
        }
    }

    private static void failEach(Durability level, Call call, Fault fault, boolean forEver) {
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
                try (var log = OffsetLog.open(LOG, options(disk, level))) {
                    var there = read(log);
                    assertTrue(there.size() >= acknowledged.size(), where + " lost: " + there);
                    assertEquals(acknowledged, there.subList(0, acknowledged.size()), where);
                }
            }
            if (!met) {
                return;
            }
        }
    }

    /** Appends until something fails, then once more; returns what was acknowledged. */
    private static List<String> write(Storage storage, Durability level) {
        var acknowledged = new ArrayList<String>();
        var appended = new ArrayList<String>();
        OffsetLog log = null;
        try {
            log = OffsetLog.open(LOG, options(storage, level));
            for (int i = 0; i < RECORDS; i++) {
                String record = "record " + i + "-".repeat(20 * i);
                try {
                    log.append(record.getBytes(StandardCharsets.UTF_8));
                    appended.add(record);
                    if (level == Durability.MEMORY && i % 4 == 3) {
                        log.drain();
                    }
                    if (level != Durability.MEMORY || i % 4 == 3) {
                        acknowledged.clear();
                        acknowledged.addAll(appended);
                    }
                } catch (MillraceException e) {
                    if (level == Durability.SYNC && e.code() == ErrorCode.ERR_LOG_SYNC_FAILED) {
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
    void aFullDiskIsToldOnceAndAppendingGoesOnWhenThereIsRoom() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = OffsetLog.open(LOG, options(faulty, Durability.OS))) {
            log.append(bytes("before"));
            faulty.fail(Call.WRITE, 1, Fault.SHORT_WRITE, true);
            code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room")));
            code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room either")));
            assertEquals(List.of("before"), read(log));
            faulty.heal();
            log.append(bytes("after"));
            assertEquals(List.of("before", "after"), read(log));
        }
    }

    @Test
    void levelMemoryKeepsWhatAFullDiskDidNotTakeAndWritesItLater() throws Exception {
        var faulty = new FaultyStorage(new MemoryStorage());
        var options = options(faulty, Durability.MEMORY).withWriteTimeoutMs(5);
        try (var log = OffsetLog.open(LOG, options)) {
            faulty.fail(Call.WRITE, 1, Fault.ENOSPC, true);
            long seq = log.append(bytes("held"));
            code(ErrorCode.ERR_NO_SPACE, log::drain);
            assertEquals(ErrorCode.ERR_NO_SPACE, log.failure().code());
            faulty.heal();
            while (log.since() < seq) {
                Thread.sleep(2);
            }
            assertEquals(List.of("held"), read(log));
            assertEquals(null, log.failure());
        }
    }

    @Test
    void aFailedSyncIsNeverTriedAgainAndLeavesTheLogReadableUpToWhatIsDurable() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = OffsetLog.open(LOG, options(faulty, Durability.OS))) {
            long durable = log.append(bytes("durable"));
            log.drain();
            long lost = log.append(bytes("lost?"));
            faulty.fail(Call.SYNC, 1, Fault.EIO, false);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, () -> log.append(bytes("more")));
            assertEquals(1, faulty.calls(Call.SYNC));
            assertEquals(durable, log.durableSince());
            assertEquals(List.of("durable"), read(log));
            code(
                    ErrorCode.ERR_LOG_SYNC_FAILED,
                    () -> log.get(lost, java.lang.foreign.MemorySegment.NULL));
        }
        try (var log = OffsetLog.open(LOG, options(faulty, Durability.OS))) {
            assertEquals(List.of("durable", "lost?"), read(log));
        }
    }

    @Test
    void aWriteErrorThatIsNotAFullDiskFailsTheLogUntilItIsReopened() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = OffsetLog.open(LOG, options(faulty, Durability.OS))) {
            log.append(bytes("kept"));
            faulty.fail(Call.WRITE, 1, Fault.LATE_EIO, false);
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            assertEquals(List.of("kept"), read(log));
        }
        try (var log = OffsetLog.open(LOG, options(faulty, Durability.OS))) {
            assertEquals(List.of("kept"), read(log));
            log.append(bytes("again"));
        }
    }

    private static OffsetOptions options(Storage storage, Durability level) {
        return OffsetOptions.defaults()
                .withStorage(storage)
                .withDurability(level)
                .withWriteTimeoutMs(60_000)
                .withBufferBytes(256);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> read(OffsetLog log) {
        var seen = new ArrayList<String>();
        log.forEach(
                Range.ALL,
                (seq, record) -> seen.add(new String(record.copy(), StandardCharsets.UTF_8)));
        return seen;
    }

    private static void code(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }

    private static void closeQuietly(OffsetLog log) {
        try {
            if (log != null) {
                log.close();
            }
        } catch (MillraceException e) {
            // The failure that this test planted, met again.
        }
    }
}
