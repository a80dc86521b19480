package org.millrace.log.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.millrace.fault.MemoryStorage;
import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.StorageProxy;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Every single-bit flip and every truncation of small write-ahead logs. */
class WalDamageTest {
    private static final Path DIRECTORY = Path.of("/damage/wal");
    private static final int RECORDS = 16;

    private final TreeMap<Long, byte[]> oracle = new TreeMap<>();

    /** The record before which everything is made durable, so that a mark stands there. */
    private int drainBefore = -1;

    private static WalOptions options(Storage storage, Durability level) {
        return WalOptions.defaults()
                .storage(storage)
                .durability(level)
                .segmentBytes(4096 + 200)
                .bufferBytes(4096)
                .preallocateBytes(0);
    }

    /** Three segments or so, the last one open; each record tells its number. */
    private MemoryStorage build(Durability level, boolean closed) {
        var storage = new MemoryStorage();
        var log = WalLog.open(DIRECTORY, options(storage, level));
        for (int i = 0; i < RECORDS; i++) {
            if (i == drainBefore) {
                log.drain();
            }
            var record = ("record " + i + " " + "x".repeat(i % 7)).getBytes();
            oracle.put(log.append(record), record);
        }
        if (closed) {
            log.close();
        }
        return storage.afterKill();
    }

    private static List<Path> segments(Storage storage) {
        return storage.list(DIRECTORY).stream()
                .filter(name -> WalSegment.isName(name.toString()))
                .map(name -> DIRECTORY.resolve(name.toString()))
                .toList();
    }

