package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.StorageProxy;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.PosixStorage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Each engine on a tmpfs of 2 MB that fills up, and has room again. */
class FullDiskTest {
    private static final int KILOBYTES = 2048;
    private static final int BALLAST_BYTES = 1 << 20;
    private static final int BATCH = 7;

    private @TempDir Path directory;

    /** The canary: over storage that says nothing of a full disk. */
    @ParameterizedTest
    @EnumSource(Engine.class)
    void aLogThatOverlooksAFullDiskIsCaught(Engine engine) throws IOException {
        try (var disk = TinyDisk.orSkip(directory, KILOBYTES)) {
            var path = disk.directory().resolve("log");
            var storage = StorageProxy.overlookingErrors(new PosixStorage());
            long records = 2L * KILOBYTES * 1024 / NumberedRecords.RECORD_BYTES;
            try (var log = engine.open(path, Durability.OS, storage)) {
                long next = 0;
                for (; next < records; next += BATCH) {
                    NumberedRecords.append(log, next, BATCH, -1);
                }
                assertNotEquals(next, countOrNone(log));
            }
        }
    }

    private static long countOrNone(Log log) {
        try {
            return NumberedRecords.count(log);
        } catch (AssertionError | MillraceException e) {
            return -1;
        }
    }

    @ParameterizedTest
    @CsvSource({"OFFSET, OS", "BLOCK, OS", "WAL, OS", "OFFSET, SYNC", "BLOCK, SYNC", "WAL, SYNC"})
    void aFullDiskIsToldAndAppendingGoesOnWhenThereIsRoom(Engine engine, Durability level)
            throws IOException {
        try (var disk = TinyDisk.orSkip(directory, KILOBYTES)) {
            var ballast = disk.directory().resolve("ballast");
            Files.write(ballast, new byte[BALLAST_BYTES]);
            var path = disk.directory().resolve("log");
            long next = 0;
            try (var log = engine.open(path, level)) {
                for (var failure = (MillraceException) null; failure == null; ) {
                    long first = next;
                    try {
                        NumberedRecords.append(log, first, BATCH, -1);
                        next += BATCH;
                    } catch (MillraceException e) {
                        failure = e;
                        assertEquals(ErrorCode.ERR_NO_SPACE, e.code(), e.getMessage());
                    }
                }
                assertTrue(next > 1000, "only " + next + " records fit");
                for (int i = 0; i < 3; i++) {
                    long first = next;
                    var e =
                            assertThrows(
                                    MillraceException.class,
                                    () -> NumberedRecords.append(log, first, 1000, -1));
                    assertEquals(ErrorCode.ERR_NO_SPACE, e.code(), e.getMessage());
                    assertEquals(next, NumberedRecords.count(log));
                }
                Files.delete(ballast);
                for (int i = 0; i < 100; i++, next += BATCH) {
                    NumberedRecords.append(log, next, BATCH, -1);
                }
                assertEquals(next, NumberedRecords.count(log));
            }
            try (var log = engine.open(path, level)) {
                assertNull(log.failure());
                assertEquals(next, NumberedRecords.count(log));
            }
        }
    }
}
