package org.millrace.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * What a host does when it starts, so that a JVM run with {@code -XX:AOTCacheOutput} learns which
 * classes to keep ready: {@code js-bindings/lib/aot-cache.js} runs it once per jar and JVM.
 */
public final class Training {
    private static final long LINK_TIMEOUT_MS = 20_000;

    private Training() {}

    /** Plays a start in a directory of its own, which it removes. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("millrace-training");
        Path file = directory.resolve("log.offset");
        try (var arena = Arena.ofShared()) {
            MemorySegment boot = arena.allocate(16, 8);
            boot.set(ValueLayout.JAVA_LONG, 0, Host.ABI_VERSION);
            Host.start(boot.address());
            use(arena, file);
            awaitUpcall(boot);
        } finally {
            remove(directory);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var below = Files.walk(directory)) {
            for (var path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void use(Arena arena, Path file) {
        long host = arena.allocate(16, 8).address();
        cold(host, "java");
        String log = cold(host, "log.open", "format", "offset", "path", file.toString())[2];
        MemorySegment page = arena.allocate(CallPage.BYTES, 8);
        MemorySegment data = arena.allocate(1 << 16, 8).fill((byte) 'x');
        MemorySegment index = arena.allocate(1 << 12, 8);
        index.set(ValueLayout.JAVA_INT, 0, 3);
        hot(CallPage.OP_APPEND, page, log, data.asSlice(0, 3), index.asSlice(0, 4));
        page.set(ValueLayout.JAVA_DOUBLE, CallPage.SEQ, 0);
        hot(CallPage.OP_GET, page, log, data, index);
        hot(CallPage.OP_STATE, page, log, data, index);
        String cursor = cold(host, "cursor.open", "log", log)[2];
        hot(CallPage.OP_NEXT, page, cursor, data, index);
        cold(host, "cursor.close", "handle", cursor);
        cold(host, "log.close", "handle", log);
        cold(host, "release");
    }

    private static String[] cold(long host, String... request) {
        String[] reply = Host.cold(host, request);
        if (!reply[0].equals(Reply.OK)) {
            throw new IllegalStateException(request[0] + ": " + reply[1]);
        }
        return reply;
    }

    private static void hot(
            int op, MemorySegment page, String handle, MemorySegment data, MemorySegment index) {
        set(page, CallPage.HANDLE, Long.parseLong(handle));
        set(page, CallPage.DATA, data.address());
        set(page, CallPage.DATA_LENGTH, data.byteSize());
        set(page, CallPage.INDEX, index.address());
        set(page, CallPage.INDEX_LENGTH, index.byteSize());
        int status = Host.dispatch(op, page.address());
        if (status != 0) {
            throw new IllegalStateException("operation " + op + ": " + Errors.last());
        }
    }

    private static void set(MemorySegment page, long field, long value) {
        page.set(ValueLayout.JAVA_DOUBLE, field, value);
    }

    private static void awaitUpcall(MemorySegment boot) throws InterruptedException {
        long deadline = System.nanoTime() + LINK_TIMEOUT_MS * 1_000_000;
        while ((long) ValueLayout.JAVA_LONG.varHandle().getAcquire(boot, 8L) == 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the upcall was not made in time");
            }
            Thread.sleep(1);
        }
    }
}
