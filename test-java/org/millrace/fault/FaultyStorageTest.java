package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage.OpenMode;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

class FaultyStorageTest {
    private static final Path PATH = Path.of("/d/f");

    private final FaultyStorage storage = new FaultyStorage(new MemoryStorage());

    @Test
    void failsTheNthCallOnceAndCountsThemAll() {
        try (var file = storage.open(PATH, OpenMode.CREATE)) {
            storage.fail(Call.WRITE, 2, Fault.EIO, false);
            write(file, 0);
            assertEquals(ErrorCode.ERR_IO, codeOf(() -> write(file, 4)));
            write(file, 4);
            assertEquals(3, storage.calls(Call.WRITE));
            assertEquals(1, storage.fired());
            assertEquals(8, file.size());
        }
    }

    @Test
    void failsForEverUntilItHeals() {
        try (var file = storage.open(PATH, OpenMode.CREATE)) {
            storage.fail(Call.SYNC, 1, Fault.EIO, true);
            assertEquals(ErrorCode.ERR_IO, codeOf(file::sync));
            assertEquals(ErrorCode.ERR_IO, codeOf(file::sync));
            storage.heal();
            file.sync();
        }
    }

    @Test
    void aShortWriteLeavesHalfALateOneAll() {
        try (var file = storage.open(PATH, OpenMode.CREATE)) {
            storage.fail(Call.WRITE, 1, Fault.SHORT_WRITE, false);
            assertEquals(ErrorCode.ERR_NO_SPACE, codeOf(() -> write(file, 0)));
            assertEquals(2, file.size());
            storage.fail(Call.WRITE, 1, Fault.LATE_EIO, false);
            assertEquals(ErrorCode.ERR_IO, codeOf(() -> write(file, 0)));
            assertEquals(4, file.size());
        }
    }

    private static void write(StoredFile file, long offset) {
        file.write(offset, MemorySegment.ofArray(new byte[4]));
    }

    private static ErrorCode codeOf(Runnable call) {
        return assertThrows(MillraceException.class, call::run).code();
    }
}
