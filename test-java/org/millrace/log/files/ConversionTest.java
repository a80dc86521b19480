package org.millrace.log.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Conversion between all formats; verify and repair of block logs and write-ahead logs. */
class ConversionTest {
    private static final MaintenanceOptions DEFAULTS = MaintenanceOptions.defaults();
    private static final int RECORDS = 3000;

    @TempDir Path directory;
    private Path source;
    private List<byte[]> written;

    @BeforeEach
    void makeSource() {
        source = directory.resolve("source.offset");
        written = new ArrayList<>();
        var random = new Random(11);
        try (var log = OffsetLog.open(source)) {
            for (int i = 0; i < RECORDS; i++) {
                var record = new byte[1 + random.nextInt(900)];
                random.nextBytes(record);
                record[0] |= 1;
                long seq = log.append(record);
                if (i % 100 == 7) {
                    log.delete(seq);
                } else {
                    written.add(record);
                }
            }
        }
    }

    private static List<byte[]> read(Path path) {
        var found = new ArrayList<byte[]>();
        try (var log = LogFiles.open(path, Durability.OS, true, DEFAULTS)) {
            log.forEach(Range.ALL, (_, record) -> found.add(record.copy()));
        }
        return found;
    }

    private static Path folderOf(Path log) {
        return log.resolveSibling("millrace").resolve(log.getFileName()).resolve("converting");
    }

    private void assertSame(Path path) {
        var found = read(path);
        assertEquals(written.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertArrayEquals(written.get(i), found.get(i));
        }
    }

    @Test
    void throughEveryFormatAndBackIsTheSameRecordForRecord() throws IOException {
        var before = Files.readAllBytes(source);
        var path = source;
        for (var label :
                List.of("offset-53", "block-65536", "wal", "block-1024", "offset-32", "wal")) {
            var next =
                    directory.resolve("to-" + label + "-" + path.getFileName().toString().length());
            var report = LogFiles.convert(path, next, LogFormat.ofLabel(label), DEFAULTS);
            assertFalse(Files.exists(folderOf(next)), "left its folder");
            assertEquals(written.size(), report.records());
            assertEquals(0, report.resumed());
            assertEquals(label, LogFiles.recognise(next, DEFAULTS).label());
            var verify = LogFiles.verify(next, DEFAULTS);
            assertTrue(verify.isWhole(), () -> label + verify.damages());
            assertEquals(written.size(), verify.records());
            assertEquals(verify.since(), LogFiles.stat(next, DEFAULTS).since());
            assertFalse(LogFiles.repair(next, DEFAULTS).changed());
            assertSame(next);
            path = next;
        }
        assertArrayEquals(before, Files.readAllBytes(source));
    }

    @Test
    void stoppedInTheMiddleItGoesOnWhereItWas() {
        for (var label : List.of("offset-53", "block-65536", "wal")) {
            var to = directory.resolve("stopped-" + label);
            var calls = new int[1];
            var stopping =
                    DEFAULTS.withProgress(
                            (done, total) -> {
                                if (++calls[0] == 2000) {
                                    throw new MillraceException(ErrorCode.ERR_CANCELLED, "killed");
                                }
                            });
            var format = LogFormat.ofLabel(label);
            assertThrows(
                    MillraceException.class, () -> LogFiles.convert(source, to, format, stopping));
            assertFalse(Files.exists(to), "half a log bears the name");
            assertTrue(Files.exists(folderOf(to)));
            var report = LogFiles.convert(source, to, format, DEFAULTS);
            assertTrue(report.resumed() > 0, label);
            assertTrue(report.resumed() < written.size());
            assertFalse(Files.exists(folderOf(to)), "left its folder");
            assertSame(to);
        }
    }

    @Test
    void whatIsThereAlreadyAndWhatIsDamagedIsRefused() throws IOException {
        var to = Files.writeString(directory.resolve("there"), "mine");
        var format = LogFormat.ofLabel("offset-53");
        assertCode(ErrorCode.ERR_ARGUMENT, () -> LogFiles.convert(source, to, format, DEFAULTS));
        assertEquals("mine", Files.readString(to));
        var bytes = Files.readAllBytes(source);
        bytes[3] ^= 1;
        Files.write(source, bytes);
        Files.delete(directory.resolve("millrace/source.offset/checkpoint"));
        var fresh = directory.resolve("fresh");
        assertCode(
                ErrorCode.ERR_LOG_CORRUPT, () -> LogFiles.convert(source, fresh, format, DEFAULTS));
        var report = LogFiles.convert(source, fresh, format, DEFAULTS.withSkipDamaged(true));
        assertEquals(1, report.skippedRanges());
        assertEquals(written.size() - 1, report.records());
    }

    @Test
    void aDamagedBlockLosesItsRestAndNoSequenceMoves() throws IOException {
        var log = directory.resolve("log.block");
        LogFiles.convert(source, log, LogFormat.block(1024), DEFAULTS);
        var bytes = Files.readAllBytes(log);
        bytes[10 * 1024 + 1] = (byte) 0xff; // a length beyond its block
        Files.write(log, bytes);
        var report = LogFiles.verify(log, DEFAULTS);
        assertEquals(
                List.of(10 * 1024L), report.damages().stream().map(DamagedRange::offset).toList());
        var repair = LogFiles.repair(log, DEFAULTS);
        assertTrue(repair.after().isWhole());
        assertEquals(report.records(), repair.after().records());
        assertFalse(LogFiles.repair(log, DEFAULTS).changed());
        try (var opened = LogFiles.open(log, Durability.OS, false, DEFAULTS)) {
            assertEquals(report.since(), opened.since());
            opened.append(new byte[] {1});
        }
        Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 300));
        assertFalse(LogFiles.verify(log, DEFAULTS).isWhole());
        assertTrue(LogFiles.repair(log, DEFAULTS).after().isWhole());
    }

    @Test
    void aFlippedBitOfAWriteAheadLogIsToldByItsSegmentAndOffset() throws IOException {
        var log = directory.resolve("log.wal");
        LogFiles.convert(source, log, LogFormat.WAL, DEFAULTS);
        var segment = log.resolve("00000000000000000000.wal");
        var bytes = Files.readAllBytes(segment);
        bytes[9000] ^= 4;
        Files.write(segment, bytes);
        var report = LogFiles.verify(log, DEFAULTS);
        assertEquals(1, report.damages().size());
        var range = report.damages().getFirst();
        assertEquals(segment.toString(), range.file());
        assertTrue(range.offset() <= 9000 && range.end() > 9000);
        assertCode(ErrorCode.ERR_LOG_CORRUPT, () -> LogFiles.repair(log, DEFAULTS));
        assertArrayEquals(bytes, Files.readAllBytes(segment));
    }

    private static void assertCode(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }
}
