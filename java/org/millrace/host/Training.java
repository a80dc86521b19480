package org.millrace.host;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.millrace.memory.RecordBatch;
import org.millrace.view.MessageKeysView;
import org.millrace.view.builtin.BuiltInViews;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.concurrent.locks.LockSupport;

/**
 * What a host does when it starts and then all day, so that a JVM run with {@code
 * -XX:AOTCacheOutput} learns which classes to keep ready and which methods to compile at once:
 * without the profiles the first million appends run three times slower. {@code
 * js-bindings/lib/aot-cache.js} runs it once per jar and JVM.
 */
public final class Training {
    private static final long LINK_TIMEOUT_MS = 20_000;

    /** As many appends as a busy JavaScript thread gathers in a tick. */
    private static final int BATCH = 16;

    private static final int BATCHES = 8_000;
    private static final int GETS = 20_000;
    private static final int LOOKUPS = 60_000;
    private static final int SCANS = 8;
    private static final long WAIT_NANOS = 10_000_000;
    private static final int INDEX_BYTES = 1 << 14;

    private static int appended;

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
        long host = host(arena);
        cold(host, "java");
        String log = cold(host, "log.open", "format", "offset", "path", file.toString())[2];
        MemorySegment page = arena.allocate(CallPage.BYTES, 8);
        MemorySegment data = arena.allocate(1 << 16, 8);
        MemorySegment index = arena.allocate(INDEX_BYTES, 8);
        append(page, log, data, index, BATCHES);
        get(page, log, data, index);
        for (int i = 0; i < SCANS; i++) {
            scan(host, page, log, data, index);
        }
        build(host, page, log, data, index);
        look(host, page, log, data, index);
        TrainingScripts.run(host, page, log, arena.allocate(1 << 20, 8), index);
        TrainingQueries.ask(host, page, log, data, index);
        hot(CallPage.OP_STATE, page, log, data, index);
        closeBehind(host, log);
        cold(host, "release");
    }

    /** An {@code mr_host} whose wake is C's labs: of context 0 it gives 0, "the host is there". */
    private static long host(Arena arena) {
        MemorySegment host = arena.allocate(16, 8);
        var labs = Linker.nativeLinker().defaultLookup().find("labs").orElseThrow();
        host.set(ValueLayout.JAVA_LONG, 8, labs.address());
        return host.address();
    }

    static void append(
            MemorySegment page, String log, MemorySegment data, MemorySegment index, int batches) {
        for (int batch = 0; batch < batches; batch++, appended += BATCH) {
            int end = 0;
            for (int i = 0; i < BATCH; i++) {
                byte[] message = TrainingMessages.message(appended + i);
                MemorySegment.copy(message, 0, data, ValueLayout.JAVA_BYTE, end, message.length);
                end += message.length;
                index.setAtIndex(ValueLayout.JAVA_INT, i, end);
            }
            set(page, CallPage.SEQS, index.address() + BATCH * 8);
            hot(CallPage.OP_APPEND, page, log, data.asSlice(0, end), index.asSlice(0, BATCH * 4));
        }
    }

    /** Of the records of the last batch, whose sequences the append left in the index. */
    private static void get(
            MemorySegment page, String log, MemorySegment data, MemorySegment index) {
        var asked = index.asSlice(INDEX_BYTES / 2, BATCH * RecordBatch.ENTRY.byteSize());
        for (int i = 0; i < BATCH; i++) {
            double seq = index.get(ValueLayout.JAVA_DOUBLE, (BATCH + i) * 8L);
            asked.set(ValueLayout.JAVA_DOUBLE, i * RecordBatch.ENTRY.byteSize(), seq);
        }
        for (int i = 0; i < GETS; i++) {
            hot(CallPage.OP_GET, page, log, data, asked);
        }
    }

    private static void scan(
            long host, MemorySegment page, String log, MemorySegment data, MemorySegment index) {
        String cursor = cold(host, "cursor.open", "log", log)[2];
        do {
            set(page, CallPage.FLAGS, CallPage.FLAG_WAIT);
            hot(CallPage.OP_NEXT, page, cursor, data, index);
        } while (page.get(ValueLayout.JAVA_DOUBLE, CallPage.COUNT) > 0);
        cold(host, "cursor.close", "handle", cursor);
    }

    /** Builds every view together, and saves them. */
    private static void build(
            long host, MemorySegment page, String log, MemorySegment data, MemorySegment index) {
        hot(CallPage.OP_STATE, page, log, data, index);
        double since = page.get(ValueLayout.JAVA_DOUBLE, CallPage.SINCE);
        var views = new ArrayList<String>();
        for (String name : BuiltInViews.names()) {
            views.add(cold(host, "view.open", "view", name, "name", name, "log", log)[2]);
        }
        for (String of : MessageKeysView.indexes()) {
            String name = "ssb-db-" + of;
            String[] request = {"keys.open", "index", of, "name", name, "log", log};
            views.add(cold(host, request)[2]);
        }
        for (String view : views) {
            do {
                LockSupport.parkNanos(WAIT_NANOS);
                page.set(ValueLayout.JAVA_DOUBLE, CallPage.SEQ, since);
                hot(CallPage.OP_STATE, page, view, data, index);
            } while (page.get(ValueLayout.JAVA_DOUBLE, CallPage.SINCE) < since);
        }
        views.forEach(view -> closeBehind(host, view));
    }

    /**
     * Gets by key, as JavaScript does: where a key leads, with the view at the log's end; then that
     * record.
     */
    private static void look(
            long host, MemorySegment page, String log, MemorySegment data, MemorySegment index) {
        hot(CallPage.OP_STATE, page, log, data, index);
        double since = page.get(ValueLayout.JAVA_DOUBLE, CallPage.SINCE);
        String view = cold(host, "view.open", "view", "keys", "name", "keys", "log", log)[2];
        byte[] key = "%".concat("0".repeat(43)).concat("=.sha256").getBytes(US_ASCII);
        var one = index.asSlice(0, RecordBatch.ENTRY.byteSize());
        for (int i = 0; i < LOOKUPS; i++) {
            MemorySegment.copy(key, 0, data, ValueLayout.JAVA_BYTE, 0, key.length);
            page.set(ValueLayout.JAVA_DOUBLE, CallPage.SEQ, since);
            hot(CallPage.OP_VIEW_GET, page, view, data.asSlice(0, key.length), index);
            one.set(ValueLayout.JAVA_DOUBLE, 0, page.get(ValueLayout.JAVA_DOUBLE, CallPage.SEQ));
            hot(CallPage.OP_GET, page, log, data, one);
        }
        closeBehind(host, view);
    }

    /** Closes something as hosts do, on another thread; returns when it is closed. */
    static void closeBehind(long host, String handles) {
        String task = cold(host, "task.close", "handles", handles)[2];
        cold(host, "task.wait", "handle", task);
        cold(host, "task.look", "handle", task);
    }

    static String[] cold(long host, String... request) {
        String[] reply = Host.cold(host, request);
        if (!reply[0].equals(Reply.OK)) {
            throw new IllegalStateException(request[0] + ": " + reply[1]);
        }
        return reply;
    }

    static void hot(
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

    static void set(MemorySegment page, long field, long value) {
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
