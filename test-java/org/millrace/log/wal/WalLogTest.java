package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** The write-ahead log on disk: many appenders, live tails, other openers, levels. */
class WalLogTest {
    @TempDir Path directory;

    private static WalOptions options(Durability level) {
        return WalOptions.defaults().durability(level).segmentBytes(100_000);
    }

    private static MemorySegment number(int thread, int count) {
        return MemorySegment.ofArray(new int[] {thread, count});
    }

    /** Every appender's records are all there, once, in its own order, at the sequences it got. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void manyAppendersGetOneOrder(Durability level) throws InterruptedException {
        int threads = 16;
        int each = level == Durability.SYNC ? 60 : 2000;
        var seqs = new long[threads][each];
        try (var log = WalLog.open(directory.resolve("wal"), options(level))) {
            var all = new ArrayList<Thread>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                Runnable work =
                        () -> {
                            for (int i = 0; i < each; i++) {
                                seqs[thread][i] = log.append(number(thread, i));
                                if (level == Durability.SYNC) {
                                    assertTrue(log.durableSince() >= seqs[thread][i]);
                                }
                            }
                        };
                all.add(
                        t % 2 == 0
                                ? Thread.ofPlatform().start(work)
                                : Thread.startVirtualThread(work));
            }
            for (var thread : all) {
                thread.join();
            }
            log.drain();
            var next = new HashMap<Integer, Integer>();
            log.forEach(
                    Range.ALL,
                    (seq, record) -> {
                        int thread = record.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
                        int count = record.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4);
                        assertEquals(next.getOrDefault(thread, 0), count);
                        assertEquals(seqs[thread][count], seq);
                        next.put(thread, count + 1);
                    });
            assertEquals(threads, next.size());
            next.values().forEach(count -> assertEquals(each, count));
        }
    }

    @Test
    void aCursorAtTheEndGoesOnWithWhatIsAppended() {
        try (var log = WalLog.open(directory.resolve("wal"), options(Durability.OS));
                var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(4096, 10)) {
            for (int i = 0; i < 3000; i++) {
                assertEquals(0, cursor.next(batch));
                long seq = log.append(new byte[100]);
                assertEquals(1, cursor.next(batch));
                assertEquals(seq, batch.seq(0));
            }
            assertTrue(log.segments().all().size() > 3);
        }
    }

    @Test
    void aReadOnlyOpenerFollowsTheWriterOverSegments() throws Exception {
        var path = directory.resolve("wal");
        try (var log = WalLog.open(path, options(Durability.OS))) {
            log.append(new byte[10]);
            try (var other = WalLog.open(path, options(Durability.OS).readOnly(true));
                    var cursor = other.cursor(Range.ALL);
                    var batch = RecordBatch.allocate(1 << 20, 10_000)) {
                int seen = cursor.next(batch);
                for (int i = 0; i < 2000; i++) {
                    log.append(new byte[200]);
                    if (i % 97 == 0) {
                        seen += cursor.next(batch);
                    }
                }
                for (int n = cursor.next(batch); n > 0; n = cursor.next(batch)) {
                    seen += n;
                }
                assertEquals(2001, seen);
                assertEquals(log.since(), other.since());
                var told = new java.util.concurrent.CountDownLatch(1);
                var registration = other.onChange(told::countDown);
                log.append(new byte[1]);
                told.await();
                registration.close();
                code(ErrorCode.ERR_LOG_READ_ONLY, () -> other.append(new byte[1]));
            }
        }
    }

    @Test
    void aSecondWriterIsRefusedAndNamesThePid() {
        var path = directory.resolve("wal");
        try (var log = WalLog.open(path, options(Durability.OS))) {
            log.append(new byte[1]);
            var refused =
                    assertThrows(
                            MillraceException.class,
                            () -> WalLog.open(path, options(Durability.OS)));
            assertEquals(ErrorCode.ERR_LOG_LOCKED, refused.code());
            assertTrue(refused.detail().contains("" + ProcessHandle.current().pid()));
        }
    }

    @Test
    void limitsAreTold() {
        var path = directory.resolve("wal");
        code(
                ErrorCode.ERR_FILE_NOT_FOUND,
                () -> WalLog.open(path, options(Durability.OS).readOnly(true)));
        try (var log = WalLog.open(path, options(Durability.OS))) {
            long largest = log.append(new byte[(1 << 24) - 1]);
            var to = new byte[1 << 24];
            assertEquals((1 << 24) - 1, log.get(largest, MemorySegment.ofArray(to)));
            code(ErrorCode.ERR_RECORD_TOO_LARGE, () -> log.append(new byte[1 << 24]));
            long empty = log.append(new byte[0]);
            assertEquals(0, log.get(empty, MemorySegment.ofArray(to)));
            var seen = new ArrayList<Integer>();
            log.forEach(Range.newestFirst(), (_, slice) -> seen.add(slice.length()));
            assertEquals(List.of(0, (1 << 24) - 1), seen);
        }
        var log = WalLog.open(path, options(Durability.OS));
        log.close();
        log.close();
        code(ErrorCode.ERR_LOG_CLOSED, () -> log.append(new byte[1]));
    }

    @Test
    void appendWrittenIsAcknowledgedByDurableSince() throws Exception {
        try (var log = WalLog.open(directory.resolve("wal"), options(Durability.SYNC))) {
            var data = MemorySegment.ofArray(new byte[30]);
            var ends = MemorySegment.ofArray(new int[] {10, 20, 30});
            long last = log.appendWritten(data, ends, MemorySegment.NULL);
            long wanted = log.requestDrain();
            assertEquals(last, wanted);
            while (log.durableSince() < wanted) {
                Thread.sleep(1);
            }
            assertEquals(last, log.since());
        }
    }

    private static void code(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }
}
