package org.millrace.log;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.LogSubject;

import java.nio.file.Path;

/** Crash images of an offset log: what every level acknowledged is there, as a prefix. */
@Timeout(120)
class OffsetCrashTest {
    private static final Path LOG = Path.of("/d/log.offset");
    private static final int IMAGES = Integer.getInteger("crash.images", 2_000);

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

    private static void check(Durability level, LogSubject.Acknowledged acknowledged, Crash crash) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("OffsetCrashTest " + level + " " + crash + " -Dseed=" + seed);
        var subject =
                new LogSubject(
                        acknowledged,
                        seed,
                        40,
                        storage ->
                                OffsetLog.open(
                                        LOG,
                                        OffsetOptions.defaults()
                                                .withStorage(storage)
                                                .withDurability(level)
                                                .withWriteTimeoutMs(60_000)
                                                .withBufferBytes(2048)));
        CrashCheck.run(subject, crash, seed, IMAGES).assertSound();
    }
}
