package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.StorageProxy;
import org.millrace.log.block.BlockLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.function.UnaryOperator;

/**
 * A block log that appends, deletes and compacts while every call to the file system fails in turn:
 * nothing is acknowledged that is not there, nothing deleted comes back, nothing hangs.
 */
class BlockFaultTest {
    private static final Path LOG = Path.of("/disk/log");
    private static final int BATCHES = 12;
    private static final int BATCH = 5;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aFailureOfAnyCallAcknowledgesNothingThatIsNotThere(Durability level) {
        int faults = 0;
        for (var call : Call.values()) {
            for (var fault : Fault.values()) {
                for (boolean forEver : new boolean[] {false, true}) {
                    faults += failEach(level, call, fault, forEver, UnaryOperator.identity());
                }
            }
        }
        System.out.printf(
                "BlockFaultTest %s: %,d faults, 0 false acknowledgements%n", level, faults);
        assertTrue(faults > 200, faults + " faults were met");
    }

    @ParameterizedTest
    @EnumSource(
            value = Call.class,
            names = {"WRITE", "SYNC"})
    void aLogThatOverlooksErrorsIsCaught(Call call) {
        var level = Durability.SYNC;
        assertThrows(
                AssertionError.class,
                () -> failEach(level, call, Fault.EIO, true, StorageProxy::overlookingErrors));
    }

    private static int failEach(
            Durability level, Call call, Fault fault, boolean forEver, UnaryOperator<Storage> bug) {
        for (int nth = 1; ; nth++) {
            var memory = new MemoryStorage();
            var faulty = new FaultyStorage(memory);
            faulty.fail(call, nth, fault, forEver);
            var oracle = work(bug.apply(faulty), level);
            boolean met = faulty.fired() > 0;
            var disk = level == Durability.OS ? memory.afterKill() : memory.afterPowerCut();
            try (var log = Engine.BLOCK.open(LOG, level, disk)) {
                assertNull(log.failure());
                oracle.check(log);
            } catch (MillraceException | AssertionError e) {
                var where = level + " " + call + " " + nth + " " + fault + " forEver=" + forEver;
                throw new AssertionError(where + ": " + e.getMessage(), e);
            }
            if (!met) {
                return nth - 1;
            }
        }
    }

    /** Goes on after a failure, with the same numbers: what was refused must not come back too. */
    private static DeletionOracle work(Storage storage, Durability level) {
        var oracle = new DeletionOracle();
        BlockLog log = null;
        try {
            log = (BlockLog) Engine.BLOCK.open(LOG, level, storage);
            long next = 0;
            for (int i = 0; i < BATCHES; i++) {
                next = append(log, next, level, oracle);
                if (i % 4 == 3) {
                    delete(log, level, oracle);
                    log.compact(_ -> {});
                }
            }
        } catch (MillraceException e) {
            // This test planted it.
        } finally {
            closeQuietly(log);
        }
        return oracle;
    }

    /** Returns the number to go on with; throws when nothing can be known of the log any more. */
    private static long append(BlockLog log, long next, Durability level, DeletionOracle oracle) {
        boolean appended = false;
        try {
            NumberedRecords.append(log, next, BATCH, -1);
            appended = true;
            if (level == Durability.MEMORY) {
                log.drain();
            }
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_LOG_SYNC_FAILED) {
                throw e; // not acknowledged, may be there
            }
            return appended ? next + BATCH : next;
        }
        for (long number = next; number < next + BATCH; number++) {
            oracle.appended(number);
        }
        return next + BATCH;
    }

    private static void delete(BlockLog log, Durability level, DeletionOracle oracle) {
        var seqs = new ArrayList<Long>();
        var numbers = new ArrayList<Long>();
        NumberedRecords.read(
                log,
                (seq, number) -> {
                    if (number % 3 == 1) {
                        seqs.add(seq);
                        numbers.add(number);
                    }
                });
        numbers.forEach(oracle::askedToDelete);
        seqs.forEach(log::delete);
        if (level == Durability.MEMORY) {
            log.drain();
        }
        numbers.forEach(oracle::deleted);
    }

    @Test
    void aFailedSyncIsNeverTriedAgainAndLeavesTheLogReadableUpToWhatIsDurable() {
        var faulty = new FaultyStorage(new MemoryStorage());
        try (var log = Engine.BLOCK.open(LOG, Durability.OS, faulty)) {
            NumberedRecords.append(log, 0, 3, -1);
            log.drain();
            NumberedRecords.append(log, 3, 3, -1);
            faulty.fail(Call.SYNC, 1, Fault.EIO, false);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, log::drain);
            code(ErrorCode.ERR_LOG_SYNC_FAILED, () -> NumberedRecords.append(log, 6, 1, -1));
            assertEquals(1, faulty.calls(Call.SYNC));
            assertEquals(3, NumberedRecords.count(log));
        }
        try (var log = Engine.BLOCK.open(LOG, Durability.OS, faulty)) {
            assertEquals(6, NumberedRecords.count(log));
        }
    }

    private static void code(ErrorCode code, Runnable call) {
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
