package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What one offset log promises: levels, ranges, bad input, two openers, threads. */
class OffsetLogTest {
    private static final OffsetOptions OPTIONS = OffsetOptions.defaults();

    @TempDir Path temp;

    @Test
    void levelMemoryIsWrittenWithinTheTimeoutAlsoUnderATrickle() throws Exception {
        var options = OPTIONS.withDurability(Durability.MEMORY).withWriteTimeoutMs(40);
        try (var log = OffsetLog.open(file(), options)) {
            assertEquals(0, log.append(bytes("first")));
            while (log.since() < 0) { // for ever, did each append set the clock back
                log.append(bytes("trickle"));
                Thread.sleep(5);
            }
        }
    }

    @Test
    void levelMemoryServesARecordThatIsNotWrittenYet() {
        var options = OPTIONS.withDurability(Durability.MEMORY).withWriteTimeoutMs(60_000);
        try (var log = OffsetLog.open(file(), options)) {
            long seq = log.append(bytes("early"));
            assertEquals(-1, log.since());
            assertEquals("early", get(log, seq));
            log.delete(log.append(bytes("gone")));
            assertEquals(List.of("early"), read(log, Range.ALL));
        }
    }

    @Test
    void closeWritesWhatLevelMemoryHeld() {
        var options = OPTIONS.withDurability(Durability.MEMORY).withWriteTimeoutMs(60_000);
        try (var log = OffsetLog.open(file(), options)) {
            log.append(bytes("held"));
        }
        try (var log = OffsetLog.open(file())) {
            assertEquals(List.of("held"), read(log, Range.ALL));
        }
    }

    @Test
    void appendWrittenReturnsBeforeTheSyncAndTheDrainTells() throws Exception {
        try (var log = OffsetLog.open(file(), OPTIONS.withDurability(Durability.SYNC))) {
            var told = new CountDownLatch(1);
            var ends = MemorySegment.ofArray(new int[] {3});
            long seq =
                    log.appendWritten(
                            MemorySegment.ofArray(bytes("abc")), ends, MemorySegment.NULL);
            var watch =
                    log.onChange(
                            () -> {
                                if (log.durableSince() >= seq) {
                                    told.countDown();
                                }
                            });
            assertEquals(seq, log.requestDrain());
            told.await();
            watch.close();
            assertEquals(seq, log.since());
            assertNull(log.failure());
        }
    }

    @Test
    void manySyncAppendersShareTheOrderAndNothingIsLost() throws Exception {
        int threads = 8;
        int each = 50;
        try (var log = OffsetLog.open(file(), OPTIONS.withDurability(Durability.SYNC))) {
            var running = new ArrayList<Thread>();
            for (int t = 0; t < threads; t++) {
                int number = t;
                running.add(
                        Thread.ofPlatform()
                                .start(
                                        () -> {
                                            for (int i = 0; i < each; i++) {
                                                long seq = log.append(bytes(number + ":" + i));
                                                assertTrue(log.durableSince() >= seq);
                                            }
                                        }));
            }
            for (var thread : running) {
                thread.join();
            }
            var all = read(log, Range.ALL);
            assertEquals(threads * each, all.size());
            for (int t = 0; t < threads; t++) {
                String prefix = t + ":";
                var own = all.stream().filter(r -> r.startsWith(prefix)).toList();
                for (int i = 0; i < each; i++) {
                    assertEquals(prefix + i, own.get(i));
                }
            }
        }
    }

    @Test
    void rangesForwardAndBackward() {
        try (var log = OffsetLog.open(file())) {
            long a = log.append(bytes("a"));
            long b = log.append(bytes("bb"));
            long c = log.append(bytes("ccc"));
            assertEquals(List.of("a", "bb", "ccc"), read(log, Range.ALL));
            assertEquals(List.of("ccc", "bb", "a"), read(log, Range.newestFirst()));
            assertEquals(List.of("bb", "ccc"), read(log, Range.after(a)));
            assertEquals(List.of(), read(log, Range.after(c)));
            assertEquals(List.of(), read(log, Range.after(c + 1000)));
            assertEquals(List.of("bb"), read(log, new Range(b, true, b, true, false, -1)));
            assertEquals(List.of("bb"), read(log, new Range(a, false, c, false, true, -1)));
            assertEquals(List.of("bb", "a"), read(log, new Range(a, true, b, true, true, -1)));
            assertEquals(List.of("ccc"), read(log, Range.newestFirst().limit(1)));
            assertEquals(List.of(), read(log, Range.ALL.limit(0)));
        }
    }

