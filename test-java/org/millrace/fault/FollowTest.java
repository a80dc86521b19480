package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.NumberedWriter.Bug;
import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A log that is opened read-only while another process writes it: the reader sees every record
 * once, whole and in order, soon after it was written, also after the writer was killed and another
 * one went on, and never garbage while the writer compacts.
 */
class FollowTest {
    private static final int RECORDS = Tier.count("millrace.follow.records", 15_000, 1_000_000);
    private static final int WRITERS = 3;
    private static final int COMPACTIONS = Tier.count("millrace.follow.compactions", 12, 300);

    /** The block of a compaction before which readers look. */
    private static final int LOOK_AT = 20;

    private @TempDir Path directory;

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aReaderFollowsTheWritersOfAnotherProcess(Engine engine) {
        var path = directory.resolve("log");
        engine.open(path, Durability.OS).close();
        try (var log = engine.openReadOnly(path);
                var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(64 << 10, 400)) {
            long next = 0;
            for (int i = 1; i <= WRITERS; i++) {
                try (var child = NumberedWriter.start(engine, path, Durability.OS, Bug.NONE)) {
                    next = readOn(cursor, batch, next, (long) RECORDS * i / WRITERS);
                    long last = child.kill();
                    next = readOn(cursor, batch, next, last + 1);
                }
            }
            assertTrue(NumberedRecords.count(log) >= next); // some were not acknowledged yet
            var e = assertThrows(MillraceException.class, () -> log.append(new byte[] {1}));
            assertEquals(ErrorCode.ERR_LOG_READ_ONLY, e.code());
        }
    }

    /** The canary of the reader's own check. */
    @ParameterizedTest
    @EnumSource(Engine.class)
    void aWriterThatForgetsARecordIsCaughtByItsReader(Engine engine) {
        var path = directory.resolve("log");
        engine.open(path, Durability.OS).close();
        var bug = Bug.FORGETS_A_RECORD;
        try (var child = NumberedWriter.start(engine, path, Durability.OS, bug);
                var log = engine.openReadOnly(path);
                var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(64 << 10, 400)) {
            child.awaitNumber(2_000);
            assertThrows(AssertionError.class, () -> readOn(cursor, batch, 0, 2_000));
        }
    }

    /** Reads until at least {@code wanted} numbers were seen; returns the next number. */
    private static long readOn(Cursor cursor, RecordBatch batch, long next, long wanted) {
        while (next < wanted) {
            int count = cursor.next(batch);
            for (int i = 0; i < count; i++, next++) {
                assertEquals(next, NumberedRecords.number(batch, i));
            }
            if (count == 0) {
                pause();
            }
        }
        return next;
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the writer", e);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void aListenerHearsOfWhatAnotherProcessWrote(Engine engine) throws Exception {
        var path = directory.resolve("log");
        engine.open(path, Durability.OS).close();
        var moved = new CountDownLatch(1);
        try (var log = engine.openReadOnly(path);
                var child = NumberedWriter.start(engine, path, Durability.OS, Bug.NONE)) {
            var registration = log.onChange(moved::countDown);
            child.await(1);
            moved.await();
            assertTrue(log.since() >= 0);
            registration.close();
        }
    }

    /** A read meets records that stand still, or is told that they move. */
    @Test
    void aReaderOfABlockLogIsNeverGivenGarbageWhileAnotherProcessCompacts() {
        var path = directory.resolve("log");
        int moves = 0;
        try (var child = ChildWriter.start(CompactingWriter.class, path.toString())) {
            child.await(2);
            try (var log = openUnlessCompacting(path)) {
                while (moves == 0 || child.count() < COMPACTIONS * 2L) {
                    moves += readThrough(log) ? 0 : 1;
                }
            }
        }
    }

    /** The canary: a reader to whom the state file of a compaction is hidden. */
    @Test
    void aReaderThatDoesNotSeeACompactionIsCaughtAndOneThatDoesIsTold() {
        var path = directory.resolve("log");
        var looks = new AtomicInteger();
        try (var log = (BlockLog) Engine.BLOCK.open(path, Durability.OS)) {
            NumberedRecords.append(log, 0, 1_000, -1);
            log.drain();
            NumberedRecords.read(log, (seq, number) -> deleteEven(log, seq, number));
            try (var blind = Engine.BLOCK.open(path, Durability.OS, blindStorage(), true);
                    var sound = Engine.BLOCK.openReadOnly(path)) {
                assertTrue(readThrough(blind));
                log.compact(
                        _ -> {
                            if (looks.incrementAndGet() == LOOK_AT) {
                                assertThrows(AssertionError.class, () -> readThrough(blind));
                                assertFalse(readThrough(sound));
                            }
                        });
            }
        }
        assertTrue(looks.get() > LOOK_AT);
    }

    private static void deleteEven(Log log, long seq, long number) {
        if (number % 2 == 0) {
            log.delete(seq);
        }
    }

    /** Where no file is ever said to be there. */
    private static Storage blindStorage() {
        var target = new PosixStorage();
        return (Storage)
                Proxy.newProxyInstance(
                        Storage.class.getClassLoader(),
                        new Class<?>[] {Storage.class},
                        (_, method, arguments) ->
                                method.getName().equals("exists")
                                        ? Boolean.FALSE
                                        : method.invoke(target, arguments));
    }

    /** False when the records moved meanwhile. */
    private static boolean readThrough(Log log) {
        long[] before = {-1};
        try {
            NumberedRecords.read(
                    log,
                    (seq, number) -> {
                        if (number == NumberedRecords.HALF_DELETED) {
                            return;
                        }
                        assertTrue(number > before[0], number + " at " + seq);
                        before[0] = number;
                        get(log, seq, number);
                    });
            return true;
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_CANCELLED, e.code(), e.getMessage());
            return false;
        }
    }

    private static void get(Log log, long seq, long number) {
        var record = MemorySegment.ofArray(new byte[NumberedRecords.RECORD_BYTES]);
        try {
            log.get(seq, record);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_CANCELLED) {
                throw e;
            }
            // It was deleted, or moved, since the cursor saw it.
            return;
        }
        long found = NumberedRecords.number(record);
        assertTrue(
                found >= number || found == NumberedRecords.HALF_DELETED,
                found + " where " + number + " stood");
    }

    private static BlockLog openUnlessCompacting(Path path) {
        while (true) {
            try {
                return (BlockLog) Engine.BLOCK.openReadOnly(path);
            } catch (MillraceException e) {
                assertEquals(ErrorCode.ERR_LOG_READ_ONLY, e.code(), e.getMessage());
            }
        }
    }
}
