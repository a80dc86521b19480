package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.NumberedWriter.Bug;
import org.millrace.log.Durability;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Each engine's writer killed again and again, at each level: no acknowledged record is lost,
 * doubled or out of order. The quick tier has 60 kills and 300,000 acknowledged records a level,
 * shared by the three engines; {@code -Dmillrace.kills=N} an engine and level.
 */
class KillTest {
    private static final int KILLS = Tier.count("millrace.kills", 20, 400);
    private static final int RECORDS_PER_KILL = 5_000;

    /** Three kills in four let at least this many be acknowledged before. */
    private static final int RECORDS_MIN = 6_700;

    private static final int RECORDS_SPREAD = 1_000;
    private static final int CANARY_KILLS = 20;

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    @ParameterizedTest
    @CsvSource({
        "OFFSET, MEMORY", "BLOCK, MEMORY", "WAL, MEMORY",
        "OFFSET, OS", "BLOCK, OS", "WAL, OS",
        "OFFSET, SYNC", "BLOCK, SYNC", "WAL, SYNC"
    })
    void killedWriterLosesNoAcknowledgedRecord(Engine engine, Durability level) {
        var path = directory.resolve("log");
        long acknowledged = 0;
        long there = 0;
        for (int i = 0; i < KILLS; i++) {
            try (var child = NumberedWriter.start(engine, path, level, Bug.NONE)) {
                acknowledged = Math.max(acknowledged, killSomewhere(child, i, there) + 1);
            }
            there = count(engine, path);
            assertTrue(
                    there >= acknowledged,
                    there + " records, acknowledged " + acknowledged + ", seed " + seed);
        }
        assertTrue(acknowledged >= (long) KILLS * RECORDS_PER_KILL, "only " + acknowledged);
        System.out.printf(
                "KillTest %s %s: %d kills, %,d records acknowledged, %,d there, 0 lost%n",
                engine, level, KILLS, acknowledged, there);
    }

    /** One kill in four comes early, while the child may still recover or open. */
    private long killSomewhere(ChildWriter child, int kill, long there) {
        if (kill % 4 == 1) {
            sleep(random.nextInt(300));
        } else {
            child.awaitNumber(there + RECORDS_MIN + random.nextInt(RECORDS_SPREAD));
        }
        return child.kill();
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aWriterThatForgetsARecordIsCaught(Engine engine) {
        var path = directory.resolve("log");
        try (var child = NumberedWriter.start(engine, path, Durability.OS, Bug.FORGETS_A_RECORD)) {
            child.await(100);
            child.kill();
        }
        assertThrows(AssertionError.class, () -> count(engine, path));
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aWriterThatAcknowledgesBeforeTheWriteIsCaught(Engine engine) {
        var path = directory.resolve("log");
        var bug = Bug.ACKNOWLEDGES_BEFORE_THE_WRITE;
        for (int i = 0; i < CANARY_KILLS; i++) {
            try (var child = NumberedWriter.start(engine, path, Durability.OS, bug)) {
                child.await(10);
                long last = child.kill();
                if (count(engine, path) <= last) {
                    return;
                }
                // The kill came between a write of the full buffer and the acknowledgement.
            }
        }
        fail(CANARY_KILLS + " kills, and nothing was lost");
    }

    private static long count(Engine engine, Path path) {
        try (var log = engine.open(path, Durability.OS)) {
            assertNull(log.failure());
            return NumberedRecords.count(log);
        }
    }

    private static void sleep(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted between kills", e);
        }
    }
}
