package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.Tier;
import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Random operations against a map, over real files; and the end of what 32 bits can address. */
class OffsetModelTest {
    private static final byte[] DELETED = new byte[0];

    @TempDir Path temp;

    @Test
    void randomOperationsAnswerAsAMapDoes() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        for (int round = 0; round < 12; round++) {
            new Model(random, temp.resolve("log" + round), false).run(400);
        }
    }

    /** The canary. */
    @Test
    void aLogThatForgetsDeletionsIsSeen() {
        var model = new Model(new Random(1), temp.resolve("log"), true);
        assertThrows(AssertionError.class, () -> model.run(400));
        model.log.close();
    }

    @Test
    void past4GiBTheAppendIsRefusedAndNothingIsLost() throws Exception {
        var path = temp.resolve("full.offset");
        long last = (1L << 32) - 1 - 50 - 12;
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            // One frame of almost 4 GiB, sparse on disk.
            file.writeInt((int) last);
            file.seek(4 + last);
            file.writeInt((int) last);
            file.writeInt((int) (last + 12));
        }
        var options = OffsetOptions.defaults();
        try (var log = OffsetLog.open(path, options)) {
            long seq = log.append(new byte[] {1, 2, 3});
            assertEquals(last + 12, seq);
            var e = assertThrows(MillraceException.class, () -> log.append(new byte[30]));
            assertEquals(ErrorCode.ERR_LOG_FULL, e.code());
            assertEquals(true, e.getMessage().contains("53"), e.getMessage());
            assertEquals(seq + 15, log.append(new byte[] {4}));
            assertEquals(3, log.get(seq, MemorySegment.ofArray(new byte[3])));
        }
        try (var log = OffsetLog.open(path, options)) {
            assertEquals(last + 12 + 15, log.since());
            assertEquals(OpenReport.CLEAN, log.openReport());
        }
    }

    /** A log and what it must hold. */
    private static final class Model {
        private final Random random;
        private final Path path;
        private final OffsetOptions options;
        private final boolean forgetsDeletions;
        private final TreeMap<Long, byte[]> expected = new TreeMap<>();
        private long end;
        private OffsetLog log;

        Model(Random random, Path path, boolean forgetsDeletions) {
            this.forgetsDeletions = forgetsDeletions;
            this.random = random;
            this.path = path;
            this.options =
                    OffsetOptions.defaults()
                            .withCodec(pick(OffsetCodec.values()))
                            .withDurability(pick(Durability.values()))
                            .withBufferBytes(64 << random.nextInt(8));
        }

        void run(int steps) {
            log = OffsetLog.open(path, options);
            for (int i = 0; i < steps; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> reopen();
                    case 1, 2 -> delete();
                    case 3, 4, 5, 6 -> walk();
                    case 7, 8, 9 -> get();
                    case 10 -> log.drain();
                    default -> append();
                }
            }
            walk();
            log.close();
        }

        private void reopen() {
            log.close();
            log = OffsetLog.open(path, options);
            assertEquals(OpenReport.CLEAN, log.openReport());
            assertEquals(expected.isEmpty() ? -1 : expected.lastKey(), log.since());
            assertEquals(log.since(), log.durableSince());
        }

        private void append() {
            int count = 1 + random.nextInt(6);
            var ends = new int[count];
            var seqs = new double[count];
            var records = new ArrayList<byte[]>();
            int size = 0;
            for (int i = 0; i < count; i++) {
                var record = new byte[random.nextInt(random.nextInt(30) == 0 ? 5000 : 200)];
                random.nextBytes(record);
                if (record.length > 0) {
                    record[0] |= 1; // all zeros would read as deleted
                }
                records.add(record);
                size += record.length;
                ends[i] = size;
            }
            var data = new byte[size];
            for (int i = 0; i < count; i++) {
                var record = records.get(i);
                System.arraycopy(record, 0, data, ends[i] - record.length, record.length);
            }
            long last =
                    log.append(
                            MemorySegment.ofArray(data),
                            MemorySegment.ofArray(ends),
                            MemorySegment.ofArray(seqs));
            for (int i = 0; i < count; i++) {
                assertEquals(end, (long) seqs[i]);
                expected.put(end, records.get(i));
                end += records.get(i).length + 8 + options.codec().endBytes();
            }
            assertEquals(expected.lastKey(), last);
        }

        private void delete() {
            if (expected.isEmpty()) {
                return;
            }
            long seq = anySeq();
            if (!forgetsDeletions) {
                log.delete(seq);
            }
            if (expected.get(seq).length > 0) {
                expected.put(seq, DELETED);
            }
        }

        private void get() {
            if (expected.isEmpty()) {
                return;
            }
            long seq = anySeq();
            var record = expected.get(seq);
            var to = new byte[6000];
            if (record == DELETED) {
                code(ErrorCode.ERR_RECORD_DELETED, seq);
            } else {
                int length = log.get(seq, MemorySegment.ofArray(to));
                assertArrayEquals(record, Arrays.copyOf(to, length));
                assertEquals(length, log.get(seq, MemorySegment.NULL));
            }
            code(ErrorCode.ERR_SEQ_RANGE, end + random.nextInt(5));
        }

        private void code(ErrorCode code, long seq) {
            var to = MemorySegment.ofArray(new byte[6000]);
            assertEquals(
                    code,
                    assertThrows(MillraceException.class, () -> log.get(seq, to)).code(),
                    () -> "get " + seq);
        }

        private void walk() {
            log.drain();
            boolean reverse = random.nextBoolean();
            long lower = expected.isEmpty() || random.nextBoolean() ? -1 : anySeq();
            long upper = expected.isEmpty() || random.nextBoolean() ? Long.MAX_VALUE : anySeq();
            boolean withLower = random.nextBoolean();
            boolean withUpper = random.nextBoolean();
            long limit = random.nextInt(3) == 0 ? random.nextInt(20) : -1;
            var want = new ArrayList<Long>();
            if (lower <= upper) {
                want.addAll(expected.subMap(lower, withLower, upper, withUpper).keySet());
            }
            var ordered = reverse ? want.reversed() : want;
            long size = limit < 0 ? ordered.size() : Math.min(limit, ordered.size());
            var range = new Range(lower, withLower, upper, withUpper, reverse, limit);
            assertEquals(ordered.subList(0, (int) size), seqs(range), range::toString);
        }

        private List<Long> seqs(Range range) {
            var seen = new ArrayList<Long>();
            int bytes = 1 + random.nextInt(8000);
            try (var cursor = log.cursor(range);
                    var batch = RecordBatch.allocate(bytes, 1 + random.nextInt(50))) {
                while (cursor.next(batch) > 0) {
                    for (int i = 0; i < batch.count(); i++) {
                        var record = expected.get(batch.seq(i));
                        assertEquals(record == DELETED, batch.isDeleted(i));
                        assertArrayEquals(record, batch.slice(i).copy());
                        seen.add(batch.seq(i));
                    }
                }
            }
            return seen;
        }

        private long anySeq() {
            var keys = expected.keySet().stream().toList();
            return keys.get(random.nextInt(keys.size()));
        }

        private <T> T pick(T[] all) {
            return all[random.nextInt(all.length)];
        }
    }
}