    private static long size(Storage storage, Path path) {
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            return file.size();
        }
    }

    /** Reads everything by cursor and by get; fails on garbage; returns what was served. */
    private int readAll(Storage storage, WalOptions options, String what) {
        int served = 0;
        try (var log = WalLog.open(DIRECTORY, options.storage(storage))) {
            for (boolean reverse : new boolean[] {false, true}) {
                served = readBy(log, reverse ? Range.newestFirst() : Range.ALL, what);
            }
            for (var entry : oracle.entrySet()) {
                var to = new byte[64];
                try {
                    int length = log.get(entry.getKey(), MemorySegment.ofArray(to));
                    if (length <= 64) {
                        assertArrayEquals(
                                entry.getValue(), java.util.Arrays.copyOf(to, length), what);
                    }
                } catch (MillraceException e) {
                    assertCoded(e, what);
                }
            }
        } catch (MillraceException e) {
            assertCoded(e, what);
        }
        return served;
    }

    private int readBy(WalLog log, Range range, String what) {
        int served = 0;
        int damages = 0;
        try (var cursor = log.cursor(range);
                var batch = RecordBatch.allocate(4096, 100)) {
            while (true) {
                try {
                    if (cursor.next(batch) == 0) {
                        return served;
                    }
                } catch (MillraceException e) {
                    assertCoded(e, what);
                    if (++damages > 100) {
                        fail(what + ": the cursor stands still");
                    }
                    continue;
                }
                for (int i = 0; i < batch.count(); i++) {
                    var expected = oracle.get(batch.seq(i));
                    assertNotNull(expected, what + ": no record was ever at " + batch.seq(i));
                    assertArrayEquals(expected, batch.slice(i).copy(), what);
                    served++;
                }
            }
        }
    }

    private static void assertCoded(MillraceException e, String what) {
        var expected =
                List.of(
                        ErrorCode.ERR_LOG_CORRUPT,
                        ErrorCode.ERR_LOG_FORMAT,
                        ErrorCode.ERR_LOG_VERSION,
                        ErrorCode.ERR_SEQ_RANGE,
                        ErrorCode.ERR_SEQ_INVALID);
        assertTrue(expected.contains(e.code()), what + ": " + e.getMessage());
    }

    private void flipAll(MemoryStorage storage, boolean readOnly, int every, int atLeast) {
        long flips = 0;
        long served = 0;
        for (var path : segments(storage)) {
            long size = size(storage, path);
            for (long bit = 0; bit < size * 8; bit += every) {
                if (bit >= 640 && bit < 4096 * 8 && bit % 61 != 0) {
                    continue; // the zeros of the header, which WalFormatTest flips one by one
                }
                var damaged = storage.afterKill();
                flip(damaged, path, bit);
                var what = path.getFileName() + " bit " + bit;
                int now =
                        readAll(damaged, options(damaged, Durability.OS).readOnly(readOnly), what);
                assertTrue(now >= atLeast, what + ": only " + now + " served");
                flips++;
                served += now;
            }
        }
        System.out.printf(
                "WalDamageTest: %,d bit flips, 0 garbage, %.2f of %d records served on average%n",
                flips, (double) served / flips, RECORDS);
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

    /** Everything was durable: one flip costs at most the record it hits. */
    @Test
    void everyFlippedBitOfAClosedLogServesNoGarbageAndCostsOneRecord() {
        flipAll(build(Durability.SYNC, true), false, 1, RECORDS - 1);
    }

    @Test
    void everyFifthFlippedBitReadOnlyServesNoGarbage() {
        flipAll(build(Durability.SYNC, true), true, 5, RECORDS - 1);
    }

    /** Nothing was synced: what follows the flip may go, but never comes back altered. */
    @Test
    void everyFlippedBitOfAnUnsyncedTailServesNoGarbage() {
        flipAll(build(Durability.OS, false), false, 1, 0);
    }

    /** The canary: rot whose checksum was made right, as of a log that checks none. */
    @Test
    void rotThatTheChecksumDoesNotShowIsCaughtByTheseTests() {
        var storage = build(Durability.SYNC, true);
        var path = segments(storage).getFirst();
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            var segment = MemorySegment.ofArray(new byte[(int) file.size()]);
            file.read(0, segment);
            int salt = WalHeader.read(segment, "").salt();
            long at = WalHeader.BYTES;
            long record = at + WalFrame.HEADER_BYTES;
            segment.set(ValueLayout.JAVA_BYTE, record, (byte) 'X');
            segment.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, salt);
            WalFrame.finish(segment, at, new BlockCrc().over(segment));
            file.write(0, segment);
        }
        var damaged = options(storage, Durability.OS);
        assertThrows(AssertionError.class, () -> readAll(storage, damaged, "planted"));
    }

    @Test
    void everyTruncationOfATornTailKeepsTheLongestPrefixAndQuarantinesTheRest() {
        truncateTheTail(build(Durability.OS, false));
    }

    @Test
    void aDurabilityMarkInATornTailStaysWithTheRecordsBeforeIt() {
        drainBefore = RECORDS - 1;
        var storage = build(Durability.OS, false);
        long before = oracle.lowerKey(oracle.lastKey());
        assertEquals(oracle.lastKey() - WalFrame.MARK_BYTES, frameEnd(before), "the mark");
        truncateTheTail(storage);
    }

    private long frameEnd(long seq) {
        return seq + WalFrame.HEADER_BYTES + (oracle.get(seq).length + 7) / 8 * 8;
    }

    private void truncateTheTail(MemoryStorage storage) {
        var last = segments(storage).getLast();
        long first = Long.parseLong(last.getFileName().toString().substring(0, 20));
        for (long size = size(storage, last) - 1; size >= 4096; size--) {
            var cut = storage.afterKill();
            try (var file = cut.open(last, Storage.OpenMode.READ_WRITE)) {
                file.truncate(size);
            }
            int whole = 0;
            long end = first;
            for (long seq : oracle.keySet()) {
                if (seq >= first && seq - first + 4096 <= size) {
                    end = seq; // what stands between two records is a mark, whole as well
                }
                if (seq < first || frameEnd(seq) - first + 4096 <= size) {
                    whole++;
                    end = Math.max(end, frameEnd(seq));
                }
            }
            try (var log = WalLog.open(DIRECTORY, options(cut, Durability.OS))) {
                var report = log.openReport();
                assertEquals(size - (end - first + 4096), report.quarantinedBytes());
                log.append(new byte[3]);
                oracle.put(log.since(), new byte[3]);
                assertEquals(whole + 1, readBy(log, Range.ALL, "cut at " + size));
                oracle.remove(log.since());
            }
        }
    }

    @Test
    void everyTruncationOfEveryFileIsNoCrash() {
        var storage = build(Durability.SYNC, true);
        for (var path : segments(storage)) {
            for (long size = size(storage, path) - 1; size >= 0; size--) {
                if (size > 100 && size < 4000) {
                    size -= 50;
                }
                var cut = storage.afterKill();
                try (var file = cut.open(path, Storage.OpenMode.READ_WRITE)) {
                    file.truncate(size);
                }
                readAll(cut, options(cut, Durability.OS), path.getFileName() + " cut at " + size);
            }
        }
    }

    /** What is durable and gone must not be mistaken for a shorter log. */
    @Test
    void aDurableRecordThatIsMissingIsCorruptionAndNotAnEnd() {
        var storage = build(Durability.SYNC, true);
        var last = segments(storage).getLast();
        try (var file = storage.open(last, Storage.OpenMode.READ_WRITE)) {
            file.truncate(4096);
        }
        try (var log = WalLog.open(DIRECTORY, options(storage, Durability.SYNC))) {
            assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code());
            assertEquals(
                    ErrorCode.ERR_LOG_CORRUPT,
                    assertThrows(MillraceException.class, () -> log.append(new byte[1])).code());
            assertTrue(readBy(log, Range.ALL, "prefix") > 0);
        }
    }

    /** A mark behind the damage says that it was durable: not a torn tail, although unclosed. */
    @Test
    void bitFlipInTheMiddleKeepsLaterRecords() {
        var storage = build(Durability.SYNC, false);
        var last = segments(storage).getLast();
        var damaged = storage.afterKill();
        flip(damaged, last, (4096 + 24 + 3) * 8);
        try (var log = WalLog.open(DIRECTORY, options(damaged, Durability.SYNC))) {
            assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code());
            assertEquals(RECORDS - 1, readBy(log, Range.ALL, "forward"));
            assertEquals(RECORDS - 1, readBy(log, Range.newestFirst(), "reverse"));
        }
    }

    @Test
    void anUnfinishedBatchIsDroppedWhole() {
        var storage = new MemoryStorage();
        var log = WalLog.open(DIRECTORY, options(storage, Durability.OS).segmentBytes(1 << 20));
        long first = log.append(new byte[10]);
        var records = new ArrayList<byte[]>();
        for (int i = 0; i < 5; i++) {
            records.add(new byte[100]);
        }
        log.append(WalModelTest.data(records), WalModelTest.ends(records));
        var path = segments(storage).getLast();
        long size = size(storage, path);
        for (long cut = size - 1; cut > 4096 + 32; cut -= 7) {
            var image = storage.afterKill();
            try (var file = image.open(path, Storage.OpenMode.READ_WRITE)) {
                file.truncate(cut);
            }
            try (var reopened = WalLog.open(DIRECTORY, options(image, Durability.OS))) {
                assertEquals(first, reopened.since(), "cut at " + cut);
            }
        }
    }

    /** Segments that were full but not sealed yet when the log was closed. */
    @Test
    void aCleanCloseSparesTheNextOpenEverySegment() {
        var storage = build(Durability.SYNC, true);
        long written = 0;
        for (var path : segments(storage)) {
            written += unseal(storage, path);
        }
        var read = new AtomicLong();
        var counted = StorageProxy.countingReads(storage, read::addAndGet);
        long fixed = 3L * 4096 * segments(storage).size(); // headers, footers, the noted record
        try (var log = WalLog.open(DIRECTORY, options(counted, Durability.SYNC).readOnly(true))) {
            assertTrue(read.get() < fixed, read + " bytes read of " + written);
            assertEquals(RECORDS, readBy(log, Range.ALL, "forward"));
            assertEquals(RECORDS, readBy(log, Range.newestFirst(), "reverse"));
        }
        try (var log = WalLog.open(DIRECTORY, options(storage, Durability.SYNC))) {
            assertEquals(OpenReport.CLEAN, log.openReport());
            assertEquals(RECORDS, readBy(log, Range.ALL, "while they are sealed"));
            log.append(new byte[1]);
            assertNull(log.failure());
        }
    }

    /** Takes index and footer away; returns how many bytes of frames are left. */
    private static long unseal(MemoryStorage storage, Path path) {
        var files = new WalFiles(DIRECTORY, options(storage, Durability.SYNC));
        try (var file = files.open(path).file()) {
            var segment = files.open(path);
            if (segment.isSealed()) {
                file.truncate(segment.end());
            }
            segment.file().close();
            return file.size() - 4096;
        }
    }

    /** The thread that seals died of it, and no later segment was sealed. */
    @Test
    void aSegmentThatWasCutIsAReadFaultToWhoeverWalksIt() {
        var storage = build(Durability.SYNC, true);
        var path = segments(storage).getFirst();
        unseal(storage, path);
        var segment = new WalFiles(DIRECTORY, options(storage, Durability.SYNC)).open(path);
        long end = segment.file().size() + 100_000;
        var e = assertThrows(MillraceException.class, () -> WalTally.indexing(segment, end));
        assertEquals(ErrorCode.ERR_READ_FAULT, e.code());
    }

    @Test
    void recoveryTwiceIsRecoveryOnce() {
        var storage = build(Durability.OS, false);
        var last = segments(storage).getLast();
        try (var file = storage.open(last, Storage.OpenMode.READ_WRITE)) {
            file.truncate(size(storage, last) - 5);
        }
        long since;
        try (var log = WalLog.open(DIRECTORY, options(storage, Durability.OS))) {
            since = log.since();
            assertTrue(log.openReport().recovered());
        }
        try (var log = WalLog.open(DIRECTORY, options(storage, Durability.OS))) {
            assertEquals(OpenReport.CLEAN, log.openReport());
            assertEquals(since, log.since());
        }
    }
}
