package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.MemoryStorage;
import org.millrace.format.WalChunk;
import org.millrace.format.WalFooter;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Sealed segments written anew: compacted, compressed, encrypted; and dropped. */
class WalRewriteTest {
    private static final Path LOG = Path.of("/d/wal");
    private static final byte[] KEY = new byte[32];

    private final MemoryStorage storage = new MemoryStorage();
    private final TreeMap<Long, byte[]> model = new TreeMap<>();
    private final Random random = new Random(7);

    private WalOptions options() {
        return WalOptions.defaults()
                .storage(storage)
                .durability(Durability.OS)
                .segmentBytes(100_000)
                .bufferBytes(8192);
    }

    private void fill(WalLog log, int records) {
        for (int i = 0; i < records; i++) {
            var record = new byte[50 + random.nextInt(400)];
            Arrays.fill(record, (byte) i);
            model.put(log.append(record), record);
        }
    }

    private static void awaitSealed(WalLog log, int transformed) throws InterruptedException {
        log.drain();
        while (true) {
            var all = log.segments().all();
            boolean done =
                    all.subList(0, all.size() - 1).stream()
                            .allMatch(
                                    s ->
                                            s.isSealed()
                                                    && (s.header().flags() & transformed)
                                                            == transformed);
            if (done) {
                return;
            }
            Thread.sleep(5);
        }
    }

    private void check(WalLog log) {
        for (var range : List.of(Range.ALL, Range.newestFirst())) {
            var wanted = (range.reverse() ? model.descendingMap() : model).entrySet().iterator();
            try (var cursor = log.cursor(range);
                    var batch = RecordBatch.allocate(3000, 50)) {
                while (cursor.next(batch) > 0) {
                    for (int i = 0; i < batch.count(); i++) {
                        if (batch.isDeleted(i)) {
                            continue;
                        }
                        var entry = wanted.next();
                        assertEquals(entry.getKey(), batch.seq(i));
                        assertArrayEquals(entry.getValue(), batch.slice(i).copy());
                    }
                }
            }
            assertFalse(wanted.hasNext());
        }
        for (var entry : model.entrySet()) {
            var to = new byte[500];
            int length = log.get(entry.getKey(), MemorySegment.ofArray(to));
            assertArrayEquals(entry.getValue(), Arrays.copyOf(to, length));
        }
    }

    @Test
    void compactionFreesDeletedRecordsAndKeepsSequences() throws InterruptedException {
        long since;
        long gone;
        try (var log = WalLog.open(LOG, options())) {
            fill(log, 2000);
            awaitSealed(log, 0);
            for (long seq : List.copyOf(model.keySet())) {
                if (random.nextInt(3) == 0) {
                    log.delete(seq);
                    model.remove(seq);
                }
            }
            check(log);
            try (var cursor = log.cursor(Range.ALL);
                    var batch = RecordBatch.allocate(3000, 50)) {
                cursor.next(batch); // a walk that compaction overtakes
                assertTrue(log.compact() > 100_000);
                while (cursor.next(batch) > 0) {
                    continue;
                }
            }
            check(log);
            assertEquals(0, log.compact());
            since = log.since();
            gone = model.firstKey();
            log.delete(gone);
            model.remove(gone);
            log.compact();
        }
        try (var log = WalLog.open(LOG, options())) {
            assertEquals(OpenReport.CLEAN, log.openReport());
            assertEquals(since, log.since());
            check(log);
            assertEquals(ErrorCode.ERR_RECORD_DELETED, refusal(log, gone));
            assertEquals(ErrorCode.ERR_SEQ_INVALID, refusal(log, model.firstKey() + 8));
            try (var cursor = log.cursor(Range.after(gone));
                    var batch = RecordBatch.allocate(3000, 1)) {
                assertEquals(1, cursor.next(batch));
                assertEquals(model.higherKey(gone), batch.seq(0));
            }
        }
    }

    private static ErrorCode refusal(WalLog log, long seq) {
        var to = MemorySegment.ofArray(new byte[500]);
        return assertThrows(MillraceException.class, () -> log.get(seq, to)).code();
    }

    @Test
    void compressedAndEncryptedSegmentsReadLikePlainOnes() throws InterruptedException {
        for (boolean encrypt : new boolean[] {false, true}) {
            for (int level : new int[] {0, 3}) {
                if (!encrypt && level == 0) {
                    continue;
                }
                model.clear();
                var path = LOG.resolve(encrypt + "-" + level);
                var options = options().zstdLevel(level).key(encrypt ? KEY : null);
                int flags = (level > 0 ? 2 : 0) | (encrypt ? 4 : 0);
                try (var log = WalLog.open(path, options)) {
                    fill(log, 2000);
                    awaitSealed(log, flags);
                    check(log);
                    for (long seq : List.copyOf(model.keySet()).subList(0, 100)) {
                        log.delete(seq);
                        model.remove(seq);
                    }
                    log.compact();
                    check(log);
                    if (level > 0) {
                        assertTrue(log.segments().first().storedBytes() < 50_000);
                    }
                }
                try (var log = WalLog.open(path, options)) {
                    assertEquals(OpenReport.CLEAN, log.openReport());
                    check(log);
                }
            }
        }
    }

