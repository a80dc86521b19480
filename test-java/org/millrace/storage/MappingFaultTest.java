package org.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage.OpenMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;

/**
 * Another program cuts the file while we read its mapping. The JVM delivers such a fault
 * asynchronously, so what matters is that compiled code meets it inside {@code read}, not later in
 * its caller.
 */
class MappingFaultTest {
    private static final int FILE_BYTES = 1 << 20;
    private static final int KEPT_BYTES = 8192;
    private static final int CUTS = 600;

    private @TempDir Path dir;

    /** Lengths below and above 64 bytes: the JDK copies short ranges by loads, long by a stub. */
    private static final int[] LENGTHS = {1, 8, 40, 150, 5000};

    @Test
    void fileCutBeneathCompiledReadersIsACodedErrorEveryTime() throws Exception {
        var path = dir.resolve("cut");
        fill(path);
        var stop = new AtomicBoolean();
        try (var file = new PosixStorage().open(path, OpenMode.READ);
                var pool = Executors.newFixedThreadPool(2)) {
            warmUp(file);
            var readers = List.of(new Reader(), new Reader());
            var ends = new ArrayList<Future<?>>();
            for (var reader : readers) {
                int first = ends.size();
                ends.add(pool.submit(() -> reader.readUntil(stop, file, first)));
            }
            try {
                for (int i = 0; i < CUTS && ends.stream().noneMatch(Future::isDone); i++) {
                    cut(path);
                    awaitOneMore(readers, ends, reader -> reader.faults);
                    fill(path);
                    awaitOneMore(readers, ends, reader -> reader.good);
                }
            } finally {
                stop.set(true);
            }
            for (var end : ends) {
                end.get();
            }
            for (var reader : readers) {
                assertEquals(0, reader.garbage, "garbage returned without an error");
            }
        }
    }

    @Test
    void aHintOfBytesThatAreGoneIsLeftForTheReadToTell() throws IOException {
        var path = dir.resolve("cut");
        fill(path);
        var file = new PosixStorage().open(path, OpenMode.READ);
        long[] offsets = {-1, 0, KEPT_BYTES, FILE_BYTES - 1, FILE_BYTES, Long.MAX_VALUE};
        try (file;
                var arena = Arena.ofConfined()) {
            for (int i = 0; i < CUTS; i++) {
                file.expect(offsets, offsets.length, FILE_BYTES);
                cut(path);
                file.expect(offsets, offsets.length, FILE_BYTES);
                assertEquals(ErrorCode.ERR_READ_FAULT, readFaults(file, arena.allocate(8)));
                fill(path);
                assertEquals(FILE_BYTES, file.size());
            }
        }
        file.expect(offsets, offsets.length, FILE_BYTES); // closed
    }

    @Test
    void everyFaultIsMetInsideTheReadThatMetIt() throws IOException {
        var path = dir.resolve("cut");
        fill(path);
        try (var file = new PosixStorage().open(path, OpenMode.READ);
                var arena = Arena.ofConfined()) {
            warmUp(file);
            var to = arena.allocate(64 << 10);
            for (int i = 0; i < CUTS; i++) {
                int length = LENGTHS[i % LENGTHS.length];
                cut(path);
                var code = readFaults(file, to.asSlice(0, length));
                assertEquals(ErrorCode.ERR_READ_FAULT, code, "cut " + i + ", length " + length);
                file.read(KEPT_BYTES - length, to.asSlice(0, length));
                assertEquals(7, to.get(ValueLayout.JAVA_BYTE, 0), "good reads go on");
                fill(path);
                assertEquals(FILE_BYTES, file.size()); // so that the next read trusts the mapping
            }
        }
    }

    /** What the read threw, or null; its own method so that it compiles with everything inlined. */
    private static ErrorCode readFaults(StoredFile file, MemorySegment to) {
        try {
            file.read(FILE_BYTES / 2, to);
            return null;
        } catch (MillraceException e) {
            return e.code();
        }
    }

    private static void warmUp(StoredFile file) {
        try (var arena = Arena.ofConfined()) {
            var to = arena.allocate(64 << 10);
            for (int i = 0; i < 60_000; i++) {
                readFaults(file, to.asSlice(0, LENGTHS[i % LENGTHS.length]));
            }
        }
    }

    /** Until each reader has met what is counted, or one has ended by an error. */
    private static void awaitOneMore(
            List<Reader> readers, List<Future<?>> ends, ToLongFunction<Reader> count)
            throws InterruptedException {
        for (var reader : readers) {
            long before = count.applyAsLong(reader);
            while (count.applyAsLong(reader) == before && ends.stream().noneMatch(Future::isDone)) {
                TimeUnit.MICROSECONDS.sleep(50);
            }
        }
    }

    /** Counts good reads, faults, and reads that returned garbage as if it were good. */
    private static final class Reader {
        // One thread writes them.
        private volatile long good;
        private volatile long faults;
        private volatile long garbage;

        void readUntil(AtomicBoolean stop, StoredFile file, int seed) {
            try (var arena = Arena.ofConfined()) {
                var to = arena.allocate(64 << 10);
                for (int i = seed; !stop.get(); i++) {
                    int length = LENGTHS[i % LENGTHS.length];
                    long offset = (i * 7919L) % (FILE_BYTES - length);
                    to.fill((byte) 0);
                    try {
                        file.read(offset, to.asSlice(0, length));
                        if (to.get(ValueLayout.JAVA_BYTE, length - 1) == 7) {
                            good++;
                        } else {
                            garbage++;
                        }
                    } catch (MillraceException e) {
                        faults += e.code() == ErrorCode.ERR_READ_FAULT ? 1 : 0;
                    }
                }
            }
        }
    }

    /** Cuts at a page boundary: within the last page a reader would see zeros, not a fault. */
    private static void cut(Path path) throws IOException {
        try (var channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
            channel.truncate(KEPT_BYTES);
        }
    }

    private static void fill(Path path) throws IOException {
        var bytes = new byte[FILE_BYTES];
        Arrays.fill(bytes, (byte) 7);
        try (var channel =
                Files.newByteChannel(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            channel.write(ByteBuffer.wrap(bytes));
        }
    }
}
