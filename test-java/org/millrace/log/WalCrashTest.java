package org.millrace.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.LogSubject;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.util.function.Function;

/**
 * Crash images of a write-ahead log, with rotation and sealing: what every level acknowledged is
 * there, as a prefix, batches whole.
 */
@Timeout(300)
class WalCrashTest {
    private static final Path LOG = Path.of("/d/wal");
    private static final int IMAGES = Integer.getInteger("crash.images", 2_000);

    private static final class Subject extends LogSubject {
        Subject(Acknowledged acknowledged, long seed, Function<Storage, Log> opener) {
            super(acknowledged, seed, 40, opener);
        }

        @Override
        public boolean batchesAreAtomic() {
            return true;
        }
    }

    @Test
    void killLosesNothingAcknowledgedAtLevelOs() {
        check(Durability.OS, LogSubject.Acknowledged.BY_APPEND, Crash.KILL);
    }

    @Test
    void killLosesNothingDrainedAtLevelMemory() {
        check(Durability.MEMORY, LogSubject.Acknowledged.BY_DRAIN, Crash.KILL);
    }

    @Test
    void powerCutLosesNothingAcknowledgedAtLevelSync() {
        check(Durability.SYNC, LogSubject.Acknowledged.BY_APPEND, Crash.POWER_CUT);
    }

    @Test
    void powerCutLosesNothingDrainedAtLevelMemory() {
        check(Durability.MEMORY, LogSubject.Acknowledged.BY_DRAIN, Crash.POWER_CUT);
    }

    /** The canary: a log that says sync and does not must be caught by these images. */
    @Test
    void aLogThatLeavesOutItsSyncsIsCaught() {
        long seed = Long.getLong("seed", System.nanoTime());
        var subject =
                new Subject(
                        LogSubject.Acknowledged.BY_APPEND,
                        seed,
                        storage -> open(storage, Durability.OS));
        var report = CrashCheck.run(subject, Crash.POWER_CUT, seed, IMAGES);
        assertTrue(report.failed() > 10, report.failed() + " images failed, seed " + seed);
    }

    private static void check(Durability level, LogSubject.Acknowledged acknowledged, Crash crash) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("WalCrashTest " + level + " " + crash + " -Dseed=" + seed);
        var subject = new Subject(acknowledged, seed, storage -> open(storage, level));
        CrashCheck.run(subject, crash, seed, IMAGES).assertSound();
    }

    private static Log open(Storage storage, Durability level) {
        var log =
                WalLog.open(
                        LOG,
                        WalOptions.defaults()
                                .storage(storage)
                                .durability(level)
                                .segmentBytes(4096 + 8_000)
                                .preallocateBytes(4_000)
                                .writeTimeoutMs(60_000)
                                .bufferBytes(4096));
        if (log.failure() != null) {
            log.close();
            throw new AssertionError("taken for damage: " + log.failure().getMessage());
        }
        return log;
    }
}
