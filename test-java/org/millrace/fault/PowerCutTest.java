package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.NumberedWriter.Bug;
import org.millrace.log.Durability;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * Each engine on a real file system whose power is cut, again and again: what was acknowledged at
 * level sync, or drained, is there. SKIPPED by name without root and loop mounts.
 */
class PowerCutTest {
    private static final int CUTS = Tier.count("millrace.cuts", 3, 60);
    private static final int CANARY_CUTS = 8;
    private static final int MEGABYTES = 64;

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aPowerCutLosesNoRecordAcknowledgedAtLevelSync(Engine engine) throws IOException {
        cutAgainAndAgain(engine, Durability.SYNC);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aPowerCutLosesNoRecordThatWasDrained(Engine engine) throws IOException {
        cutAgainAndAgain(engine, Durability.MEMORY);
    }

    private void cutAgainAndAgain(Engine engine, Durability level) throws IOException {
        try (var disk = PowerCutDisk.orSkip(directory, MEGABYTES)) {
            long there = 0;
            for (int i = 0; i < CUTS; i++) {
                long last = writeAndCut(disk, engine, level, Bug.NONE, there);
                there = count(engine, disk);
                assertTrue(
                        there > last, there + " there, acknowledged to " + last + ", seed " + seed);
            }
            System.out.printf(
                    "PowerCutTest %s %s: %d cuts, %,d records, 0 lost%n",
                    engine, level, CUTS, there);
        }
    }

    /** The canary: were nothing lost here, the cuts above would prove nothing. */
    @ParameterizedTest
    @EnumSource(Engine.class)
    void aLogThatSkipsTheSyncIsCaught(Engine engine) throws IOException {
        try (var disk = PowerCutDisk.orSkip(directory, MEGABYTES)) {
            long there = 0;
            for (int i = 0; i < CANARY_CUTS; i++) {
                long last = writeAndCut(disk, engine, Durability.SYNC, Bug.SKIPS_THE_SYNC, there);
                there = count(engine, disk);
                if (there <= last) {
                    return;
                }
                // A write-ahead log syncs when it rotates: the cut may come right behind that.
            }
            fail(CANARY_CUTS + " cuts, and nothing was lost");
        }
    }

    private long writeAndCut(
            PowerCutDisk disk, Engine engine, Durability level, Bug bug, long there) {
        var path = disk.directory().resolve("log");
        try (var child = NumberedWriter.start(engine, path, level, bug)) {
            child.awaitNumber(there + 500 + random.nextInt(5_000));
            return disk.cut(child);
        }
    }

    private static long count(Engine engine, PowerCutDisk disk) {
        try (var log = engine.open(disk.directory().resolve("log"), Durability.OS)) {
            assertNull(log.failure());
            return NumberedRecords.count(log);
        }
    }
}
