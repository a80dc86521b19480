package org.millrace.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.Engine;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.log.memory.MemoryLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a log shows while deletions wait for the disk: nothing of a record once it was hidden. */
class HidingLogTest {
    private static final Path LOG = Path.of("/d/log");
    private static final int STEPS = Tier.count("millrace.steps.hiding", 400, 40_000);

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);

    @ParameterizedTest
    @EnumSource(Engine.class)
    void readersSeeWhatWasNotHiddenWhateverTheFileSays(Engine engine) {
        try (var log = engine.open(LOG, Durability.OS, new MemoryStorage())) {
            checkRandomly(log);
        }
    }

    @Test
    void soDoThoseOfALogInMemory() {
        try (var log = MemoryLog.open()) {
            checkRandomly(log);
        }
    }

    private void checkRandomly(Log log) {
        var shown = new HidingLog(log);
        var records = new TreeMap<Long, byte[]>(); // those not hidden
        var hidden = new ArrayList<Long>();
        for (int step = 0; step < STEPS; step++) {
            int choice = random.nextInt(8);
            if (choice < 3 || records.isEmpty()) {
                byte[] record = record();
                records.put(shown.append(record), record);
            } else if (choice < 5) {
                long seq = anyOf(records.keySet());
                shown.checkDelete(seq);
                shown.hide(seq);
                records.remove(seq);
                hidden.add(seq);
            } else if (choice == 5 && !hidden.isEmpty()) {
                var done = List.copyOf(hidden.subList(0, random.nextInt(hidden.size()) + 1));
                done.forEach(shown::delete);
                shown.show(done);
                hidden.removeAll(done);
            } else if (choice == 6) {
                checkGet(shown, records);
            } else {
                checkCursor(shown, records);
            }
        }
        assertEquals(Set.copyOf(hidden), shown.hidden());
    }

    private void checkGet(HidingLog shown, TreeMap<Long, byte[]> records) {
        long seq = anyOf(records.keySet());
        var to = MemorySegment.ofArray(new byte[64]);
        int length = shown.get(seq, to);
        assertEquals(-1, to.asSlice(0, length).mismatch(MemorySegment.ofArray(records.get(seq))));
        for (long gone : shown.hidden()) {
            var e = assertThrows(MillraceException.class, () -> shown.get(gone, to));
            assertEquals(ErrorCode.ERR_RECORD_DELETED, e.code());
        }
    }

    private void checkCursor(HidingLog shown, TreeMap<Long, byte[]> records) {
        boolean reverse = random.nextBoolean();
        var found = new TreeMap<Long, byte[]>();
        try (var cursor = shown.cursor(reverse ? Range.newestFirst() : Range.ALL);
                var batch = RecordBatch.allocate(4096, 1 + random.nextInt(40))) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    if (!batch.isDeleted(i)) {
                        found.put(batch.seq(i), batch.slice(i).copy());
                    }
                }
            }
        }
        assertEquals(records.keySet(), found.keySet(), "seed " + seed);
        records.forEach(
                (seq, record) ->
                        assertEquals(
                                -1,
                                MemorySegment.ofArray(record)
                                        .mismatch(MemorySegment.ofArray(found.get(seq)))));
    }

    @Test
    void theBytesOfAHiddenRecordAreNotInTheBatch() {
        try (var log = MemoryLog.open();
                var batch = RecordBatch.allocate(4096, 10)) {
            var shown = new HidingLog(log);
            long seq = log.append(new byte[] {7, 7, 7});
            shown.hide(seq);
            try (var cursor = shown.cursor(Range.ALL)) {
                assertEquals(1, cursor.next(batch));
            }
            assertTrue(batch.isDeleted(0));
            for (int at = 0; at < 3; at++) {
                assertEquals(0, batch.data().get(ValueLayout.JAVA_BYTE, batch.start(0) + at));
            }
        }
    }

    @Test
    void whatWasReadAheadIsCheckedAgainAlsoWhenTheDeletionIsOver() {
        try (var log = MemoryLog.open();
                var batch = RecordBatch.allocate(4096, 10)) {
            var shown = new HidingLog(log);
            long stays = log.append(new byte[] {1});
            long hidden = log.append(new byte[] {2});
            long deleted = log.append(new byte[] {3});
            try (var cursor = shown.cursor(Range.ALL)) {
                assertEquals(3, cursor.next(batch));
                shown.hide(hidden);
                shown.hide(deleted);
                shown.delete(deleted);
                shown.show(List.of(deleted));
                cursor.recheck(batch);
            }
            var left = new HashSet<Long>();
            for (int i = 0; i < batch.count(); i++) {
                if (!batch.isDeleted(i)) {
                    left.add(batch.seq(i));
                }
            }
            assertEquals(Set.of(stays), left);
        }
    }

    @Test
    void whoBeginsToReadAfterARecordWasHiddenNeverSeesItOnAnyThread() throws Exception {
        assertEquals(0, seenAfterHiding(1500, false));
    }

    /** The canary: a record that is shown again before the log has deleted it. */
    @Test
    void showingARecordBeforeItIsDeletedIsCaught() throws Exception {
        assertTrue(seenAfterHiding(10, true) > 0);
    }

    /**
     * How often a reader that began behind a hiding got the record. The deletions go on beside it;
     * with the planted bug they wait until it has looked.
     */
    private static int seenAfterHiding(int count, boolean isShownEarly) throws Exception {
        try (var log = Engine.OFFSET.open(LOG, Durability.OS, new MemoryStorage())) {
            var shown = new HidingLog(log);
            var seqs = new ArrayList<Long>();
            for (int i = 0; i < count; i++) {
                seqs.add(log.append(new byte[] {1, 2, 3}));
            }
            var hidden = new AtomicInteger();
            var read = new AtomicLong();
            var seen = new AtomicInteger();
            var reader =
                    Thread.ofPlatform()
                            .start(() -> seen.set(lookAt(shown, seqs, hidden, read, count)));
            for (int i = 0; i < count; i++) {
                shown.hide(seqs.get(i));
                hidden.set(i + 1);
                if (isShownEarly) {
                    shown.show(List.of(seqs.get(i)));
                    long before = read.get();
                    while (read.get() < before + 2 && reader.isAlive()) {
                        Thread.onSpinWait();
                    }
                }
                log.delete(seqs.get(i));
                shown.show(List.of(seqs.get(i)));
            }
            reader.join();
            return seen.get();
        }
    }

    private static int lookAt(
            HidingLog shown, List<Long> seqs, AtomicInteger hidden, AtomicLong read, int count) {
        int seen = 0;
        var to = MemorySegment.ofArray(new byte[3]);
        for (int last = 0; last < count; read.incrementAndGet()) {
            last = hidden.get();
            if (last > 0) {
                seen += Gather.length(shown, seqs.get(last - 1), to) < 0 ? 0 : 1;
            }
        }
        return seen;
    }

    private byte[] record() {
        byte[] record = new byte[1 + random.nextInt(60)];
        random.nextBytes(record);
        record[0] = 1; // zeros alone would be a deleted record
        return record;
    }

    private long anyOf(Set<Long> seqs) {
        return seqs.stream().skip(random.nextInt(seqs.size())).findFirst().orElseThrow();
    }
}
