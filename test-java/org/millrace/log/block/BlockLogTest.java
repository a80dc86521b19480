package org.millrace.log.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;

/** What one block log promises: levels, ranges, deletion, compaction, bad input, threads. */
class BlockLogTest {
    private static final BlockOptions OPTIONS =
            BlockOptions.defaults().withBlockBytes(64).withWriteTimeoutMs(20);
    private static final BlockOptions WRITTEN = OPTIONS.withDurability(Durability.OS);

    @TempDir Path temp;

    @Test
    void appendTellsTheOffsetAtOnceAndSinceFollowsWithinTheTimeoutAlsoUnderATrickle()
            throws Exception {
        try (var log = BlockLog.open(file(), OPTIONS.withWriteTimeoutMs(40))) {
            assertEquals(0, append(log, "first"));
            while (log.durableSince() < 0) { // for ever, did each append set the clock back
                append(log, "trickle");
                Thread.sleep(5);
            }
        }
    }

    @Test
    void getAndDeleteServeARecordThatIsNotWrittenYet() {
        try (var log = BlockLog.open(file(), OPTIONS.withWriteTimeoutMs(60_000))) {
            long seq = append(log, "early");
            assertEquals("early", get(log, seq));
            long gone = append(log, "gone");
            log.delete(gone);
            code(ErrorCode.ERR_RECORD_DELETED, () -> get(log, gone));
            assertEquals(Arrays.asList("early", null), read(log, Range.ALL));
        }
    }

