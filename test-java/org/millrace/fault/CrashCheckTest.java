package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.ToyLog.Bug;

import java.util.Set;

/** Canaries: a sound log passes, and each planted bug turns the crash check red. */
class CrashCheckTest {
    private final long seed = Tier.seed(this);

    @Test
    void aSoundLogPassesEveryImage() {
        long start = System.nanoTime();
        var report = CrashCheck.run(toy(Set.of(), 100), Crash.POWER_CUT, seed, 20_000);
        report.assertSound();
        System.out.printf(
                "crash check: %,d images of a toy log, %,.0f images/s, seed %d%n",
                report.images(), report.images() / ((System.nanoTime() - start) / 1e9), seed);
        assertTrue(report.images() > 10_000, "images: " + report.images());
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void aPlantedBugTurnsItRed(Bug bug) {
        var report = CrashCheck.run(toy(Set.of(bug), 30), Crash.POWER_CUT, seed, 5000);
        assertTrue(report.failed() > 0, "seed " + seed);
        var e = assertThrows(AssertionError.class, report::assertSound);
        assertTrue(e.getMessage().contains("seed " + seed), e.getMessage());
    }

    @Test
    void aKillLosesNothingThatWasWrittenEvenUnsynced() {
        CrashCheck.run(toy(Set.of(Bug.SKIPPED_SYNC), 30), Crash.KILL, seed, 2000).assertSound();
    }

    @Test
    void theSameSeedGivesTheSameImages() {
        var bug = Set.of(Bug.SKIPPED_SYNC);
        var once = CrashCheck.run(toy(bug, 10), Crash.POWER_CUT, seed, 1000);
        assertEquals(once, CrashCheck.run(toy(bug, 10), Crash.POWER_CUT, seed, 1000));
    }

    private ToyLog toy(Set<Bug> bugs, int batches) {
        return new ToyLog(bugs, seed, batches);
    }
}
