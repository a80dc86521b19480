package org.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.ChildWriter;
import org.millrace.fault.TinyDisk;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage.OpenMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** What only a real file system shows: locks, interrupts, windows, closing beneath readers. */
class PosixStorageTest {
    private final PosixStorage storage = new PosixStorage();
    private @TempDir Path dir;

    @Test
    void lockHeldByAnotherProcessNamesItsPidAndDiesWithIt() throws IOException {
        var path = dir.resolve("log.lock");
        try (var child = ChildWriter.start(LockHolder.class, path.toString())) {
            child.await(1);
            var e = assertThrows(MillraceException.class, () -> storage.lock(path));
            assertEquals(ErrorCode.ERR_LOG_LOCKED, e.code());
            long pid = child.kill();
            assertTrue(e.getMessage().contains("process " + pid + "."), e.getMessage());
            assertEquals(pid + "\n", Files.readString(path), "the crashed holder's pid is stale");
        }
        try (var lock = storage.lock(path)) {
            assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(path), "" + lock);
        }
        assertEquals("", Files.readString(path), "a clean release leaves no pid, but the file");
    }

    /** A POSIX lock would be lost when any descriptor of the file closes in this process. */
    @Test
    void lockSurvivesThatSomebodyElseHereOpensAndClosesTheFile() throws IOException {
        var path = dir.resolve("log.lock");
        var lock = storage.lock(path);
        Files.readAllBytes(path);
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            assertEquals(null, channel.tryLock(), "conflicts with POSIX locks too");
        }
        var e = assertThrows(MillraceException.class, () -> storage.lock(path));
        assertTrue(e.getMessage().contains("(this process)"), e.getMessage());
        lock.close();
    }

    /** A child between fork and exec has every open file of its parent. */
    @Test
    @SuppressWarnings("restricted")
    void lockIsLetGoEvenWhileAChildThatIsBeingForkedHasTheFile() throws Throwable {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "SKIPPED: no /proc");
        var path = dir.toRealPath().resolve("log.lock");
        var lock = storage.lock(path);
        var libc = Linker.nativeLinker();
        var shape = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        var dup = libc.downcallHandle(libc.defaultLookup().findOrThrow("dup"), shape);
        var close = libc.downcallHandle(libc.defaultLookup().findOrThrow("close"), shape);
        int childs = (int) dup.invokeExact(descriptorOf(path));
        try {
            lock.close();
            storage.lock(path).close();
        } finally {
            assertEquals(0, (int) close.invokeExact(childs));
        }
    }

    private static int descriptorOf(Path path) throws IOException {
        try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path one : all) {
                if (Files.isSymbolicLink(one) && Files.readSymbolicLink(one).equals(path)) {
                    return Integer.parseInt(one.getFileName().toString());
                }
            }
        }
        throw new AssertionError("no descriptor of " + path);
    }

    @Test
    void oneFileHasOneNameWhateverLinksLeadThere() throws IOException {
        var real = Files.createDirectory(dir.resolve("real")).toRealPath();
        Files.createSymbolicLink(dir.resolve("link"), real);
        Files.createFile(real.resolve("log"));
        Files.createSymbolicLink(real.resolve("alias"), real.resolve("log"));
        for (var name : new String[] {"real/log", "link/log", "link/alias", "link/x/../log"}) {
            assertEquals(real.resolve("log"), storage.canonical(dir.resolve(name)), name);
        }
        var missing = dir.resolve("link/not/there");
        assertEquals(real.resolve("not/there"), storage.canonical(missing));
    }

    @Test
    void interruptedThreadGoesOnReadingAndWriting() {
        try (var file = storage.open(dir.resolve("file"), OpenMode.CREATE)) {
            Thread.currentThread().interrupt();
            file.write(0, MemorySegment.ofArray(new byte[] {1, 2}));
            file.sync();
            assertArrayEquals(new byte[] {1, 2}, read(file, 0, 2));
            assertTrue(Thread.interrupted(), "the interrupt is left for who it is meant for");
        }
    }

    @Test
    void readsAcrossTheBoundaryOfTwoWindows() {
        try (var file = storage.open(dir.resolve("sparse"), OpenMode.CREATE)) {
            long boundary = 2 * Mapping.WINDOW_BYTES;
            file.write(boundary - 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
            assertArrayEquals(new byte[] {1, 2, 3, 4}, read(file, boundary - 2, 4));
            assertArrayEquals(new byte[] {2, 3}, read(file, boundary - 1, 2));
            assertArrayEquals(new byte[] {3, 4}, read(file, boundary, 2));
            assertTrue(file.isResident(boundary - 2, 4));
        }
    }

    @Test
    void aReaderSeesWhatAnotherOpenerAppendsLater() {
        var path = dir.resolve("shared");
        try (var writer = storage.open(path, OpenMode.CREATE);
                var reader = storage.open(path, OpenMode.READ)) {
            for (int i = 0; i < 3; i++) {
                writer.write(5000L * i, MemorySegment.ofArray(new byte[] {(byte) i}));
                assertArrayEquals(new byte[] {(byte) i}, read(reader, 5000L * i, 1));
            }
        }
    }

    @Test
    void closeBeneathReadersEndsThemWithACodedError() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            var file = storage.open(dir.resolve("file"), OpenMode.CREATE);
            file.write(0, MemorySegment.ofArray(new byte[100_000]));
            var started = new AtomicBoolean();
            var end = new AtomicReference<Throwable>();
            var reader = Thread.ofPlatform().start(() -> readUntilError(file, started, end));
            while (!started.get()) {
                Thread.onSpinWait();
            }
            file.close();
            reader.join();
            assertEquals(ErrorCode.ERR_LOG_CLOSED, ((MillraceException) end.get()).code());
        }
    }

    @Test
    void readOnlyFileIsAPermissionErrorForWhoIsNotRoot() throws IOException {
        var path = Files.createFile(dir.resolve("file"));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r--r--"));
        Assumptions.assumeFalse(
                Files.isWritable(path), "SKIPPED read-only file: root may write everything");
        var e =
                assertThrows(
                        MillraceException.class, () -> storage.open(path, OpenMode.READ_WRITE));
        assertEquals(ErrorCode.ERR_FILE_PERMISSION, e.code());
    }

    @Test
    void readingWaitsForNobodyWhenPagesAreThere() throws IOException {
        var path = dir.resolve("file");
        Files.write(path, new byte[1 << 20]);
        try (var file = storage.open(path, OpenMode.READ)) {
            assertTrue(file.isResident(0, 1 << 20));
            assertTrue(file.isResident(1 << 20, 10), "nothing to wait for beyond the end");
        }
    }

    @Test
    void fullDiskTellsHowMuchWentOutAndTakesMoreWhenThereIsRoom() throws IOException {
        try (var disk = TinyDisk.orSkip(dir, 2048);
                var file = storage.open(disk.directory().resolve("file"), OpenMode.CREATE)) {
            var ballast = disk.directory().resolve("ballast");
            Files.write(ballast, new byte[1 << 20]);
            var e =
                    assertThrows(
                            MillraceException.class,
                            () -> file.write(0, MemorySegment.ofArray(new byte[4 << 20])));
            assertEquals(ErrorCode.ERR_NO_SPACE, e.code());
            assertTrue(e.getMessage().contains("ENOSPC"), e.getMessage());
            assertTrue(file.size() > 0, "a part was written: the short write was finished first");
            file.truncate(0);
            Files.delete(ballast);
            file.write(0, MemorySegment.ofArray(new byte[1 << 20]));
            e = assertThrows(MillraceException.class, () -> file.allocate(1 << 20, 4 << 20));
            assertEquals(ErrorCode.ERR_NO_SPACE, e.code());
            assertArrayEquals(new byte[9], read(file, 1000, 9));
        }
    }

    @Test
    void closedFileGivesItsDescriptorBack() {
        int before = openDescriptors();
        for (int i = 0; i < 100; i++) {
            try (var file = storage.open(dir.resolve("file"), OpenMode.CREATE)) {
                file.write(0, MemorySegment.ofArray(new byte[1]));
                read(file, 0, 1);
            }
            storage.syncDirectory(dir);
            storage.lock(dir.resolve("lock")).close();
        }
        assertTrue(openDescriptors() < before + 20, before + " -> " + openDescriptors());
        assertFalse(mappings().contains(dir.toString()), "a mapping survives its file");
    }

    private static void readUntilError(
            StoredFile file, AtomicBoolean started, AtomicReference<Throwable> end) {
        try (var arena = Arena.ofConfined()) {
            var to = arena.allocate(50_000);
            while (true) {
                file.read(17, to);
                started.set(true);
            }
        } catch (Throwable e) {
            end.set(e);
        }
    }

    private static byte[] read(StoredFile file, long offset, int length) {
        var to = new byte[length];
        file.read(offset, MemorySegment.ofArray(to));
        return to;
    }

    private static int openDescriptors() {
        return Path.of("/proc/self/fd").toFile().list().length;
    }

    private static String mappings() {
        try {
            return Files.readString(Path.of("/proc/self/maps"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes the lock, acknowledges with its pid, and waits to be killed. */
    static final class LockHolder {
        private LockHolder() {}

        public static void main(String[] args) throws InterruptedException {
            var acknowledgements = ChildWriter.acknowledgements();
            try (var lock = new PosixStorage().lock(Path.of(args[0]))) {
                acknowledgements.acknowledge(ProcessHandle.current().pid());
                Thread.sleep(3_600_000);
                throw new AssertionError("nobody killed the holder of " + lock);
            }
        }
    }
}
