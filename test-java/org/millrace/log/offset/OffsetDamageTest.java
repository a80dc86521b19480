package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.format.OffsetCodec;
import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Torn tails, flipped bits and payloads that imitate framing: what opening and reading say. */
class OffsetDamageTest {
    private static final UnaryOperator<byte[]> NO_BUG = bytes -> bytes;
    private static final Path LOG = Path.of("/d/log.offset");

    /** Sequences and payloads of a log, and its bytes. */
    private record Image(OffsetCodec codec, List<Long> seqs, List<byte[]> records, byte[] bytes) {
        /** How many whole records stand in the first {@code length} bytes. */
        int wholeIn(int length) {
            int whole = 0;
            while (whole < records.size() && endOf(whole) <= length) {
                whole++;
            }
            return whole;
        }

        long endOf(int record) {
            return seqs.get(record) + records.get(record).length + 8 + codec.endBytes();
        }
    }

    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void everyTruncationKeepsTheLongestValidPrefix(OffsetCodec codec) {
        truncateEverywhere(image(codec, plain()), false, NO_BUG);
    }

    /** The canary: a recovery that cuts a good record with the torn one. */
    @Test
    void aRecoveryThatCutsARecordTooManyIsSeen() {
        var image = image(OffsetCodec.BITS_32, plain());
        UnaryOperator<byte[]> cutsTooMuch =
                bytes -> {
                    int whole = image.wholeIn(bytes.length);
                    boolean isTorn = whole > 1 && image.endOf(whole - 1) < bytes.length;
                    return isTorn ? Arrays.copyOf(bytes, (int) image.endOf(whole - 2)) : bytes;
                };
        assertThrows(AssertionError.class, () -> truncateEverywhere(image, false, cutsTooMuch));
    }

    @ParameterizedTest
    @EnumSource(value = OffsetCodec.class, mode = EnumSource.Mode.EXCLUDE, names = "LEGACY")
    void payloadsThatImitateFramingNeverMoveRecovery(OffsetCodec codec) {
        long seed = Tier.seed("payloadsThatImitateFramingNeverMoveRecovery");
        var random = new Random(seed);
        for (int round = 0; round < 8; round++) {
            truncateEverywhere(image(codec, hostile(codec, random)), true, NO_BUG);
        }
    }

    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void everyBitFlipIsToldOrHarmlessToTheFraming(OffsetCodec codec) {
        var image = image(codec, plain());
        for (int bit = 0; bit < image.bytes().length * 8; bit++) {
            var bytes = image.bytes().clone();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            checkFlip(image, bytes, bit);
        }
    }

