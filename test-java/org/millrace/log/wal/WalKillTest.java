package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.ChildWriter;
import org.millrace.fault.PowerCutDisk;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * A write-ahead log whose process is killed, again and again, and whose disk loses power: no
 * acknowledged record is lost, doubled or out of order. Seed: {@code -Dseed=N}; kills: {@code
 * -Dkills=N}.
 */
@Timeout(300)
class WalKillTest {
    private static final int KILLS = Integer.getInteger("kills", 60);
    private static final long ACKNOWLEDGEMENTS = 300_000;
    private static final int RECORD_BYTES = 152;

    private final long seed = Long.getLong("seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    /** The child: numbered records, one or a batch an append; acknowledges the last number. */
    static final class Writer {
        private Writer() {}

        /** Arguments: directory, level, {@code forget} to leave out every thousandth record. */
        public static void main(String[] args) {
            var acknowledgements = ChildWriter.acknowledgements();
            boolean forget = args.length > 2;
            try (var log = WalLog.open(Path.of(args[0]), options(Durability.valueOf(args[1])))) {
                long next = count(log);
                for (int batch = 1; ; batch = batch % 100 + 1) {
                    var records = new byte[batch * RECORD_BYTES];
                    var ends = new int[batch];
                    for (int i = 0; i < batch; i++, next++) {
                        boolean lie = forget && next % 1000 == 999;
                        fill(records, i, lie ? next + 1 : next);
                        ends[i] = (i + 1) * RECORD_BYTES;
                    }
                    log.append(MemorySegment.ofArray(records), MemorySegment.ofArray(ends));
                    acknowledgements.acknowledge(next - 1);
                }
            }
        }

        private static void fill(byte[] records, int index, long number) {
            var record = MemorySegment.ofArray(records).asSlice((long) index * RECORD_BYTES);
            for (int at = 0; at < RECORD_BYTES; at += 8) {
                record.set(ValueLayout.JAVA_LONG_UNALIGNED, at, number);
            }
        }
    }

    private static WalOptions options(Durability level) {
        return WalOptions.defaults()
                .durability(level)
                .segmentBytes(4 << 20)
                .preallocateBytes(1 << 20);
    }

    /** How many records there are; -1 when one is not what its place says. */
    private static long count(WalLog log) {
        long number = 0;
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(128 << 10, 1000)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++, number++) {
                    for (int at = 0; at < RECORD_BYTES; at += 8) {
                        long found =
                                batch.data()
                                        .get(ValueLayout.JAVA_LONG_UNALIGNED, batch.start(i) + at);
                        if (found != number) {
                            return -1;
                        }
                    }
                }
            }
        }
        return number;
    }

    private static long countIn(Path path) {
        try (var log = WalLog.open(path, options(Durability.OS))) {
            assertEquals(null, log.failure());
            return count(log);
        }
    }

    @Test
    void killedWriterLosesNoAcknowledgedRecordAtLevelOs() {
        kill(Durability.OS, KILLS, ACKNOWLEDGEMENTS);
    }

    @Test
    void killedWriterLosesNoAcknowledgedRecordAtLevelSync() {
        kill(Durability.SYNC, KILLS / 6, 0);
    }

    private void kill(Durability level, int kills, long wanted) {
        var path = directory.resolve("wal");
        long last = -1;
        for (int i = 0; i < kills || last < wanted; i++) {
            String[] args = {path.toString(), level.name()};
            try (var child = ChildWriter.start(Writer.class, args)) {
                child.await(1 + random.nextInt(level == Durability.OS ? 300 : 40));
                last = child.kill();
                if (i % 10 == 9 || i >= kills - 1) {
                    long there = countIn(path);
                    assertTrue(
                            there > last,
                            there + " records, acknowledged to " + last + ", seed " + seed);
                }
            }
        }
        System.out.printf(
                "WalKillTest %s: %d kills, %,d acknowledged records, 0 lost (-Dseed=%d)%n",
                level, kills, last + 1, seed);
    }

    /** The canary: a record that was left out must be noticed. */
    @Test
    void aWriterThatForgetsARecordIsCaught() {
        var path = directory.resolve("wal");
        String[] args = {path.toString(), "OS", "forget"};
        try (var child = ChildWriter.start(Writer.class, args)) {
            child.await(100);
            child.kill();
        }
        assertEquals(-1, countIn(path));
    }

    @Test
    void powerCutLosesNoRecordAcknowledgedAtLevelSync() throws IOException {
        try (var disk = PowerCutDisk.orSkip(directory, 64)) {
            var path = disk.directory().resolve("wal");
            String[] args = {path.toString(), "SYNC"};
            try (var child = ChildWriter.start(Writer.class, args)) {
                child.await(50 + random.nextInt(200));
                disk.cut();
                long last = child.kill();
                disk.remount();
                long there = countIn(path);
                assertTrue(there > last, there + " records, acknowledged " + List.of(last, seed));
            }
        }
    }
}
