package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.CrashSubject;
import org.millrace.fault.History;
import org.millrace.fault.LogSubject;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * Crash images of a write-ahead log, with rotation and sealing: what every level acknowledged is
 * there, as a prefix, batches whole.
 */
class WalCrashTest {
    private static final Path LOG = Path.of("/d/wal");
    private static final int IMAGES = Tier.count("millrace.images", 2_000, 100_000);

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

    /** Deletes, compacts, compresses and encrypts as it goes; a deleted record may be either. */
    private static final class RewritingSubject implements CrashSubject {
        private final long seed;
        private final List<Long> seqs = new ArrayList<>();
        private final Set<Long> deleted = new HashSet<>();

        RewritingSubject(long seed) {
            this.seed = seed;
        }

        @Override
        public void run(Storage storage, History history) {
            var random = new Random(seed);
            try (var log = open(storage)) {
                for (int i = 0; i < 60; i++) {
                    var record = new byte[1 + random.nextInt(900)];
                    random.nextBytes(record);
                    history.append(record);
                    seqs.add(log.append(record));
                    history.acknowledgeAll();
                    if (i % 4 == 3) {
                        long victim = seqs.get(random.nextInt(seqs.size()));
                        deleted.add(victim);
                        log.delete(victim);
                    }
                    if (i % 15 == 14) {
                        log.compact();
                    }
                }
            }
        }

        @Override
        public List<byte[]> recover(Storage storage) {
            var records = new ArrayList<byte[]>();
            try (var log = open(storage)) {
                for (long seq : seqs) {
                    if (seq > log.since()) {
                        break;
                    }
                    var to = new byte[1000];
                    try {
                        int length = log.get(seq, MemorySegment.ofArray(to));
                        records.add(Arrays.copyOf(to, length));
                    } catch (MillraceException e) {
                        if (e.code() != ErrorCode.ERR_RECORD_DELETED || !deleted.contains(seq)) {
                            throw e;
                        }
                        records.add(null);
                    }
                }
            }
            return records;
        }

        @Override
        public boolean same(int index, byte[] appended, byte[] recovered, boolean acknowledged) {
            return recovered == null || Arrays.equals(appended, recovered);
        }

        private static WalLog open(Storage storage) {
            var options = options(storage, Durability.SYNC).zstdLevel(1).key(new byte[32]);
            return sound(WalLog.open(LOG, options));
        }
    }

    @Test
    void powerCutLosesNothingWhileSegmentsAreRewritten() {
        long seed = Tier.seed("WalCrashTest rewriting");
        CrashCheck.run(new RewritingSubject(seed), Crash.POWER_CUT, seed, IMAGES).assertSound();
    }

    /** The canary: a log that says sync and does not must be caught by these images. */
    @Test
    void aLogThatLeavesOutItsSyncsIsCaught() {
        long seed = Tier.seed(this);
        var subject =
                new Subject(
                        LogSubject.Acknowledged.BY_APPEND,
                        seed,
                        storage -> open(storage, Durability.OS));
        var report = CrashCheck.run(subject, Crash.POWER_CUT, seed, IMAGES);
        assertTrue(report.failed() > 10, report.failed() + " images failed, seed " + seed);
    }

    private static void check(Durability level, LogSubject.Acknowledged acknowledged, Crash crash) {
        long seed = Tier.seed("WalCrashTest " + level + " " + crash);
        var subject = new Subject(acknowledged, seed, storage -> open(storage, level));
        CrashCheck.run(subject, crash, seed, IMAGES).assertSound();
    }

    private static Log open(Storage storage, Durability level) {
        return sound(WalLog.open(LOG, options(storage, level)));
    }

    private static WalOptions options(Storage storage, Durability level) {
        return WalOptions.defaults()
                .storage(storage)
                .durability(level)
                .segmentBytes(4096 + 8_000)
                .preallocateBytes(4_000)
                .writeTimeoutMs(60_000)
                .bufferBytes(4096);
    }

    private static WalLog sound(WalLog log) {
        if (log.failure() != null) {
            log.close();
            throw new AssertionError("taken for damage: " + log.failure().getMessage());
        }
        return log;
    }
}
