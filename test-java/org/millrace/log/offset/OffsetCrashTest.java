package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.LogSubject;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.StorageProxy;
import org.millrace.storage.Storage;

import java.nio.file.Path;

/** Crash images of an offset log: what every level acknowledged is there, as a prefix. */
class OffsetCrashTest {
    private static final Path LOG = Path.of("/d/log.offset");
    private static final int IMAGES = Tier.count("millrace.images", 2_000, 100_000);

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

    /** The planted bug that the checks above must see: a log that does not sync. */
    @Test
    void canaryALogThatSkipsTheSyncIsFound() {
        var subject =
                new LogSubject(
                        LogSubject.Acknowledged.BY_APPEND,
                        1,
                        20,
                        storage ->
                                OffsetLog.open(
                                        LOG,
                                        options(
                                                StorageProxy.answering(storage, "sync", null),
                                                Durability.SYNC)));
        assertTrue(CrashCheck.run(subject, Crash.POWER_CUT, 1, 300).failed() > 0);
    }

    private static void check(Durability level, LogSubject.Acknowledged acknowledged, Crash crash) {
        long seed = Tier.seed("OffsetCrashTest " + level + " " + crash);
        var subject =
                new LogSubject(
                        acknowledged,
                        seed,
                        40,
                        storage -> OffsetLog.open(LOG, options(storage, level)));
        CrashCheck.run(subject, crash, seed, IMAGES).assertSound();
    }

    private static OffsetOptions options(Storage storage, Durability level) {
        return OffsetOptions.defaults()
                .withStorage(storage)
                .withDurability(level)
                .withWriteTimeoutMs(60_000)
                .withBufferBytes(2048);
    }
}