    @Test
    void bitFlipInTheMiddleKeepsLaterRecords() {
        var image = image(OffsetCodec.BITS_32, plain());
        int damaged = 2;
        var bytes = image.bytes().clone();
        bytes[image.seqs().get(damaged).intValue() + 3] ^= 1;
        try (var log = open(store(bytes), image.codec())) {
            long at = image.seqs().get(damaged);
            long next = image.seqs().get(damaged + 1);
            assertEquals(OpenReport.damaged("chain", at, next - at), log.openReport());
            assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code());
            code(ErrorCode.ERR_LOG_CORRUPT, () -> log.append(new byte[] {1}));
            code(ErrorCode.ERR_LOG_CORRUPT, () -> get(log, at));
            assertArrayEquals(image.records().get(damaged + 1), get(log, next));
            for (boolean reverse : new boolean[] {false, true}) {
                var walk = walk(log, reverse);
                assertEquals(1, walk.errors().size());
                assertEquals(image.records().size() - 1, walk.seqs().size());
                assertFalse(walk.seqs().contains(at));
            }
        }
    }

    /** A length that rots so that it reaches past the end looks like a torn write; it is none. */
    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void aLengthThatRotsPastTheEndCutsNoGoodRecord(OffsetCodec codec) {
        var image = image(codec, plain());
        for (int record = 0; record < image.seqs().size(); record++) {
            for (int bit = 8; bit < 24; bit++) {
                var bytes = image.bytes().clone();
                long seq = image.seqs().get(record);
                bytes[(int) seq + 3 - bit / 8] |= (byte) (1 << bit % 8);
                var storage = store(bytes);
                String where = "record " + record + ", bit " + bit;
                try (var log = open(storage, codec)) {
                    assertNothingBehind(image, record, log, where);
                }
                assertArrayEquals(bytes, bytesOf(storage, LOG), where);
                repairBringsEverythingBack(image, storage, where);
            }
        }
    }

    private static void repairBringsEverythingBack(Image image, Storage storage, String where) {
        var tools = new OffsetTools(image.codec());
        var options = MaintenanceOptions.defaults().withStorage(storage);
        var found = tools.verify(LOG, options);
        assertEquals(1, found.damages().size(), where);
        assertTrue(tools.repair(LOG, found, options).after().isWhole(), where);
        try (var log = open(storage, image.codec())) {
            assertEquals(image.seqs(), walk(log, false).seqs(), where);
            for (int i = 0; i < image.seqs().size(); i++) {
                assertArrayEquals(image.records().get(i), get(log, image.seqs().get(i)), where);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aDamagedLogStaysReadOnlyHoweverOftenItIsOpened(Durability level) {
        var image = image(OffsetCodec.BITS_32, plain());
        var bytes = image.bytes().clone();
        bytes[image.seqs().get(1).intValue() + 3] ^= 1;
        var storage = store(bytes);
        var options = OffsetOptions.defaults().withStorage(storage).withDurability(level);
        for (int time = 0; time < 3; time++) {
            try (var log = OffsetLog.open(LOG, options)) {
                assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code());
                assertEquals(image.seqs().getLast(), log.since());
            }
        }
        assertArrayEquals(bytes, bytesOf(storage, LOG));
    }

    @Test
    void cutBytesAreInQuarantineAndRecoveryIsIdempotent() {
        var image = image(OffsetCodec.BITS_32, plain());
        int length = image.bytes().length - 3;
        int whole = image.wholeIn(length);
        long end = image.endOf(whole - 1);
        var storage = store(Arrays.copyOf(image.bytes(), length));
        OpenReport report;
        try (var log = open(storage, image.codec())) {
            report = log.openReport();
            assertTrue(report.recovered());
            assertEquals("torn", report.reason());
            assertEquals(end, report.truncatedAtOffset());
            assertEquals(length - end, report.quarantinedBytes());
            assertEquals(
                    "/d/millrace/log.offset/quarantine/log.offset-" + end, report.quarantine());
        }
        assertArrayEquals(
                Arrays.copyOfRange(image.bytes(), (int) end, length),
                bytesOf(storage.afterPowerCut(), Path.of(report.quarantine())));
        try (var log = open(storage.afterPowerCut(), image.codec())) {
            assertEquals(OpenReport.CLEAN, log.openReport());
        }
    }

    @Test
    void lostSectorsOfTheUnsyncedTailAreCutAndToldAsZero() {
        var records = new ArrayList<byte[]>();
        for (int i = 0; i < 40; i++) {
            records.add(("record " + i + "x".repeat(90)).getBytes());
        }
        var image = image(OffsetCodec.BITS_32, records);
        var bytes = image.bytes().clone();
        Arrays.fill(bytes, 1024, 1536, (byte) 0);
        try (var log = open(store(bytes), image.codec())) {
            assertEquals("zero", log.openReport().reason());
            assertEquals(image.seqs().get(image.wholeIn(1024) - 1), log.since());
            assertEquals(
                    0, log.openReport().truncatedAtOffset() - image.endOf(image.wholeIn(1024) - 1));
        }
    }

    @Test
    void aFileOfAnotherKindIsToldAndNotTouched() {
        var text = "This is a letter, not a log. ".repeat(20).getBytes();
        var storage = store(text);
        code(ErrorCode.ERR_LOG_FORMAT, () -> open(storage, OffsetCodec.BITS_32));
        assertArrayEquals(text, bytesOf(storage, LOG));
    }

    /**
     * @param mayDoubt the payloads may look like records behind a damaged length: then nothing is
     *     cut, and nothing of them served
     * @param bug what a planted bug makes of the file before it is opened
     */
    private static void truncateEverywhere(
            Image image, boolean mayDoubt, UnaryOperator<byte[]> bug) {
        for (int length = 0; length <= image.bytes().length; length++) {
            var storage = store(bug.apply(Arrays.copyOf(image.bytes(), length)));
            int whole = image.wholeIn(length);
            long end = whole == 0 ? 0 : image.endOf(whole - 1);
            try (var log = open(storage, image.codec())) {
                String where = "truncated to " + length;
                if (mayDoubt && log.failure() != null) {
                    assertNothingBehind(image, whole, log, where);
                    assertEquals(length, bytesOf(storage, LOG).length, where);
                    continue;
                }
                assertEquals(whole == 0 ? -1 : image.seqs().get(whole - 1), log.since(), where);
                assertEquals(end < length, log.openReport().recovered(), where);
                assertEquals(length - end, log.openReport().quarantinedBytes(), where);
                assertEquals(image.seqs().subList(0, whole), walk(log, false).seqs(), where);
                assertEquals(end, log.append(new byte[] {42}), where);
            }
        }
    }

    /** The log is read-only, and ends with its last record that is whole. */
    private static void assertNothingBehind(Image image, int whole, OffsetLog log, String where) {
        assertEquals(ErrorCode.ERR_LOG_CORRUPT, log.failure().code(), where);
        assertTrue(log.failure().getMessage().contains("verify"), where);
        assertFalse(log.openReport().recovered(), where);
        long end = whole == 0 ? 0 : image.endOf(whole - 1);
        assertEquals(end, log.openReport().damagedAtOffset(), where);
        for (boolean reverse : new boolean[] {false, true}) {
            var seqs = walk(log, reverse).seqs();
            var wanted = image.seqs().subList(0, whole);
            assertEquals(wanted, reverse ? seqs.reversed() : seqs, where);
        }
    }

    private static void checkFlip(Image image, byte[] bytes, int bit) {
        String where = image.codec() + ", bit " + bit;
        try (var log = open(store(bytes), image.codec())) {
            var walk = walk(log, false);
            var back = walk(log, true);
            for (var seq : walk.seqs()) {
                assertTrue(image.seqs().contains(seq), where + " serves " + seq);
            }
            boolean told = log.openReport() != OpenReport.CLEAN || !walk.errors().isEmpty();
            boolean whole = walk.seqs().equals(image.seqs());
            assertTrue(told || whole, where + " lost records silently");
            if (!log.openReport().recovered()) {
                assertEquals(walk.errors().size(), back.errors().size(), where);
                assertEquals(
                        walk.seqs(), back.seqs().reversed(), where + ": both directions agree");
            }
            int damaged = image.wholeIn(bit / 8);
            for (int i = 0; i < damaged; i++) {
                assertArrayEquals(image.records().get(i), get(log, image.seqs().get(i)), where);
            }
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_LOG_FORMAT, e.code(), where);
            assertTrue(bit / 8 < image.endOf(0), where + " " + e.getMessage());
        }
    }

    private record Walk(List<Long> seqs, List<String> errors) {}

    /** Reads everything, stepping over damage as {@link Cursor#next} promises. */
    private static Walk walk(OffsetLog log, boolean reverse) {
        var seqs = new ArrayList<Long>();
        var errors = new ArrayList<String>();
        try (var cursor = log.cursor(reverse ? Range.newestFirst() : Range.ALL);
                var batch = RecordBatch.allocate(512, 5)) {
            for (int calls = 0; ; calls++) {
                assertTrue(calls < 10_000, "walks for ever");
                try {
                    if (cursor.next(batch) == 0) {
                        return new Walk(seqs, errors);
                    }
                    for (int i = 0; i < batch.count(); i++) {
                        seqs.add(batch.seq(i));
                    }
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.ERR_LOG_CORRUPT, e.code());
                    errors.add(e.getMessage());
                }
            }
        }
    }

    private static List<byte[]> plain() {
        var records = new ArrayList<byte[]>();
        for (var text : List.of("abc", "defgh", "", "i", "a longer record of several words", "z")) {
            records.add(text.getBytes());
        }
        return records;
    }

    /** Payloads made of forged frames and trailers that name their own true place in the file. */
    private static List<byte[]> hostile(OffsetCodec codec, Random random) {
        var records = new ArrayList<byte[]>();
        long offset = 0;
        for (int i = 0; i < 4; i++) {
            var payload = new ByteArrayOutputStream();
            if (random.nextBoolean()) {
                payload.writeBytes(forgedTrailer(codec, offset, payload.size(), offset));
            }
            int frames = 1 + random.nextInt(3);
            for (int f = 0; f < frames; f++) {
                int length = random.nextInt(12);
                long start = offset + 4 + payload.size();
                payload.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
                payload.writeBytes("forgedforged".substring(0, length).getBytes());
                payload.writeBytes(forgedTrailer(codec, offset, payload.size(), start));
            }
            records.add(payload.toByteArray());
            offset += payload.size() + 8 + codec.endBytes();
        }
        return records;
    }

    /** The trailer of a frame from {@code start}, true to where it stands in the file. */
    private static byte[] forgedTrailer(OffsetCodec codec, long record, int at, long start) {
        int width = codec.endBytes();
        long end = record + 4 + at + 4 + width;
        var trailer = ByteBuffer.allocate(4 + width).putInt((int) (end - start - 8 - width));
        for (int i = width - 1; i >= 0; i--) {
            trailer.put((byte) (end >>> 8 * i));
        }
        return trailer.array();
    }

    private static Image image(OffsetCodec codec, List<byte[]> records) {
        var storage = new MemoryStorage();
        var seqs = new ArrayList<Long>();
        try (var log = open(storage, codec)) {
            records.forEach(record -> seqs.add(log.append(record)));
        }
        return new Image(codec, seqs, records, bytesOf(storage, LOG));
    }

    private static OffsetLog open(Storage storage, OffsetCodec codec) {
        return OffsetLog.open(
                LOG,
                OffsetOptions.defaults()
                        .withStorage(storage)
                        .withCodec(codec)
                        .withBufferBytes(1024));
    }

    private static MemoryStorage store(byte[] bytes) {
        var storage = new MemoryStorage();
        try (var file = storage.open(LOG, Storage.OpenMode.CREATE)) {
            file.write(0, MemorySegment.ofArray(bytes));
            file.sync();
        }
        storage.syncDirectory(LOG.getParent());
        return storage;
    }

    private static byte[] bytesOf(Storage storage, Path path) {
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            var bytes = new byte[(int) file.size()];
            file.read(0, MemorySegment.ofArray(bytes));
            return bytes;
        }
    }

    private static byte[] get(OffsetLog log, long seq) {
        var to = new byte[500];
        return Arrays.copyOf(to, log.get(seq, MemorySegment.ofArray(to)));
    }

    private static void code(ErrorCode code, Runnable call) {
        var e = assertThrows(MillraceException.class, call::run);
        assertNotNull(e);
        assertEquals(code, e.code(), e.getMessage());
    }
}
