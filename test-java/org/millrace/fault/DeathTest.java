package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process that dies and a disk that loses power, over bare storage: the harness and its canary.
 */
class DeathTest {
    private static final int KILLS = 3;
    private static final int MEGABYTES = 64;

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path dir;

    @Test
    void killedWriterLosesNoAcknowledgedRecord() throws IOException {
        var path = dir.resolve("records");
        for (int i = 0; i < KILLS; i++) {
            try (var child = ChildWriter.start(RecordWriter.class, path.toString(), "write")) {
                child.await(1000 + random.nextInt(20_000));
                long last = child.kill();
                long good = RecordWriter.good(path);
                assertTrue(good > last, good + " good, acknowledged to " + last + ", seed " + seed);
            }
        }
    }

    @Test
    void powerCutLosesNoSyncedRecord() throws IOException {
        try (var disk = PowerCutDisk.orSkip(dir, MEGABYTES)) {
            long last = writeAndCut(disk, "sync", 200 + random.nextInt(800));
            long good = RecordWriter.good(disk.directory().resolve("records"));
            assertTrue(good > last, good + " good, acknowledged to " + last + ", seed " + seed);
        }
    }

    /** The canary: were nothing lost here, the power cut would prove nothing there. */
    @Test
    void powerCutLosesRecordsThatWereNotSynced() throws IOException {
        try (var disk = PowerCutDisk.orSkip(dir, MEGABYTES)) {
            long last = writeAndCut(disk, "write", 5000);
            long good = RecordWriter.good(disk.directory().resolve("records"));
            assertTrue(good <= last, good + " good, acknowledged to " + last);
        }
    }

    private static long writeAndCut(PowerCutDisk disk, String level, int acknowledgements) {
        var path = disk.directory().resolve("records").toString();
        try (var child = ChildWriter.start(RecordWriter.class, path, level)) {
            child.await(acknowledgements);
            return disk.cut(child);
        }
    }
}
