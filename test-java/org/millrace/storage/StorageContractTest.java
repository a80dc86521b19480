package org.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage.OpenMode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** What every storage does, the real one and the one in memory that stands in for it. */
@ParameterizedClass
@ValueSource(classes = {PosixStorage.class, MemoryStorage.class})
class StorageContractTest {
    private final Storage storage;
    private @TempDir Path dir;

    StorageContractTest(Class<? extends Storage> kind) throws ReflectiveOperationException {
        storage = kind.getDeclaredConstructor().newInstance();
    }

    @Test
    void readsBackWhatItWrote() {
        try (var file = create("a/b/file");
                var arena = Arena.ofConfined()) {
            file.write(0, bytes("hello"));
            file.write(5, arena.allocateFrom(", world"));
            file.write(100, bytes("!"));
            assertEquals(101, file.size());
            assertEquals("hello, world\0", read(file, 0, 13));
            assertEquals("\0!", read(file, 99, 2));
            assertEquals("", read(file, 101, 0));
            var native5 = arena.allocate(5);
            file.read(7, native5);
            assertArrayEquals("world".getBytes(), native5.toArray(ValueLayout.JAVA_BYTE));
            file.sync();
        }
        try (var file = storage.open(dir.resolve("a/b/file"), OpenMode.READ)) {
            assertEquals("hello", read(file, 0, 5));
            assertCode(ErrorCode.ERR_IO, () -> file.write(0, bytes("x")));
        }
    }

    @Test
    void readPastTheEndIsACodedErrorAndNamesTheEnd() {
        try (var file = create("short")) {
            file.write(0, bytes("12345"));
            var e = assertCode(ErrorCode.ERR_READ_FAULT, () -> read(file, 3, 3));
            assertTrue(e.getMessage().contains("short@3: 3 bytes wanted"), e.getMessage());
            assertTrue(e.getMessage().contains("ends at 5"), e.getMessage());
            assertThrows(MillraceException.class, () -> read(file, -1, 1));
            assertThrows(MillraceException.class, () -> read(file, Long.MAX_VALUE, 1));
            assertEquals("345", read(file, 2, 3));
        }
    }

    @Test
    void truncateCutsAndExtendsWithZeros() {
        try (var file = create("cut")) {
            file.write(0, bytes("0123456789"));
            file.truncate(4);
            assertEquals(4, file.size());
            assertCode(ErrorCode.ERR_READ_FAULT, () -> read(file, 0, 5));
            file.truncate(6);
            assertEquals("0123\0\0", read(file, 0, 6));
        }
    }

    @Test
    void allocateMakesZeros() {
        try (var file = create("allocated")) {
            file.write(0, bytes("head"));
            file.allocate(4, 3_000_000);
            assertEquals(3_000_004, file.size());
            assertEquals("ad\0\0", read(file, 2, 4));
            assertEquals("\0\0", read(file, 3_000_002, 2));
            file.allocate(10, 0);
        }
    }

    @Test
    void largeWritesFromTheHeapAndOffIt() {
        long seed = Tier.seed(this);
        var data = new byte[300_001];
        new Random(seed).nextBytes(data);
        try (var file = create("large");
                var arena = Arena.ofConfined()) {
            file.write(1, MemorySegment.ofArray(data));
            var back = new byte[data.length];
            file.read(1, MemorySegment.ofArray(back));
            assertArrayEquals(data, back, "seed " + seed);
            file.write(7, arena.allocateFrom(ValueLayout.JAVA_BYTE, data));
            file.read(7, MemorySegment.ofArray(back));
            assertArrayEquals(data, back, "seed " + seed);
        }
    }

    @Test
    void namesAreListedMovedAndDeleted() {
        create("b").close();
        create("a").close();
        storage.createDirectories(dir.resolve("sub/sub"));
        assertEquals(List.of(Path.of("a"), Path.of("b"), Path.of("sub")), storage.list(dir));
        assertEquals(List.of(), storage.list(dir.resolve("none")));
        try (var moved = create("a")) {
            moved.write(0, bytes("from a"));
        }
        storage.move(dir.resolve("a"), dir.resolve("b"));
        storage.syncDirectory(dir);
        assertFalse(storage.exists(dir.resolve("a")));
        try (var file = storage.open(dir.resolve("b"), OpenMode.READ)) {
            assertEquals("from a", read(file, 0, 6));
            storage.delete(dir.resolve("b"));
            assertEquals("from a", read(file, 0, 6), "who has it open still reads it");
        }
        assertEquals(List.of(Path.of("sub")), storage.list(dir));
        var none = dir.resolve("none");
        assertCode(ErrorCode.ERR_FILE_NOT_FOUND, () -> storage.delete(none));
        assertCode(ErrorCode.ERR_FILE_NOT_FOUND, () -> storage.move(none, dir.resolve("x")));
        assertCode(ErrorCode.ERR_FILE_NOT_FOUND, () -> storage.open(none, OpenMode.READ));
        assertCode(ErrorCode.ERR_FILE_NOT_FOUND, () -> storage.open(none, OpenMode.READ_WRITE));
    }

    @Test
    void aDirectoryIsNotAFileNorTheOtherWayRound() {
        storage.createDirectories(dir.resolve("d"));
        for (var mode : OpenMode.values()) {
            assertCode(ErrorCode.ERR_FILE_KIND, () -> storage.open(dir.resolve("d"), mode));
        }
        create("f").close();
        assertCode(ErrorCode.ERR_FILE_KIND, () -> storage.createDirectories(dir.resolve("f")));
    }

    @Test
    void useAfterCloseIsACodedErrorAndClosingTwiceHarmless() {
        var file = create("closed");
        file.write(0, bytes("1"));
        read(file, 0, 1);
        file.close();
        file.close();
        assertCode(ErrorCode.ERR_LOG_CLOSED, () -> read(file, 0, 1));
        assertCode(ErrorCode.ERR_LOG_CLOSED, () -> file.write(0, bytes("2")));
        assertCode(ErrorCode.ERR_LOG_CLOSED, file::size);
        assertCode(ErrorCode.ERR_LOG_CLOSED, file::sync);
    }

    @Test
    void secondLockConflictsUntilTheFirstIsReleased() {
        var path = dir.resolve("log.lock");
        var first = storage.lock(path);
        assertCode(ErrorCode.ERR_LOG_LOCKED, () -> storage.lock(path));
        first.close();
        first.close();
        storage.lock(path).close();
        assertTrue(storage.exists(path), "never unlinked");
    }

    private StoredFile create(String name) {
        return storage.open(dir.resolve(name), OpenMode.CREATE);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes());
    }

    private static String read(StoredFile file, long offset, int length) {
        var to = new byte[length];
        file.read(offset, MemorySegment.ofArray(to));
        return new String(to);
    }

    private static MillraceException assertCode(ErrorCode code, Runnable call) {
        var e = assertThrows(MillraceException.class, call::run);
        assertEquals(code, e.code(), e.getMessage());
        return e;
    }
}
