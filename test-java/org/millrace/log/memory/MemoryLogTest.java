package org.millrace.log.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The memory log: sequences are record indexes, since moves at append, nothing is durable. */
class MemoryLogTest {
    private final MemoryLog log = MemoryLog.open();

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void sequencesCountRecordsFromZero() {
        assertEquals(-1, log.since());
        assertEquals(0, append("a"));
        assertEquals(1, append(""));
        assertEquals(3, appendAll("bb", "ccc"));
        assertEquals(3, log.since());
        assertEquals(List.of("a", "", "bb", "ccc"), read(Range.ALL));
        assertEquals("ccc", get(3));
        assertEquals("", get(1));
    }

    @Test
    void nothingIsDurable() {
        append("a");
        assertEquals(-1, log.durableSince());
        assertCode(ErrorCode.ERR_LEVEL_UNSUPPORTED, log::drain);
        assertCode(ErrorCode.ERR_LEVEL_UNSUPPORTED, () -> MemoryLog.open(Durability.OS, 1).close());
        assertCode(
                ErrorCode.ERR_LEVEL_UNSUPPORTED, () -> MemoryLog.open(Durability.SYNC, 1).close());
    }

    @Test
    void rangesBoundLimitAndReverse() {
        appendAll("0", "1", "2", "3", "4");
        assertEquals(List.of("3", "4"), read(Range.after(2)));
        assertEquals(List.of(), read(Range.after(4)));
        assertEquals(List.of(), read(Range.after(Long.MAX_VALUE)));
        assertEquals(List.of("4", "3", "2", "1", "0"), read(Range.newestFirst()));
        assertEquals(List.of("4", "3"), read(Range.newestFirst().limit(2)));
        assertEquals(List.of("1", "2"), read(new Range(1, true, 3, false, false, -1)));
        assertEquals(List.of("3", "2"), read(new Range(1, false, 3, true, true, -1)));
        assertEquals(List.of(), read(Range.ALL.limit(0)));
    }

    @Test
    void aCursorReturnsWhatIsAppendedLater() {
        append("a");
        try (var batch = RecordBatch.allocate(1024, 16);
                var cursor = log.cursor(Range.ALL)) {
            assertEquals(1, cursor.next(batch));
            assertEquals(0, cursor.next(batch));
            appendAll("b", "c");
            assertEquals(2, cursor.next(batch));
            assertEquals(2, batch.seq(1));
        }
    }

    @Test
    void aDeletedRecordIsMarkedAndKeepsItsSequence() {
        appendAll("a", "b", "c");
        log.delete(1);
        log.delete(1);
        assertEquals(Arrays.asList("a", null, "c"), read(Range.ALL));
        assertCode(ErrorCode.ERR_RECORD_DELETED, () -> get(1));
        assertCode(ErrorCode.ERR_SEQ_RANGE, () -> log.delete(3));
    }

    @Test
    void aWrongSequenceIsACodedError() {
        assertCode(ErrorCode.ERR_SEQ_RANGE, () -> get(0));
        append("a");
        assertCode(ErrorCode.ERR_SEQ_RANGE, () -> get(1));
        assertCode(ErrorCode.ERR_SEQ_RANGE, () -> get(-1));
    }

    @Test
    void aRecordLargerThanABlockStandsInItsOwn() {
        append("before");
        var large = "x".repeat(3 << 20);
        append(large);
        append("after");
        assertEquals("before", get(0));
        assertEquals(large, get(1));
        assertEquals("after", get(2));
        assertEquals(List.of("before", large, "after"), read(Range.ALL));
    }

    @Test
    void aTooSmallBufferConsumesNothing() {
        append("0123456789");
        try (var arena = Arena.ofConfined()) {
            var batch = RecordBatch.over(arena.allocate(4), arena.allocate(16, 8));
            try (var cursor = log.cursor(Range.ALL)) {
                assertCode(ErrorCode.ERR_BUFFER_TOO_SMALL, () -> cursor.next(batch));
                var enough = RecordBatch.over(arena.allocate(10), arena.allocate(16, 8));
                assertEquals(1, cursor.next(enough));
            }
            var small = arena.allocate(4);
            assertEquals(10, log.get(0, small));
            assertEquals(0, small.get(ValueLayout.JAVA_BYTE, 0), "untouched when too small");
        }
    }

    @Test
    void theBoundRefusesTheWholeBatch() {
        try (var small = MemoryLog.open(Durability.MEMORY, 100)) {
            small.append(bytes("0123456789"));
            var batch = batch("0123456789".repeat(3), "0123456789".repeat(3));
            assertCode(ErrorCode.ERR_LOG_FULL, () -> small.append(batch[0], batch[1]));
            assertEquals(0, small.since());
            assertEquals(1, small.append(bytes("fits")));
        }
        assertCode(ErrorCode.ERR_ARGUMENT, () -> MemoryLog.open(Durability.MEMORY, 0).close());
    }

    @Test
    void aBatchTellsTheSequenceOfEachRecord() {
        append("before");
        var batch = batch("a", "b", "c");
        var seqs = new double[3];
        assertEquals(3, log.append(batch[0], batch[1], MemorySegment.ofArray(seqs)));
        assertArrayEquals(new double[] {1, 2, 3}, seqs);
    }