    @Test
    void aCursorGoesOnWithWhatIsAppendedLater() {
        try (var log = OffsetLog.open(file());
                var batch = RecordBatch.allocate(4096, 10)) {
            var cursor = log.cursor(Range.ALL);
            assertEquals(0, cursor.next(batch));
            log.append(bytes("later"));
            assertEquals(1, cursor.next(batch));
            assertEquals(0, cursor.next(batch));
            log.append(bytes("still"));
            assertEquals(1, cursor.next(batch));
            assertEquals("still", new String(batch.slice(0).copy(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aBatchTooSmallSaysWhatItNeedsAndLosesNothing() {
        try (var log = OffsetLog.open(file())) {
            log.append(new byte[1000]);
            log.append(bytes("x".repeat(1000)));
            for (boolean reverse : new boolean[] {false, true}) {
                var small =
                        RecordBatch.over(
                                MemorySegment.ofArray(new long[8]),
                                MemorySegment.ofArray(new long[8]));
                var range = reverse ? Range.newestFirst() : Range.ALL;
                try (var cursor = log.cursor(range);
                        var large = RecordBatch.allocate(10, 8)) {
                    var e = assertThrows(MillraceException.class, () -> cursor.next(small));
                    assertEquals(ErrorCode.ERR_BUFFER_TOO_SMALL, e.code());
                    assertTrue(e.getMessage().contains("1012"), e.getMessage());
                    assertEquals(1, cursor.next(large));
                    assertEquals(1, cursor.next(large));
                    assertEquals(0, cursor.next(large));
                }
            }
        }
    }

    @Test
    void badInputIsOneCodedErrorAndLosesNothing() throws Exception {
        code(
                ErrorCode.ERR_FILE_NOT_FOUND,
                () -> OffsetLog.open(temp.resolve("missing"), OPTIONS.withReadOnly(true)));
        assertFalse(Files.exists(temp.resolve("missing.lock")));
        code(ErrorCode.ERR_FILE_KIND, () -> OffsetLog.open(temp));
        try (var log = OffsetLog.open(file(), OPTIONS.withRecordBytesMax(100))) {
            long a = log.append(bytes("a"));
            long b = log.append(bytes("bb"));
            code(ErrorCode.ERR_SEQ_INVALID, () -> get(log, a + 1));
            code(ErrorCode.ERR_SEQ_INVALID, () -> get(log, b - 1));
            code(ErrorCode.ERR_SEQ_RANGE, () -> get(log, b + 1));
            code(ErrorCode.ERR_SEQ_RANGE, () -> get(log, -1));
            code(ErrorCode.ERR_SEQ_RANGE, () -> log.delete(1L << 50));
            code(ErrorCode.ERR_SEQ_INVALID, () -> read(log, Range.after(a + 2)));
            code(ErrorCode.ERR_RECORD_TOO_LARGE, () -> log.append(new byte[101]));
            code(
                    ErrorCode.ERR_ARGUMENT,
                    () ->
                            log.append(
                                    MemorySegment.ofArray(new byte[4]),
                                    MemorySegment.ofArray(new int[] {3, 2})));
            code(ErrorCode.ERR_LOG_LOCKED, () -> OffsetLog.open(file()));
            assertEquals(List.of("a", "bb"), read(log, Range.ALL));
        }
        var closed = OffsetLog.open(file());
        closed.close();
        closed.close();
        code(ErrorCode.ERR_LOG_CLOSED, () -> closed.append(bytes("late")));
        code(ErrorCode.ERR_LOG_CLOSED, () -> get(closed, 0));
        try (var log = OffsetLog.open(file(), OPTIONS.withReadOnly(true))) {
            code(ErrorCode.ERR_LOG_READ_ONLY, () -> log.append(bytes("no")));
            code(ErrorCode.ERR_LOG_READ_ONLY, () -> log.delete(0));
        }
        var before = Files.readAllBytes(file());
        for (var codec : OffsetCodec.values()) {
            if (codec != OffsetCodec.BITS_32) {
                code(
                        ErrorCode.ERR_LOG_FORMAT,
                        () -> OffsetLog.open(file(), OPTIONS.withCodec(codec)));
            }
        }
        assertArrayEquals(before, Files.readAllBytes(file()));
    }

    @Test
    void aReadOnlyOpenerFollowsTheLiveTail() throws Exception {
        try (var writer = OffsetLog.open(file())) {
            writer.append(bytes("one"));
            try (var reader = OffsetLog.open(file(), OPTIONS.withReadOnly(true))) {
                assertEquals(List.of("one"), read(reader, Range.ALL));
                var told = new CountDownLatch(1);
                var watch = reader.onChange(told::countDown);
                long two = writer.append(bytes("two"));
                told.await();
                assertEquals(two, reader.since());
                watch.close();
                long three = writer.append(bytes("three"));
                assertEquals("three", get(reader, three));
                assertEquals(List.of("three"), read(reader, Range.newestFirst().limit(1)));
            }
        }
    }

    @Test
    void closeWaitsForTheCallsUnderWay() throws Exception {
        var log = OffsetLog.open(file());
        log.append(bytes("x"));
        var failures = Collections.synchronizedList(new ArrayList<Throwable>());
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            boolean writes = t % 2 == 0;
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            while (true) {
                                                if (writes) {
                                                    log.append(bytes("more"));
                                                } else {
                                                    get(log, 0);
                                                    read(log, Range.newestFirst().limit(5));
                                                }
                                            }
                                        } catch (MillraceException e) {
                                            if (e.code() != ErrorCode.ERR_LOG_CLOSED) {
                                                failures.add(e);
                                            }
                                        } catch (Throwable e) {
                                            failures.add(e);
                                        }
                                    }));
        }
        Thread.sleep(100);
        log.close();
        for (var thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
    }

    private Path file() {
        return temp.resolve("dir/log.offset");
    }

    private static void code(ErrorCode code, Runnable call) {
        var e = assertThrows(MillraceException.class, call::run);
        assertEquals(code, e.code(), e.getMessage());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String get(OffsetLog log, long seq) {
        var to = new byte[100];
        int length = log.get(seq, MemorySegment.ofArray(to));
        return new String(to, 0, length, StandardCharsets.UTF_8);
    }

    private static List<String> read(OffsetLog log, Range range) {
        var seen = new ArrayList<String>();
        log.forEach(
                range,
                (seq, record) -> seen.add(new String(record.copy(), StandardCharsets.UTF_8)));
        return seen;
    }
}
