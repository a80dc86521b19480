package org.millrace.log.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.MemoryStorage;
import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** stat, verify and repair of offset logs, whole and damaged in every way. */
class LogFilesTest {
    private static final MaintenanceOptions DEFAULTS = MaintenanceOptions.defaults();

    @TempDir Path directory;

    private Path log() {
        return directory.resolve("log.offset");
    }

    private static List<byte[]> records(long seed, int count) {
        var random = new Random(seed);
        var records = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) {
            var record = new byte[1 + random.nextInt(60)];
            random.nextBytes(record);
            record[0] |= 1; // all zeros would read as deleted
            records.add(record);
        }
        return records;
    }

    /** A store in memory with one file in it: no fdatasync to wait for, thousands of times. */
    private static MemoryStorage store(Path path, byte[] bytes) {
        var storage = new MemoryStorage();
        storage.createDirectories(path.getParent());
        try (var file = storage.open(path, Storage.OpenMode.CREATE)) {
            file.write(0, MemorySegment.ofArray(bytes));
        }
        return storage;
    }

    private static byte[] bytesOf(Storage storage, Path path) {
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            var bytes = new byte[(int) file.size()];
            file.read(0, MemorySegment.ofArray(bytes));
            return bytes;
        }
    }

    private static List<Long> write(Path path, OffsetCodec codec, List<byte[]> records) {
        var seqs = new ArrayList<Long>();
        try (var log = OffsetLog.open(path, OffsetOptions.defaults().withCodec(codec))) {
            records.forEach(record -> seqs.add(log.append(record)));
        }
        return seqs;
    }

    /** Every record that can be read, by sequence; also proves that the log takes appends. */
    private static TreeMap<Long, byte[]> openAndRead(Path path, OffsetCodec codec) {
        return openAndRead(path, codec, DEFAULTS.storage());
    }

    private static TreeMap<Long, byte[]> openAndRead(
            Path path, OffsetCodec codec, Storage storage) {
        var found = new TreeMap<Long, byte[]>();
        var options = OffsetOptions.defaults().withCodec(codec).withStorage(storage);
        try (var log = OffsetLog.open(path, options)) {
            assertNull(log.failure());
            assertEquals("none", log.openReport().reason());
            log.forEach(Range.ALL, (seq, record) -> found.put(seq, record.copy()));
            long seq = log.append(new byte[] {1});
            assertTrue(found.isEmpty() || seq > found.lastKey());
        }
        return found;
    }

    private static void assertCode(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }

    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void aWholeLogIsRecognisedCountedAndLeftAlone(OffsetCodec codec) throws IOException {
        var records = records(1, 2000);
        var seqs = write(log(), codec, records);
        try (var log = OffsetLog.open(log(), OffsetOptions.defaults().withCodec(codec))) {
            log.delete(seqs.get(7));
        }
        var bytes = Files.readAllBytes(log());
        var report = LogFiles.verify(log(), DEFAULTS);
        assertEquals("offset-" + codec.label(), report.format().label());
        assertTrue(report.isWhole());
        assertEquals(1999, report.records());
        assertEquals(1, report.deleted());
        assertEquals(seqs.getLast(), report.since());
        assertEquals(bytes.length, report.bytes());
        var stat = LogFiles.stat(log(), DEFAULTS);
        assertEquals(seqs.getLast(), stat.since());
        assertEquals(bytes.length, stat.checkpointEnd());
        assertFalse(LogFiles.repair(log(), DEFAULTS).changed());
        assertArrayEquals(bytes, Files.readAllBytes(log()));
    }

    @ParameterizedTest
    @EnumSource(value = OffsetCodec.class, mode = EnumSource.Mode.EXCLUDE, names = "LEGACY")
    void everyBitFlipIsRepairedWithoutMovingASequence(OffsetCodec codec) throws IOException {
        var records = records(2, 6);
        var seqs = write(log(), codec, records);
        var whole = Files.readAllBytes(log());

        for (int bit = 0; bit < whole.length * 8; bit++) {
            var flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            var storage = store(log(), flipped);
            var named = DEFAULTS.withFormat(LogFormat.offset(codec)).withStorage(storage);
            var before = LogFiles.verify(log(), named);
            assertArrayEquals(flipped, bytesOf(storage, log()), "verify changed bit " + bit);
            var repair = LogFiles.repair(log(), named);
            assertEquals(!before.isWhole(), repair.changed());
            assertTrue(repair.after().isWhole(), "bit " + bit);
            var once = bytesOf(storage, log());
            assertFalse(LogFiles.repair(log(), named).changed(), "twice is not once, bit " + bit);
            assertArrayEquals(once, bytesOf(storage, log()));
            checkRead(seqs, records, repair, bit / 8, openAndRead(log(), codec, storage), bit);
        }
    }

    /** All records but the one that was hit are there; that one too, if only its framing broke. */
    private static void checkRead(
            List<Long> seqs,
            List<byte[]> records,
            RepairReport repair,
            long hit,
            TreeMap<Long, byte[]> found,
            int bit) {
        for (int i = 0; i < records.size(); i++) {
            long end = i + 1 < seqs.size() ? seqs.get(i + 1) : Long.MAX_VALUE;
            boolean isHit = hit >= seqs.get(i) && hit < end;
            boolean isLast = i + 1 == seqs.size();
            if (!isHit || repair.restoredRecords() == 1) {
                boolean isCut = isHit && isLast;
                if (!isCut) {
                    assertArrayEquals(records.get(i), found.get(seqs.get(i)), "bit " + bit);
                }
            } else if (repair.changed()) {
                assertTrue(isLast, "the record could have been kept, bit " + bit);
                assertEquals(1, repair.quarantine().size());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void everyTruncationIsATornTailThatRepairCutsAndKeeps(OffsetCodec codec) throws IOException {
        var records = records(3, 6);
        var seqs = write(log(), codec, records);
        var whole = Files.readAllBytes(log());

        for (int length = 0; length < whole.length; length++) {
            var storage = store(log(), Arrays.copyOf(whole, length));
            var named = DEFAULTS.withFormat(LogFormat.offset(codec)).withStorage(storage);
            int limit = length;
            var report = LogFiles.verify(log(), named);
            int kept = (int) seqs.stream().filter(s -> s <= report.since()).count();
            var repair = LogFiles.repair(log(), named);
            assertEquals(!report.isWhole(), repair.changed());
            if (repair.changed()) {
                assertTrue(report.damages().getFirst().isTail());
                assertEquals("torn", report.damages().getFirst().reason(), "at " + limit);
                var tail = bytesOf(storage, Path.of(repair.quarantine().getFirst()));
                long from = report.damages().getFirst().offset();
                assertArrayEquals(Arrays.copyOfRange(whole, (int) from, length), tail);
            }
            var found = openAndRead(log(), codec, storage);
            assertEquals(kept, found.size());
            for (int i = 0; i < kept; i++) {
                assertArrayEquals(records.get(i), found.get(seqs.get(i)));
            }
        }
    }

    @Test
    void severalDamagesAreToldApartAndTheGoodRecordsBetweenThemStay() throws IOException {
        var records = records(4, 400);
        var seqs = write(log(), OffsetCodec.BITS_32, records);
        var bytes = Files.readAllBytes(log());
        var random = new Random(4);
        var lost = List.of(10, 11, 50, 200);
        for (int record : lost) { // header, record and trailer: nothing to restore it from
            int from = seqs.get(record).intValue();
            int to = seqs.get(record + 1).intValue();
            var noise = new byte[to - from];
            random.nextBytes(noise);
            noise[0] = 0x7f;
            System.arraycopy(noise, 0, bytes, from, noise.length);
        }
        Files.write(log(), bytes);
        var report = LogFiles.verify(log(), DEFAULTS);
        assertEquals(
                List.of(seqs.get(10), seqs.get(50), seqs.get(200)),
                report.damages().stream().map(DamagedRange::offset).toList());
        assertEquals(396, report.records());
        var repair = LogFiles.repair(log(), DEFAULTS);
        assertEquals(3, repair.removedRanges());
        assertEquals(0, repair.restoredRecords());
        var found = openAndRead(log(), OffsetCodec.BITS_32);
        assertEquals(396, found.size());
        for (int i = 0; i < records.size(); i++) {
            var expected = lost.contains(i) ? null : records.get(i);
            assertArrayEquals(expected, found.get(seqs.get(i)));
        }
    }

    @Test
    void aLostSectorInTheMiddleCostsOneRecordAndNotTheRest() throws IOException {
        var records = records(5, 400);
        var seqs = write(log(), OffsetCodec.BITS_53, records);
        var bytes = Files.readAllBytes(log());
        Arrays.fill(bytes, 4096, 4608, (byte) 0);
        Files.write(log(), bytes);
        var report = LogFiles.verify(log(), DEFAULTS);
        assertEquals(1, report.damages().size());
        assertFalse(report.damages().getFirst().isTail());
        LogFiles.repair(log(), DEFAULTS);
        var found = openAndRead(log(), OffsetCodec.BITS_53);
        long lostFrom = report.damages().getFirst().offset();
        long lostTo = report.damages().getFirst().end();
        assertTrue(lostTo - lostFrom < 512 + 200, "lost " + (lostTo - lostFrom));
        for (int i = 0; i < records.size(); i++) {
            boolean isLost = seqs.get(i) >= lostFrom && seqs.get(i) < lostTo;
            assertArrayEquals(isLost ? null : records.get(i), found.get(seqs.get(i)));
        }
    }

    @Test
    void repairOfALogWithAStrictTailIsNotCutByTheNextOpen() throws IOException {
        var options = OffsetOptions.defaults().withDurability(Durability.SYNC);
        var seqs = new ArrayList<Long>();
        try (var log = OffsetLog.open(log(), options)) {
            for (int i = 0; i < 20; i++) {
                var record = new byte[2000];
                Arrays.fill(record, (byte) 7);
                seqs.add(log.append(record));
            }
        }
        var bytes = Files.readAllBytes(log());
        int hit = seqs.get(5).intValue();
        bytes[hit] = 0x7f;
        bytes[seqs.get(6).intValue() - 1] ^= 1; // header and trailer of one record
        Files.write(log(), bytes);
        assertEquals(1, LogFiles.repair(log(), DEFAULTS).removedRanges());
        assertEquals(19, openAndRead(log(), OffsetCodec.BITS_32).size());
    }

    @Test
    void whatIsNoLogIsToldAndNotTouched() throws IOException {
        assertCode(ErrorCode.ERR_FILE_NOT_FOUND, () -> LogFiles.verify(log(), DEFAULTS));
        assertCode(ErrorCode.ERR_FILE_KIND, () -> LogFiles.verify(directory, DEFAULTS));
        var text = "this is no log, but a text of some length\n".repeat(40).getBytes();
        Files.write(log(), text);
        for (var options : List.of(DEFAULTS, DEFAULTS.withFormat(LogFormat.ofLabel("offset-32")))) {
            assertCode(ErrorCode.ERR_LOG_FORMAT, () -> LogFiles.verify(log(), options));
            assertCode(ErrorCode.ERR_LOG_FORMAT, () -> LogFiles.repair(log(), options));
        }
        assertArrayEquals(text, Files.readAllBytes(log()));
        try (var names = Files.list(directory)) {
            assertEquals(1, names.count(), "something was put beside it");
        }
    }

    @Test
    void anEmptyFileIsAnEmptyLog() throws IOException {
        Files.createFile(log());
        var report = LogFiles.verify(log(), DEFAULTS);
        assertTrue(report.isWhole());
        assertEquals(-1, report.since());
        assertEquals(-1, LogFiles.stat(log(), DEFAULTS).since());
    }

    @Test
    void repairWaitsForNoWriter() throws IOException {
        write(log(), OffsetCodec.BITS_32, records(6, 3));
        try (var held = OffsetLog.open(log())) {
            held.append(new byte[] {1});
            Files.write(log(), new byte[] {9}, java.nio.file.StandardOpenOption.APPEND);
            assertCode(ErrorCode.ERR_LOG_LOCKED, () -> LogFiles.repair(log(), DEFAULTS));
        }
    }

    @Test
    void progressThatThrowsEndsTheWork() {
        write(log(), OffsetCodec.BITS_32, records(7, 30));
        var cancelled = new MillraceException(ErrorCode.ERR_CANCELLED, "enough");
        var options =
                DEFAULTS.withProgress(
                        (done, total) -> {
                            throw cancelled;
                        });
        assertCode(ErrorCode.ERR_CANCELLED, () -> LogFiles.verify(log(), options));
    }
}