    @Test
    void wrongEndsAppendNothing() {
        var data = bytes("abcdef");
        assertCode(ErrorCode.ERR_ARGUMENT, () -> log.append(data, ends(3, 2)));
        assertCode(ErrorCode.ERR_ARGUMENT, () -> log.append(data, ends(3, 7)));
        assertEquals(-1, log.since());
        assertEquals(-1, log.append(data, ends()));
    }

    @Test
    void listenersHearEveryAppendUntilTheyLeave() throws Exception {
        var heard = new AtomicInteger();
        var subscription = log.onChange(heard::incrementAndGet);
        append("a");
        appendAll("b", "c");
        subscription.close();
        append("d");
        assertEquals(2, heard.get());
    }

    @Test
    void afterCloseEveryCallSaysSo() {
        append("a");
        var cursor = log.cursor(Range.ALL);
        log.close();
        log.close();
        assertCode(ErrorCode.ERR_LOG_CLOSED, () -> append("b"));
        assertCode(ErrorCode.ERR_LOG_CLOSED, () -> get(0));
        assertCode(ErrorCode.ERR_LOG_CLOSED, () -> log.delete(0));
        assertCode(ErrorCode.ERR_LOG_CLOSED, log::drain);
        try (var batch = RecordBatch.allocate(64, 4)) {
            assertCode(ErrorCode.ERR_LOG_CLOSED, () -> cursor.next(batch));
        }
    }

    @Test
    void closeWhileOthersReadIsAnErrorAndNotACrash() throws Exception {
        for (int round = 0; round < 50; round++) {
            var shared = MemoryLog.open();
            for (int i = 0; i < 1000; i++) {
                shared.append(bytes("record " + i));
            }
            try (var threads = Executors.newFixedThreadPool(2)) {
                var reader =
                        threads.submit(
                                () -> {
                                    var to = MemorySegment.ofArray(new byte[64]);
                                    for (long i = 0; ; i++) {
                                        shared.get(i % 1000, to);
                                    }
                                });
                Thread.sleep(1);
                shared.close();
                var failure = assertThrows(ExecutionException.class, reader::get);
                assertEquals(
                        ErrorCode.ERR_LOG_CLOSED, ((MillraceException) failure.getCause()).code());
            }
        }
    }

    /** Every record holds its own number many times: a torn or foreign read would differ. */
    @Test
    void readersSeeOnlyWholeRecordsWhileTwoWritersAppendAndOneDeletes() throws Exception {
        long seed = Tier.seed(this);
        int count = 40_000;
        try (var threads = Executors.newFixedThreadPool(4)) {
            Runnable writer =
                    () -> {
                        for (int i = 0; i < count / 2; i++) {
                            log.append(numbered(i));
                        }
                    };
            var first = threads.submit(writer);
            var second = threads.submit(writer);
            var deleter =
                    threads.submit(
                            () -> {
                                var random = new Random(seed);
                                while (log.since() < count - 1) {
                                    if (log.since() > 0) {
                                        log.delete(random.nextLong(log.since()));
                                    }
                                }
                            });
            var reader = threads.submit(() -> checkWhole(count, seed));
            first.get();
            second.get();
            deleter.get();
            assertTrue(reader.get() > 0, "seed " + seed);
        }
        assertEquals(count - 1, log.since());
    }

    private long checkWhole(int count, long seed) {
        long seen = 0;
        try (var batch = RecordBatch.allocate(4096, 100);
                var cursor = log.cursor(Range.ALL)) {
            while (seen < count) {
                int n = cursor.next(batch);
                for (int i = 0; i < n; i++) {
                    assertEquals(seen++, batch.seq(i), "seed " + seed);
                    if (!batch.isDeleted(i)) {
                        var record = batch.slice(i).segment();
                        long number = record.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
                        assertEquals(-1, record.mismatch(numbered(number)), "seed " + seed);
                    }
                }
            }
        }
        return seen;
    }

    private static MemorySegment numbered(long number) {
        var longs = new long[1 + (int) (number % 20)];
        Arrays.fill(longs, number);
        return MemorySegment.ofArray(longs);
    }

    private long append(String text) {
        return log.append(bytes(text));
    }

    private long appendAll(String... texts) {
        var batch = batch(texts);
        return log.append(batch[0], batch[1]);
    }

    private String get(long seq) {
        var to = new byte[4 << 20];
        int length = log.get(seq, MemorySegment.ofArray(to));
        return new String(to, 0, length, StandardCharsets.UTF_8);
    }

    /** Deleted records as null. */
    private List<String> read(Range range) {
        var found = new ArrayList<String>();
        try (var batch = RecordBatch.allocate(8, 2);
                var cursor = log.cursor(range)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    boolean deleted = batch.isDeleted(i);
                    found.add(
                            deleted
                                    ? null
                                    : new String(batch.slice(i).copy(), StandardCharsets.UTF_8));
                }
            }
        }
        return found;
    }

    private static MemorySegment[] batch(String... texts) {
        var ends = new int[texts.length];
        int end = 0;
        for (int i = 0; i < texts.length; i++) {
            end += texts[i].getBytes(StandardCharsets.UTF_8).length;
            ends[i] = end;
        }
        return new MemorySegment[] {bytes(String.join("", texts)), ends(ends)};
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static MemorySegment ends(int... ends) {
        return MemorySegment.ofArray(ends);
    }

    private static void assertCode(ErrorCode code, Executable call) {
        assertEquals(code, assertThrows(MillraceException.class, call).code());
    }
}
