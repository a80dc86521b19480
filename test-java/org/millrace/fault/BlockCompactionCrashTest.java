package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.log.Durability;
import org.millrace.log.block.BlockLog;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A block log whose process dies, or whose power fails, while it is compacted: every record that
 * was not deleted is there once, in its place, and no deleted one comes back.
 */
class BlockCompactionCrashTest {
    private static final int KILLS = Tier.count("millrace.kills.compaction", 16, 500);
    private static final int IMAGES = Tier.count("millrace.images", 2_000, 100_000);

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    @Test
    void killedCompactionIsFinishedByTheNextOpen() {
        var path = directory.resolve("log");
        long next = 0;
        int within = 0;
        int kills = 0;
        for (; kills < KILLS || within == 0; kills++) { // until one has met a compaction
            long last = killOnce(path, kills);
            within += last % 2 == 1 ? 1 : 0;
            next = Math.max(next, last / 2);
            if (kills % 2 == 0) { // else the next child is the one who finishes it
                check(path, next);
            }
        }
        check(path, next);
        System.out.printf(
                "BlockCompactionCrashTest: %d kills, %d within a compaction, %,d records appended,"
                        + " 0 lost%n",
                kills, within, next);
    }

    /** Returns the last acknowledgement; 0 when the child had not come so far. */
    private long killOnce(Path path, int kill) {
        try (var child = ChildWriter.start(CompactingWriter.class, path.toString())) {
            if (kill % 5 != 4) {
                child.await(1 + random.nextInt(20));
            }
            sleepMicros(random.nextInt(kill % 5 == 4 ? 300_000 : 20_000));
            return Math.max(0, child.kill());
        }
    }

    private static void check(Path path, long next) {
        try (var log = Engine.BLOCK.open(path, Durability.OS)) {
            assertNull(log.failure());
            CompactingWriter.oracle(next).check(log);
        }
    }

    @Test
    void aRecordThatACompactionLosesIsNoticed() {
        try (var log = Engine.BLOCK.open(directory.resolve("log"), Durability.OS)) {
            NumberedRecords.append(log, 0, 100, -1);
            var sound = new DeletionOracle();
            sound.appended(99);
            sound.check(log);
            var lost = new DeletionOracle();
            lost.appended(100);
            assertThrows(AssertionError.class, () -> lost.check(log));
            var back = new DeletionOracle();
            back.deleted(5);
            assertThrows(AssertionError.class, () -> back.check(log));
            NumberedRecords.append(log, 42, 1, -1);
            assertThrows(AssertionError.class, () -> sound.check(log), "a record twice");
        }
    }

    @Test
    void aPowerCutDuringCompactionLosesNothing() {
        var report = CrashCheck.run(new Subject(seed), Crash.POWER_CUT, seed, IMAGES);
        report.assertSound();
        System.out.printf(
                "BlockCompactionCrashTest: %,d crash images, 0 violations%n", report.images());
    }

    /** Appends, deletes, compacts; a record that was to be deleted may be there or not. */
    private static final class Subject implements CrashSubject {
        private static final Path LOG = Path.of("/disk/log");
        private static final int BATCHES = 40;
        private static final int BATCH = 7;

        private final long seed;
        private final Set<Long> deleted = new HashSet<>();

        Subject(long seed) {
            this.seed = seed;
        }

        @Override
        public void run(Storage storage, History history) {
            var random = new Random(seed);
            try (var log = open(storage)) {
                for (int i = 0; i < BATCHES; i++) {
                    NumberedRecords.append(log, (long) i * BATCH, BATCH, -1);
                    for (int n = 0; n < BATCH; n++) {
                        history.append(bytes((long) i * BATCH + n));
                    }
                    history.acknowledgeAll();
                    if (i % 4 == 3) {
                        deleteSome(log, random);
                    }
                    if (i % 8 == 7) {
                        log.compact(_ -> {});
                    }
                }
            }
        }

        private void deleteSome(BlockLog log, Random random) {
            var seqs = new ArrayList<Long>();
            NumberedRecords.read(
                    log,
                    (seq, number) -> {
                        if (random.nextInt(4) == 0) {
                            deleted.add(number);
                            seqs.add(seq);
                        }
                    });
            seqs.forEach(log::delete);
        }

        /**
         * By number: null where there is none, or one that is no whole record: a deletion that was
         * under way, or an append, which the format cannot tell without a checksum.
         */
        @Override
        public List<byte[]> recover(Storage storage) {
            var records = new ArrayList<byte[]>();
            try (var log = open(storage)) {
                NumberedRecords.read(
                        log,
                        (_, number) -> {
                            if (number < 0) {
                                return;
                            }
                            if (number < records.size()) {
                                throw new AssertionError(number + " is there twice");
                            }
                            while (records.size() < number) {
                                records.add(null);
                            }
                            records.add(bytes(number));
                        });
            }
            while (deleted.contains((long) records.size())) {
                records.add(null); // deleted at the end of the log
            }
            return records;
        }

        @Override
        public boolean same(int index, byte[] appended, byte[] recovered, boolean acknowledged) {
            return recovered == null
                    ? !acknowledged || deleted.contains((long) index)
                    : Arrays.equals(appended, recovered);
        }

        private static byte[] bytes(long number) {
            return Long.toString(number).getBytes();
        }

        private static BlockLog open(Storage storage) {
            return (BlockLog) Engine.BLOCK.open(LOG, Durability.SYNC, storage);
        }
    }

    private static void sleepMicros(int micros) {
        try {
            TimeUnit.MICROSECONDS.sleep(micros);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted between kills", e);
        }
    }
}
