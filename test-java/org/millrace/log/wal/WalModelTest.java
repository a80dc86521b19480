package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random operations on a write-ahead log and on a map; both must agree after each. Seed: {@code
 * -Dmillrace.seed=N}; printed.
 */
class WalModelTest {
    private static final Path DIRECTORY = Path.of("/model/wal");

    private final TreeMap<Long, byte[]> model = new TreeMap<>();
    private WalLog log;
    private Random random;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void agreesWithTheModelInMemory(Durability level) {
        run(new MemoryStorage(), DIRECTORY, level, 12);
    }

    @Test
    void agreesWithTheModelOnDisk(@TempDir Path directory) {
        run(new PosixStorage(), directory.resolve("wal"), Durability.OS, 6);
    }

    private void run(Storage storage, Path directory, Durability level, int sessions) {
        long seed = Tier.seed("WalModelTest " + level);
        random = new Random(seed);
        for (int session = 0; session < sessions; session++) {
            log =
                    WalLog.open(
                            directory,
                            WalOptions.defaults()
                                    .storage(storage)
                                    .durability(level)
                                    .segmentBytes(20_000 + random.nextInt(60_000))
                                    .preallocateBytes(random.nextInt(3) * 10_000L)
                                    .bufferBytes(4096 << random.nextInt(4)));
            assertEquals("none", log.openReport().reason(), "seed " + seed);
            check();
            int steps = 150;
            for (int step = 0; step < steps; step++) {
                step();
            }
            log.drain();
            check();
            log.close();
        }
    }

    private void step() {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> appendOne();
            case 3, 4 -> appendBatch();
            case 5 -> delete();
            case 6 -> getAny();
            case 7 -> range(false);
            case 8 -> range(true);
            default -> wrongSequence();
        }
    }

    private byte[] record() {
        int length = random.nextInt(20) == 0 ? random.nextInt(40_000) : random.nextInt(300);
        var record = new byte[length];
        random.nextBytes(record);
        return record;
    }

    private void appendOne() {
        var record = record();
        model.put(log.append(record), record);
    }

    private void appendBatch() {
        var records = new ArrayList<byte[]>();
        for (int i = random.nextInt(30); i >= 0; i--) {
            records.add(record());
        }
        var seqs = MemorySegment.ofArray(new double[records.size()]);
        long last = log.append(data(records), ends(records), seqs);
        for (int i = 0; i < records.size(); i++) {
            long seq = (long) seqs.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
            model.put(seq, records.get(i));
            assertTrue(i < records.size() - 1 || seq == last);
        }
    }

    static MemorySegment data(List<byte[]> records) {
        int size = records.stream().mapToInt(r -> r.length).sum();
        var data = MemorySegment.ofArray(new byte[size]);
        long at = 0;
        for (var record : records) {
            MemorySegment.copy(MemorySegment.ofArray(record), 0, data, at, record.length);
            at += record.length;
        }
        return data;
    }

    static MemorySegment ends(List<byte[]> records) {
        var ends = new int[records.size()];
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += records.get(i).length;
            ends[i] = end;
        }
        return MemorySegment.ofArray(ends);
    }

    private void delete() {
        if (!model.isEmpty()) {
            long seq = anySeq();
            log.delete(seq);
            model.put(seq, null);
        }
    }

    private long anySeq() {
        return new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
    }

    private void getAny() {
        if (model.isEmpty()) {
            return;
        }
        long seq = anySeq();
        var to = new byte[64 << 10];
        if (model.get(seq) == null) {
            assertEquals(ErrorCode.ERR_RECORD_DELETED, refusal(seq));
        } else {
            int length = log.get(seq, MemorySegment.ofArray(to));
            assertArrayEquals(model.get(seq), java.util.Arrays.copyOf(to, length));
        }
    }

    private void wrongSequence() {
        if (model.isEmpty()) {
            return;
        }
        long seq = model.firstKey() + random.nextLong(model.lastKey() - model.firstKey() + 1);
        if (!model.containsKey(seq)) {
            assertEquals(ErrorCode.ERR_SEQ_INVALID, refusal(seq), "seq " + seq);
        }
        assertEquals(ErrorCode.ERR_SEQ_RANGE, refusal(model.lastKey() + 1));
        assertEquals(ErrorCode.ERR_SEQ_RANGE, refusal(-1));
    }

    private ErrorCode refusal(long seq) {
        var to = MemorySegment.ofArray(new byte[64 << 10]);
        return assertThrows(MillraceException.class, () -> log.get(seq, to)).code();
    }

    private void range(boolean reverse) {
        log.drain();
        if (model.isEmpty()) {
            return;
        }
        long lower = random.nextBoolean() ? -1 : anySeq();
        long upper = random.nextBoolean() ? Long.MAX_VALUE : anySeq();
        boolean lowerInclusive = random.nextBoolean();
        boolean upperInclusive = random.nextBoolean();
        long limit = random.nextInt(3) == 0 ? random.nextInt(50) : -1;
        var range = new Range(lower, lowerInclusive, upper, upperInclusive, reverse, limit);
        var expected = new TreeMap<Long, byte[]>();
        if (lower <= upper) {
            expected.putAll(model.subMap(lower, lowerInclusive, upper, upperInclusive));
        }
        expect(reverse ? expected.descendingMap() : expected, range);
    }

    private void check() {
        expect(model, Range.ALL);
        expect(model.descendingMap(), Range.newestFirst());
        assertEquals(model.isEmpty() ? -1 : model.lastKey(), log.since());
    }

    private void expect(Map<Long, byte[]> expected, Range range) {
        long left = range.limit() < 0 ? Long.MAX_VALUE : range.limit();
        var wanted = expected.entrySet().iterator();
        try (var cursor = log.cursor(range);
                var batch =
                        RecordBatch.allocate(100 << random.nextInt(12), 1 + random.nextInt(100))) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    assertTrue(wanted.hasNext() && left-- > 0, "more than expected: " + range);
                    var entry = wanted.next();
                    assertEquals(entry.getKey(), batch.seq(i), range.toString());
                    assertEquals(entry.getValue() == null, batch.isDeleted(i));
                    if (entry.getValue() != null) {
                        assertArrayEquals(entry.getValue(), batch.slice(i).copy());
                    }
                }
            }
        }
        assertTrue(left == 0 || !wanted.hasNext(), "less than expected: " + range);
    }
}