    @Test
    void aRecordStandsInOneBlockAndTheFileIsWholeBlocks() throws IOException {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            assertEquals(0, append(log, "x".repeat(58)));
            assertEquals(64, append(log, "y".repeat(60)));
            assertEquals(128, append(log, "z"));
            assertEquals(192, Files.size(file()));
            assertEquals(131, append(log, "z"));
            assertEquals(192, Files.size(file()));
        }
        assertEquals(192, Files.size(file()));
    }

    @Test
    void aBatchIsAllOrNothingAndTellsEachSequence() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            var seqs = MemorySegment.ofArray(new double[3]);
            var data = bytes("a".repeat(30) + "b".repeat(40) + "cc");
            assertEquals(106, log.append(data, ends(30, 70, 72), seqs));
            assertEquals(64.0, seqs.getAtIndex(ValueLayout.JAVA_DOUBLE, 1));
            var tooLarge = bytes("a" + "b".repeat(61));
            code(ErrorCode.ERR_RECORD_TOO_LARGE, () -> log.append(tooLarge, ends(1, 62)));
            code(ErrorCode.ERR_RECORD_EMPTY, () -> log.append(tooLarge, ends(1, 1, 3)));
            code(ErrorCode.ERR_RECORD_EMPTY, () -> append(log, ""));
            code(ErrorCode.ERR_ARGUMENT, () -> log.append(tooLarge, ends(3, 2)));
            assertEquals(106, log.since());
            assertEquals(3, read(log, Range.ALL).size());
        }
    }

    @Test
    void aTransactionIsNotParted() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            append(log, "x".repeat(30));
            var seqs = MemorySegment.ofArray(new double[2]);
            log.appendTransaction(bytes("a".repeat(20) + "b".repeat(20)), ends(20, 40), seqs);
            assertEquals(64.0, seqs.getAtIndex(ValueLayout.JAVA_DOUBLE, 0));
            assertEquals(86.0, seqs.getAtIndex(ValueLayout.JAVA_DOUBLE, 1));
            code(
                    ErrorCode.ERR_RECORD_TOO_LARGE,
                    () ->
                            log.appendTransaction(
                                    bytes("a".repeat(60)), ends(30, 60), MemorySegment.NULL));
            assertEquals(86, log.since());
        }
    }

    @Test
    void rangesForwardAndBackward() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            var seqs = new long[20];
            var all = new ArrayList<String>();
            for (int i = 0; i < 20; i++) {
                all.add("record " + i);
                seqs[i] = append(log, "record " + i);
            }
            assertEquals(all, read(log, Range.ALL));
            assertEquals(all.subList(5, 20), read(log, Range.after(seqs[4])));
            assertEquals(List.of(), read(log, Range.after(seqs[19])));
            assertEquals(all.reversed(), read(log, Range.newestFirst()));
            assertEquals(all.subList(17, 20).reversed(), read(log, Range.newestFirst().limit(3)));
            assertEquals(all.subList(0, 3), read(log, Range.ALL.limit(3)));
            var middle = new Range(seqs[3], false, seqs[9], false, false, -1);
            assertEquals(all.subList(4, 9), read(log, middle));
            var back = new Range(seqs[3], true, seqs[9], true, true, -1);
            assertEquals(all.subList(3, 10).reversed(), read(log, back));
            back = new Range(seqs[3], false, seqs[9], false, true, -1);
            assertEquals(all.subList(4, 9).reversed(), read(log, back));
            code(ErrorCode.ERR_SEQ_INVALID, () -> read(log, Range.after(1)));
            code(ErrorCode.ERR_SEQ_INVALID, () -> get(log, 1));
            code(ErrorCode.ERR_SEQ_INVALID, () -> get(log, 63));
            code(ErrorCode.ERR_SEQ_RANGE, () -> get(log, -1));
            code(ErrorCode.ERR_SEQ_RANGE, () -> get(log, seqs[19] + 1));
            code(ErrorCode.ERR_SEQ_RANGE, () -> log.delete(1 << 20));
        }
    }

    @Test
    void aCursorGoesOnWithWhatIsAppendedLaterAlsoInTheSameBlock() {
        try (var log = BlockLog.open(file(), WRITTEN);
                var batch = RecordBatch.allocate(256, 8);
                var cursor = log.cursor(Range.ALL)) {
            assertEquals(0, cursor.next(batch));
            append(log, "one");
            assertEquals(1, cursor.next(batch));
            assertEquals(0, cursor.next(batch));
            append(log, "two");
            append(log, "x".repeat(60));
            assertEquals(2, cursor.next(batch));
            assertEquals(64, batch.seq(1));
        }
    }

    @Test
    void aTooSmallBatchSaysWhatItNeedsAndLosesNothing() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            append(log, "0123456789");
            for (var range : List.of(Range.ALL, Range.newestFirst())) {
                try (var cursor = log.cursor(range)) {
                    var index = MemorySegment.ofArray(new double[4]);
                    var small = RecordBatch.over(MemorySegment.ofArray(new byte[5]), index);
                    code(ErrorCode.ERR_BUFFER_TOO_SMALL, () -> cursor.next(small));
                    var enough = RecordBatch.over(MemorySegment.ofArray(new byte[12]), index);
                    assertEquals(1, cursor.next(enough));
                    assertEquals("0123456789", text(enough, 0));
                }
            }
            var small = MemorySegment.ofArray(new byte[4]);
            assertEquals(10, log.get(0, small));
            assertEquals(0, small.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void deletionsAreCountedOnceAndTheStatsFileIsThePeers() throws IOException {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            append(log, "abc");
            append(log, "de");
            log.delete(0);
            log.delete(0);
            assertEquals(5, log.deletedBytes());
            log.drain();
            assertEquals("{\"deletedBytes\":5}", Files.readString(side(".stats")));
        }
        try (var log = BlockLog.open(file(), WRITTEN)) {
            assertEquals(5, log.deletedBytes());
            log.compact(progress -> {});
            assertEquals(0, log.deletedBytes());
        }
        assertEquals("{\"deletedBytes\":0}", Files.readString(side(".stats")));
    }

    @Test
    void compactionMovesRecordsAndCutsTheRest() throws IOException {
        try (var log = BlockLog.open(file(), WRITTEN.withBlockBytes(11))) {
            for (int i = 0; i < 15; i++) {
                append(log, "" + (char) ('a' + i));
            }
            assertEquals(50, log.since());
            log.delete(11 + 3);
            log.delete(11 + 6);
            log.delete(33 + 3);
            var told = new ArrayList<CompactionProgress>();
            assertEquals(new CompactionResult(11, 3), log.compact(told::add));
            assertEquals(new CompactionProgress(11, 11, 11, 0), told.get(0));
            assertEquals(39, log.since());
            assertEquals(39, log.durableSince());
            assertEquals(12, read(log, Range.ALL).size());
            assertEquals(new CompactionResult(0, 0), log.compact(told::add));
            assertEquals(44, append(log, "p"));
            assertEquals("p", get(log, 44));
        }
        assertFalse(Files.exists(side(".compaction")));
        try (var log = BlockLog.open(file(), WRITTEN.withBlockBytes(11))) {
            assertEquals("abcdghijlmnop", String.join("", read(log, Range.ALL)));
        }
    }

    @Test
    void compactionOfALogWithNothingLeftEmptiesIt() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            for (int i = 0; i < 3; i++) {
                log.delete(append(log, "x".repeat(50)));
            }
            assertEquals(new CompactionResult(192, 3), log.compact(progress -> {}));
            assertEquals(-1, log.since());
            assertEquals(0, append(log, "again"));
        }
        try (var log = BlockLog.open(file(), WRITTEN)) {
            assertEquals(List.of("again"), read(log, Range.ALL));
        }
    }

    @Test
    void aCursorAtTheEndSurvivesACompactionAndOneAmongTheRecordsIsCancelled() {
        try (var log = BlockLog.open(file(), WRITTEN);
                var batch = RecordBatch.allocate(4096, 100)) {
            for (int i = 0; i < 10; i++) {
                append(log, "record " + i);
            }
            var atEnd = log.cursor(Range.ALL);
            assertEquals(10, atEnd.next(batch));
            var among = log.cursor(Range.ALL.limit(5));
            var few = RecordBatch.allocate(4096, 2);
            assertEquals(2, among.next(few));
            log.delete(0);
            log.compact(progress -> {});
            assertEquals(0, atEnd.next(batch));
            long seq = append(log, "later");
            assertEquals(1, atEnd.next(batch));
            assertEquals(seq, batch.seq(0));
            code(ErrorCode.ERR_CANCELLED, () -> among.next(few));
            few.close();
        }
    }

    @Test
    void truncateKeepsWholeBlocksAndOverwriteReplacesOne() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            for (int i = 0; i < 3; i++) {
                append(log, ("" + i).repeat(50));
            }
            var block = MemorySegment.ofArray(new byte[64]);
            log.readBlock(0, block);
            log.overwrite(2, block);
            assertEquals("0".repeat(50), get(log, 128));
            assertEquals(64, log.truncate(1));
            assertEquals(64, log.since());
            assertEquals(0, log.truncate(1));
            code(ErrorCode.ERR_ARGUMENT, () -> log.truncate(2));
            code(ErrorCode.ERR_ARGUMENT, () -> log.overwrite(2, block));
            assertEquals(64 + 52, append(log, "tail123"));
        }
    }

    @Test
    void aSecondOpenerIsToldAndReadersAreLetIn() {
        try (var log = BlockLog.open(file(), WRITTEN)) {
            append(log, "a");
            code(ErrorCode.ERR_LOG_LOCKED, () -> BlockLog.open(file(), WRITTEN).close());
            try (var reader = BlockLog.open(file(), WRITTEN.withReadOnly(true))) {
                assertEquals(List.of("a"), read(reader, Range.ALL));
                code(ErrorCode.ERR_LOG_READ_ONLY, () -> append(reader, "b"));
            }
        }
        code(ErrorCode.ERR_ARGUMENT, () -> BlockLog.open(file(), OPTIONS.withBlockBytes(4)));
    }

    @Test
    void anotherBlockSizeIsRefusedAndNothingIsChanged() throws IOException {
        try (var log = BlockLog.open(file(), WRITTEN.withBlockBytes(1024))) {
            for (int i = 0; i < 500; i++) {
                append(log, "record number " + i);
            }
        }
        var before = Files.readAllBytes(file());
        for (int other : new int[] {512, 2048, 65_536}) {
            code(
                    ErrorCode.ERR_LOG_FORMAT,
                    () -> BlockLog.open(file(), WRITTEN.withBlockBytes(other)).close());
        }
        assertTrue(Arrays.equals(before, Files.readAllBytes(file())));
    }

    @Test
    void afterCloseEveryCallSaysSo() {
        var log = BlockLog.open(file(), OPTIONS);
        append(log, "kept");
        var cursor = log.cursor(Range.ALL);
        log.close();
        log.close();
        code(ErrorCode.ERR_LOG_CLOSED, () -> append(log, "b"));
        code(ErrorCode.ERR_LOG_CLOSED, () -> get(log, 0));
        code(ErrorCode.ERR_LOG_CLOSED, log::drain);
        code(ErrorCode.ERR_LOG_CLOSED, () -> log.compact(progress -> {}));
        try (var batch = RecordBatch.allocate(64, 4)) {
            code(ErrorCode.ERR_LOG_CLOSED, () -> cursor.next(batch));
        }
        try (var again = BlockLog.open(file(), OPTIONS)) {
            assertEquals(List.of("kept"), read(again, Range.ALL));
            assertNull(again.failure());
        }
    }

    /**
     * Against a list of strings; the seed is printed with a failure and taken from -Dmillrace.seed.
     */
    @Test
    void doesWhatAListDoesUnderRandomOperations() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        var memory = OPTIONS.withStorage(new MemoryStorage());
        for (int round = 0; round < 30; round++) {
            var options =
                    memory.withBlockBytes(16 + random.nextInt(200))
                            .withDurability(Durability.values()[random.nextInt(3)])
                            .withBufferBytes(256 + random.nextInt(1000));
            var path = temp.resolve("model" + round);
            var model = new ArrayList<String>();
            var seqs = new ArrayList<Long>();
            for (int session = 0; session < 3; session++) {
                try (var log = BlockLog.open(path, options)) {
                    for (int step = 0; step < 60; step++) {
                        step(log, random, model, seqs, options.blockBytes() - 4);
                    }
                    log.drain();
                    assertEquals(model, read(log, Range.ALL), "seed " + seed);
                    assertEquals(model.reversed(), read(log, Range.newestFirst()), "seed " + seed);
                }
            }
        }
    }

    private static void step(
            BlockLog log, Random random, List<String> model, List<Long> seqs, int max) {
        switch (random.nextInt(12)) {
            case 0 -> {
                if (!seqs.isEmpty()) {
                    int i = random.nextInt(seqs.size());
                    log.delete(seqs.get(i));
                    model.set(i, null);
                }
            }
            case 1 -> {
                if (random.nextInt(8) == 0) {
                    log.compact(progress -> {});
                    model.removeIf(record -> record == null);
                    seqs.clear();
                    try (var batch = RecordBatch.allocate(4096, 64);
                            var cursor = log.cursor(Range.ALL)) {
                        while (cursor.next(batch) > 0) {
                            for (int i = 0; i < batch.count(); i++) {
                                seqs.add(batch.seq(i));
                            }
                        }
                    }
                }
            }
            case 2 -> {
                if (!seqs.isEmpty()) {
                    int i = random.nextInt(seqs.size());
                    if (model.get(i) != null) {
                        assertEquals(model.get(i), get(log, seqs.get(i)));
                    }
                }
            }
            default -> {
                int count = 1 + random.nextInt(4);
                var text = new StringBuilder();
                var ends = new int[count];
                for (int i = 0; i < count; i++) {
                    int length = 1 + random.nextInt(max);
                    var record = ("" + (char) ('a' + random.nextInt(26))).repeat(length);
                    model.add(record);
                    text.append(record);
                    ends[i] = text.length();
                }
                var told = MemorySegment.ofArray(new double[count]);
                log.append(bytes(text.toString()), ends(ends), told);
                for (int i = 0; i < count; i++) {
                    seqs.add((long) told.getAtIndex(ValueLayout.JAVA_DOUBLE, i));
                }
            }
        }
    }

    @Test
    void readersSeeWholeRecordsWhileOthersAppendDeleteAndCompact() throws Exception {
        long seed = Tier.seed(this);
        var memory = WRITTEN.withStorage(new MemoryStorage());
        try (var log = BlockLog.open(file(), memory.withBlockBytes(1024));
                var threads = Executors.newFixedThreadPool(3)) {
            var writer =
                    threads.submit(
                            () -> {
                                for (int i = 0; i < 5_000; i++) {
                                    append(log, ("" + (char) ('a' + i % 26)).repeat(1 + i % 100));
                                }
                            });
            var changer =
                    threads.submit(
                            () -> {
                                var random = new Random(seed);
                                while (!writer.isDone()) {
                                    deleteSome(log, random);
                                    log.compact(progress -> {});
                                }
                            });
            var reader =
                    threads.submit(
                            () -> {
                                while (!writer.isDone()) {
                                    checkWhole(log);
                                }
                            });
            writer.get();
            changer.get();
            reader.get();
            checkWhole(log);
        }
    }

    private static void deleteSome(BlockLog log, Random random) {
        try (var batch = RecordBatch.allocate(4096, 64);
                var cursor = log.cursor(random.nextBoolean() ? Range.ALL : Range.newestFirst())) {
            int n = cursor.next(batch);
            for (int i = 0; i < n; i += 3) {
                log.delete(batch.seq(i));
            }
        }
    }

    private static void checkWhole(BlockLog log) {
        try (var batch = RecordBatch.allocate(4096, 64);
                var cursor = log.cursor(Range.ALL)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    if (!batch.isDeleted(i)) {
                        var text = text(batch, i);
                        assertEquals(text.substring(0, 1).repeat(text.length()), text);
                    }
                }
            }
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_CANCELLED, e.code());
        }
    }

    private Path file() {
        return temp.resolve("log.block");
    }

    private Path side(String ending) {
        return temp.resolve("log.block" + ending);
    }

    static long append(Log log, String text) {
        return log.append(bytes(text));
    }

    static String get(Log log, long seq) {
        var to = MemorySegment.ofArray(new byte[65_536]);
        int length = log.get(seq, to);
        return new String(to.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /** Deleted records as null. */
    static List<String> read(Log log, Range range) {
        var found = new ArrayList<String>();
        try (var batch = RecordBatch.allocate(100, 4);
                var cursor = log.cursor(range)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    found.add(batch.isDeleted(i) ? null : text(batch, i));
                }
            }
        }
        return found;
    }

    private static String text(RecordBatch batch, int record) {
        return new String(batch.slice(record).copy(), StandardCharsets.UTF_8);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static MemorySegment ends(int... ends) {
        return MemorySegment.ofArray(ends);
    }

    static void code(ErrorCode code, Runnable call) {
        assertEquals(code, assertThrows(MillraceException.class, call::run).code());
    }
}
