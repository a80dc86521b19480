package org.millrace.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.fault.LogSubject;
import org.millrace.fault.MemoryStorage;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * What every log with a file promises while calls to the file system fail: nothing is acknowledged
 * that is not there. A subclass opens its format.
 */
public abstract class LogFaultContract {
    private static final int RECORDS = 12;
    private static final int RACES = 100;

    /** At least so many faults must be met at each level, or the test tests nothing. */
    private final int faultsLeast;

    protected LogFaultContract(int faultsLeast) {
        this.faultsLeast = faultsLeast;
    }

    /** Opens the log with small buffers, so that one run meets every kind of call. */
    protected abstract Log open(Storage storage, Durability level, long writeTimeoutMs);

    protected final Log open(Storage storage, Durability level) {
        return open(storage, level, 60_000);
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    protected void aFailureOfAnyCallAcknowledgesNothingThatIsNotThere(Durability level) {
        int faults = 0;
        for (var call : Call.values()) {
            for (var fault : Fault.values()) {
                for (boolean forEver : new boolean[] {false, true}) {
                    faults += failEach(level, call, fault, forEver, UnaryOperator.identity());
                }
            }
        }
        assertTrue(faults > faultsLeast, faults + " faults were met");
        System.out.printf(
                "%s %s: %,d faults, 0 false acknowledgements%n",
                getClass().getSimpleName(), level, faults);
    }

    /**
     * The canary, for each kind of call that makes a record last: records are missing, or the log
     * cannot even be opened.
     */
    @ParameterizedTest
    @EnumSource(
            value = Call.class,
            names = {"WRITE", "SYNC"})
    protected void aLogThatOverlooksErrorsIsCaught(Call call) {
        assertThrows(
                Throwable.class,
                () ->
                        failEach(
                                Durability.SYNC,
                                call,
                                Fault.EIO,
                                true,
                                StorageProxy::overlookingErrors));
    }

    /**
     * Fails each call of a kind in turn.
     *
     * @param bug lies between the log and its faulty storage
     */
    private int failEach(
            Durability level, Call call, Fault fault, boolean forEver, UnaryOperator<Storage> bug) {
        for (int nth = 1; ; nth++) {
            var memory = new MemoryStorage();
            var faulty = new FaultyStorage(memory);
            faulty.fail(call, nth, fault, forEver);
            var acknowledged = write(bug.apply(faulty), level);
            boolean met = faulty.fired() > 0;
            faulty.heal();
            var disk = level == Durability.OS ? memory.afterKill() : memory.afterPowerCut();
            String where = level + " " + call + " " + nth + " " + fault + " forEver=" + forEver;
            if (!acknowledged.isEmpty()) {
                try (var log = open(disk, level)) {
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
     * Appends, some of the records as a batch; returns what was acknowledged. After a failed append
     * goes on: what failed must not come back.
     */
    private List<String> write(Storage storage, Durability level) {
        var acknowledged = new ArrayList<String>();
        var appended = new ArrayList<String>();
        Log log = null;
        try {
            log = open(storage, level);
            for (int i = 0; i < RECORDS; i++) {
                try {
                    appended.addAll(append(log, i));
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

    private static List<String> append(Log log, int i) {
        String record = "record " + i + "-".repeat(20 * i);
        if (i % 3 == 2) {
            LogSubject.append(log, bytes(record), bytes("a"), bytes("b"));
            return List.of(record, "a", "b");
        }
        log.append(bytes(record));
        return List.of(record);
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"OS", "SYNC"})
    protected void aFullDiskIsToldAndAppendingGoesOnWhenThereIsRoom(Durability level) {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = open(faulty, level)) {
            log.append(bytes("before"));
            faulty.fail(Call.WRITE, 1, Fault.SHORT_WRITE, true);
            code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room")));
            code(ErrorCode.ERR_NO_SPACE, () -> log.append(bytes("no room either")));
            assertEquals(List.of("before"), read(log));
            faulty.heal();
            log.append(bytes("after"));
            assertEquals(List.of("before", "after"), read(log));
        }
        try (var log = open(faulty, level)) {
            assertEquals(List.of("before", "after"), read(log));
        }
    }

    @Test
    protected void levelMemoryKeepsWhatAFullDiskDidNotTakeAndWritesItLater() throws Exception {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = open(faulty, Durability.MEMORY, 5)) {
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
    protected void aFailedSyncIsNeverTriedAgainAndLeavesTheLogReadableUpToWhatIsDurable() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = open(faulty, Durability.OS)) {
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
            code(ErrorCode.ERR_LOG_SYNC_FAILED, () -> log.get(lost, MemorySegment.NULL));
        }
        try (var log = open(faulty, Durability.OS)) {
            assertEquals(List.of("durable", "lost?"), read(log));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"OS", "SYNC"})
    protected void aWriteErrorThatIsNotAFullDiskFailsTheLogUntilItIsReopened(Durability level) {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = open(faulty, level)) {
            log.append(bytes("kept"));
            faulty.fail(Call.WRITE, 1, Fault.LATE_EIO, false);
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            code(ErrorCode.ERR_LOG_FAILED, () -> log.append(bytes("broken")));
            assertEquals(List.of("kept"), read(log));
        }
        try (var log = open(faulty, level)) {
            assertEquals(List.of("kept"), read(log));
            log.append(bytes("again"));
        }
    }

    /** Else a callback in JavaScript would never come: nobody else tells of its failure. */
    @Test
    protected void whoWaitsForASyncHearsThatALaterWriteFailed() throws Exception {
        for (int i = 0; i < RACES; i++) {
            var faulty = new FaultyStorage(new MemoryStorage());
            try (var log = open(faulty, Durability.SYNC)) {
                var told = new Semaphore(0);
                var me = Thread.currentThread();
                var registration =
                        log.onChange(() -> told.release(Thread.currentThread() == me ? 0 : 1));
                long waits = appendWritten(log, "waits");
                faulty.fail(Call.WRITE, 1, Fault.EIO, true);
                log.requestDrain();
                code(ErrorCode.ERR_LOG_FAILED, () -> appendWritten(log, "fails"));
                do {
                    assertTrue(told.tryAcquire(5, TimeUnit.SECONDS), "nobody tells, race " + i);
                } while (log.durableSince() < waits && log.failure() == null);
                registration.close();
            }
        }
    }

    private static long appendWritten(Log log, String record) {
        var data = MemorySegment.ofArray(bytes(record));
        var ends = MemorySegment.ofArray(new int[] {record.length()});
        return log.appendWritten(data, ends, MemorySegment.NULL);
    }

    protected static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static List<String> read(Log log) {
        var seen = new ArrayList<String>();
        log.forEach(
                Range.ALL,
                (seq, record) -> seen.add(new String(record.copy(), StandardCharsets.UTF_8)));
        return seen;
    }

    protected static void code(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }

    private static void closeQuietly(Log log) {
        try {
            if (log != null) {
                log.close();
            }
        } catch (MillraceException e) {
            // The failure that this test planted, met again.
        }
    }
}