    @Test
    void anEncryptedLogNeedsItsKeyAndShowsNothing() throws InterruptedException {
        var secret = "a sentence that nobody else shall read".getBytes();
        try (var log = WalLog.open(LOG, options().key(KEY))) {
            for (int i = 0; i < 4000; i++) {
                log.append(secret);
            }
            awaitSealed(log, 4);
        }
        var first = LOG.resolve(WalSegment.nameOf(0));
        try (var file = storage.open(first, Storage.OpenMode.READ)) {
            var bytes = MemorySegment.ofArray(new byte[(int) file.size()]);
            file.read(0, bytes);
            var text = new String(bytes.toArray(ValueLayout.JAVA_BYTE));
            assertFalse(text.contains("sentence"));
        }
        assertEquals(
                ErrorCode.ERR_ARGUMENT,
                assertThrows(MillraceException.class, () -> WalLog.open(LOG, options())).code());
        var other = KEY.clone();
        other[0] = 1;
        try (var log = WalLog.open(LOG, options().key(other))) {
            assertNotNull(log.failure());
            assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code());
        }
        try (var log = WalLog.open(LOG, options().key(KEY))) {
            assertEquals(OpenReport.CLEAN, log.openReport());
        }
    }

    @Test
    void flippedBitsOfATransformedSegmentServeNoGarbage() throws InterruptedException {
        for (boolean encrypt : new boolean[] {false, true}) {
            storage.createDirectories(LOG);
            model.clear();
            var path = LOG.resolve("flip" + encrypt);
            try (var log = WalLog.open(path, options().zstdLevel(1).key(encrypt ? KEY : null))) {
                fill(log, 1000);
                awaitSealed(log, 2);
            }
            var file = path.resolve(WalSegment.nameOf(0));
            long size;
            try (var opened = storage.open(file, Storage.OpenMode.READ)) {
                size = opened.size();
            }
            long lastChunk = (size - WalFooter.BYTES - WalChunk.BYTES) * 8;
            for (long bit = 4096 * 8; bit < size * 8; bit += bit < lastChunk ? 97 : 1) {
                var damaged = storage.afterKill();
                flip(damaged, file, bit);
                var options = options().storage(damaged).zstdLevel(1).key(encrypt ? KEY : null);
                try (var log = WalLog.open(path, options)) {
                    serveNoGarbage(log, encrypt + " bit " + bit);
                }
            }
        }
    }

    private void serveNoGarbage(WalLog log, String what) {
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(8192, 100)) {
            int count = 1;
            while (count > 0) {
                try {
                    count = cursor.next(batch);
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.ERR_LOG_CORRUPT, e.code(), what);
                    continue;
                }
                for (int i = 0; i < count; i++) {
                    assertArrayEquals(model.get(batch.seq(i)), batch.slice(i).copy(), what);
                }
            }
        }
    }

    private static void flip(Storage storage, Path path, long bit) {
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            var one = MemorySegment.ofArray(new byte[1]);
            file.read(bit >>> 3, one);
            byte old = one.get(ValueLayout.JAVA_BYTE, 0);
            one.set(ValueLayout.JAVA_BYTE, 0, (byte) (old ^ 1 << (bit & 7)));
            file.write(bit >>> 3, one);
        }
    }

    @Test
    void retentionAndTrimDropWholeOldSegments() throws InterruptedException {
        var now = new AtomicLong(1_000_000);
        var options = options().clockMs(now::get).retainBytes(400_000).retainMs(60_000);
        try (var log = WalLog.open(LOG, options)) {
            fill(log, 5000);
            awaitSealed(log, 0);
            log.retain();
            long first = log.firstSequence();
            assertTrue(first > 500_000, "first is " + first);
            model.headMap(first).clear();
            check(log);
            assertEquals(ErrorCode.ERR_RECORD_DELETED, refusal(log, 0));
            log.trim(model.lastKey());
            assertTrue(log.firstSequence() > first);
            model.headMap(log.firstSequence()).clear();
            check(log);
            now.addAndGet(100_000);
            fill(log, 1000);
            awaitSealed(log, 0);
            log.retain();
            model.headMap(log.firstSequence()).clear();
            check(log);
        }
        try (var log = WalLog.open(LOG, options)) {
            assertEquals(OpenReport.CLEAN, log.openReport());
            check(log);
        }
    }

    /** Readers look on while segments are compacted, dropped and added beneath them. */
    @Test
    void readersNeverSeeASegmentGoAwayBeneathThem() throws InterruptedException {
        try (var log = WalLog.open(LOG, options().zstdLevel(1))) {
            fill(log, 500);
            var stop = new AtomicBoolean();
            var failure = new Throwable[1];
            var reader =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            while (!stop.get()) {
                                                log.forEach(Range.ALL, (_, slice) -> slice.copy());
                                                log.forEach(
                                                        Range.newestFirst(),
                                                        (_, slice) -> slice.copy());
                                            }
                                        } catch (Throwable e) {
                                            failure[0] = e;
                                        }
                                    });
            for (int round = 0; round < 20; round++) {
                fill(log, 300);
                var keys = List.copyOf(model.keySet());
                for (int i = 0; i < 10; i++) {
                    long seq = keys.get(random.nextInt(keys.size()));
                    if (seq >= log.firstSequence() && model.remove(seq) != null) {
                        log.delete(seq);
                    }
                }
                log.compact();
                log.trim(keys.get(keys.size() / 2));
                model.headMap(log.firstSequence()).clear();
            }
            stop.set(true);
            reader.join();
            assertEquals(null, failure[0]);
            check(log);
        }
    }
}
