package org.millrace.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.log.Log;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.MillraceException;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file of gigabytes of zeros, as a lost disk leaves behind, opens without being read; and what
 * opening says and does is what it is where a file system tells nothing of holes.
 */
class HolesTest {
    private static final long LARGE_BYTES = 8L << 30;
    private static final int SMALL_BYTES = 3 << 20;
    private static final long READ_BYTES_MAX = 64L << 20;

    @TempDir Path dir;

    private final PosixStorage disk = new PosixStorage();
    private final AtomicLong bytesRead = new AtomicLong();

    /** What stands in the file besides zeros. */
    enum Shape {
        ZEROS,
        /** What begins no log. */
        NOISE_FIRST,
        /** Records, then a tail that was lost. */
        RECORDS_FIRST,
        /** Something at the very end. */
        NOISE_LAST,
        /** Records, zeros, and what a record's length may begin with. */
        RECORDS_AND_NOISE;

        private static final byte[] NOISE = {0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9, 8};

        void make(Path path, boolean isBlock, long bytes) throws IOException {
            if (this == RECORDS_FIRST || this == RECORDS_AND_NOISE) {
                try (var log = open(new PosixStorage(), path, isBlock, false)) {
                    for (int i = 1; i <= 100; i++) {
                        log.append(MemorySegment.ofArray(("record " + i).repeat(i).getBytes()));
                    }
                }
            }
            try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(bytes);
                if (this == NOISE_FIRST) {
                    file.write(NOISE);
                }
                if (this == NOISE_LAST || this == RECORDS_AND_NOISE) {
                    file.seek(bytes - 40);
                    file.write(NOISE);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void gigabytesOfZerosAreNotRead(Shape shape) throws IOException {
        try (var file = disk.open(dir.resolve("hole"), Storage.OpenMode.CREATE)) {
            file.truncate(1 << 20);
            assumeTrue(file.dataFrom(0) == 1 << 20, "SKIPPED: a file system without holes");
        }
        for (boolean isBlock : new boolean[] {false, true}) {
            for (boolean readOnly : new boolean[] {true, false}) {
                var path = dir.resolve(shape + "-" + isBlock + "-" + readOnly);
                shape.make(path, isBlock, LARGE_BYTES);
                bytesRead.set(0);
                outcome(counting(true), path, isBlock, readOnly);
                assertTrue(bytesRead.get() < READ_BYTES_MAX, path + ": " + bytesRead + " bytes");
                Files.delete(path);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void opensAsWhereNothingIsKnownOfHoles(Shape shape) throws IOException {
        for (boolean isBlock : new boolean[] {false, true}) {
            for (boolean readOnly : new boolean[] {true, false}) {
                var with = Files.createDirectories(dir.resolve("with")).resolve("log");
                var without = Files.createDirectories(dir.resolve("without")).resolve("log");
                shape.make(with, isBlock, SMALL_BYTES);
                shape.make(without, isBlock, SMALL_BYTES);
                assertEquals(
                        outcome(counting(false), without, isBlock, readOnly)
                                .replace("/without/", "/with/"),
                        outcome(counting(true), with, isBlock, readOnly));
                assertArrayEquals(Files.readAllBytes(without), Files.readAllBytes(with));
                Files.delete(with);
                Files.delete(without);
            }
        }
    }

    /** What opening tells, where the log ends, and what is in quarantine. */
    private static String outcome(Storage storage, Path path, boolean isBlock, boolean readOnly)
            throws IOException {
        String told;
        try (var log = open(storage, path, isBlock, readOnly)) {
            told = log.openReport() + " " + log.since() + " " + log.failure();
        } catch (MillraceException e) {
            told = e.getMessage();
        }
        var quarantine =
                path.resolveSibling("millrace").resolve(path.getFileName() + "/quarantine");
        if (Files.exists(quarantine)) {
            try (var copies = Files.list(quarantine)) {
                for (var copy : copies.sorted().toList()) {
                    told += " " + copy.getFileName() + " " + Files.size(copy);
                    told += Files.size(copy) > SMALL_BYTES ? "" : " " + hash(copy);
                    Files.delete(copy);
                }
            }
        }
        return told;
    }

    private static int hash(Path file) throws IOException {
        return Arrays.hashCode(Files.readAllBytes(file));
    }

    private static Log open(Storage storage, Path path, boolean isBlock, boolean readOnly) {
        return isBlock
                ? BlockLog.open(
                        path, BlockOptions.defaults().withStorage(storage).withReadOnly(readOnly))
                : OffsetLog.open(
                        path, OffsetOptions.defaults().withStorage(storage).withReadOnly(readOnly));
    }

    /** The disk; its files count what is read, and tell of holes or not. */
    private Storage counting(boolean tellsOfHoles) {
        return (Storage)
                Proxy.newProxyInstance(
                        Storage.class.getClassLoader(),
                        new Class<?>[] {Storage.class},
                        (_, method, arguments) -> {
                            try {
                                var result = method.invoke(disk, arguments);
                                return result instanceof StoredFile file
                                        ? new CountedFile(file, tellsOfHoles)
                                        : result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private final class CountedFile extends DelegatingFile {
        private final boolean tellsOfHoles;

        CountedFile(StoredFile target, boolean tellsOfHoles) {
            super(target);
            this.tellsOfHoles = tellsOfHoles;
        }

        @Override
        public void read(long offset, MemorySegment to) {
            bytesRead.addAndGet(to.byteSize());
            super.read(offset, to);
        }

        @Override
        public long dataFrom(long offset) {
            return tellsOfHoles ? super.dataFrom(offset) : offset;
        }
    }
}
