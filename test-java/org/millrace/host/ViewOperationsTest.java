package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Views through the two doors that a host has: cold calls and the page. */
class ViewOperationsTest {
    private final Arena arena = Arena.ofShared();
    private final long host = host();
    private final MemorySegment page = arena.allocate(CallPage.BYTES, 8);
    private final MemorySegment bytes = arena.allocate(4096, 8);
    private final MemorySegment index = arena.allocate(RecordBatch.ENTRY.byteSize() * 16, 8);

    @AfterEach
    void free() {
        ok("release");
        arena.close();
    }

    @Test
    void aViewOfOurLogFindsWhatWasJustAppended() {
        String log = ok("log.open", "format", "memory").get("handle");
        var view = ok("view.open", "name", "keys", "view", "keys", "log", log);
        assertEquals("get:lookup", view.get("methods"));
        for (int i = 0; i < 100; i++) {
            long seq = append(log, "{\"key\":\"%" + i + "\"}");
            assertEquals(seq, find(view.get("handle"), "%" + i, seq));
        }
        assertEquals(-1, find(view.get("handle"), "%none", -1));
        ok("view.close", "handle", view.get("handle"));
        ok("log.close", "handle", log);
    }

    @Test
    void aViewOfTheHostsLogTakesBatches() {
        String view = ok("view.open", "name", "keys", "view", "keys").get("handle");
        var batch = RecordBatch.over(bytes, index);
        byte[] message = "{\"key\":\"%a\"}".getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(message, 0, bytes, ValueLayout.JAVA_BYTE, 7, message.length);
        batch.add(41, 7, message.length);
        batch.add(42, 0, RecordBatch.DELETED);
        set(CallPage.HANDLE, Long.parseLong(view));
        set(CallPage.DATA, bytes.address());
        set(CallPage.DATA_LENGTH, bytes.byteSize());
        set(CallPage.INDEX, index.address());
        set(CallPage.INDEX_LENGTH, 2 * RecordBatch.ENTRY.byteSize());
        assertEquals(0, Host.dispatch(CallPage.OP_VIEW_APPEND, page.address()));
        assertEquals(42, CallPage.number(page.address(), CallPage.SINCE));
        assertEquals(41, find(view, "%a", 42));
        ok("view.rebuild", "handle", view);
        assertEquals(-1, find(view, "%a", -1));
        ok("view.close", "handle", view);
    }

    @Test
    void aWrongNameIsACodedErrorThatSaysWhatThereIs() {
        assertTrue(error("view.open", "name", "keys", "view", "kyes").contains("keys, last"));
        assertTrue(
                error("view.open", "name", "keys", "view", "keys", "encoding", "xml")
                        .contains("bipf"));
        assertTrue(
                error("view.open", "name", "keys", "view", "keys", "colour", "red")
                        .contains("colour"));
        String view = ok("view.open", "name", "keys", "view", "keys").get("handle");
        assertTrue(
                error("view.value", "handle", view, "method", "count")
                        .startsWith("ERR_VIEW_UNKNOWN"));
        ok("view.close", "handle", view);
        assertTrue(error("view.close", "handle", view).startsWith("ERR_HANDLE"));
    }

    /** An {@code mr_host} whose wake does nothing. */
    @SuppressWarnings("restricted")
    private long host() {
        var six = Collections.nCopies(6, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new);
        var descriptor = FunctionDescriptor.of(ValueLayout.JAVA_LONG, six);
        var zero = MethodHandles.constant(long.class, 0L);
        var wake = MethodHandles.dropArguments(zero, 0, descriptor.toMethodType().parameterList());
        var struct = arena.allocate(16, 8);
        var stub = Linker.nativeLinker().upcallStub(wake, descriptor, arena);
        struct.set(ValueLayout.JAVA_LONG, 8, stub.address());
        return struct.address();
    }

    @Test
    void aClassThatIsNoViewIsACodedErrorThatSaysWhy() {
        assertTrue(
                error("view.openClass", "name", "x", "class", "com.example.None").contains("jar"));
        assertTrue(
                error("view.openClass", "name", "x", "class", "java.lang.String")
                        .contains("does not implement"));
        assertTrue(error("view.openOffered", "name", "x", "ticket", "0").contains("offered"));
    }

    @Test
    void fewRowsAreOneCallAndTheCursorIsGone() {
        String log = logOf("{\"key\":1}", "{\"key\":22}", "{\"key\":333}");
        assertEquals(0, open(log, bytes.byteSize(), 16, "rows.separator", ",7,"));
        assertEquals(3, get(CallPage.COUNT));
        assertEquals(CallPage.FLAG_ENDED, get(CallPage.FLAGS));
        assertEquals(0, get(CallPage.HANDLE));
        var rows = bytes.asSlice(0, get(CallPage.USED)).toArray(ValueLayout.JAVA_BYTE);
        assertEquals(
                "[{\"key\":1},7,{\"key\":22},7,{\"key\":333}]",
                new String(rows, StandardCharsets.UTF_8));
        ok("log.close", "handle", log);
    }

    @Test
    void manyRowsAreACursorThatEndsWithTheLast() {
        String log = logOf("{\"key\":1}", "{\"key\":2}");
        assertEquals(0, open(log, bytes.byteSize(), 1));
        assertEquals(1, get(CallPage.COUNT));
        long cursor = get(CallPage.HANDLE);
        assertEquals(0, next(cursor, bytes.byteSize()));
        while (get(CallPage.FLAGS) != CallPage.FLAG_ENDED) {
            assertEquals(0, next(cursor, bytes.byteSize()));
        }
        assertTrue(error("cursor.close", "handle", "" + cursor).startsWith("ERR_HANDLE"));
        ok("log.close", "handle", log);
    }

    @Test
    void aRowThatNeedsMoreRoomWaitsForIt() {
        String row = "{\"key\":\"%s\"}".formatted("x".repeat(500));
        String log = logOf(row);
        assertEquals(ErrorCode.ERR_BUFFER_TOO_SMALL.status(), open(log, 100, 16));
        assertEquals(row.length(), get(CallPage.NEEDED));
        assertEquals(0, next(get(CallPage.HANDLE), bytes.byteSize()));
        assertEquals(1, get(CallPage.COUNT));
        ok("log.close", "handle", log);
    }

    private String logOf(String... records) {
        String log = ok("log.open", "format", "memory").get("handle");
        for (var record : records) {
            append(log, record);
        }
        return log;
    }

    /** All of a log, by a query. */
    private int open(String log, long room, int records, String... more) {
        var request = new ArrayList<>(List.of("query", "face", "mfr", "query", "[]"));
        request.addAll(List.of(more));
        put(String.join("\0", request));
        set(CallPage.USED, get(CallPage.DATA_LENGTH));
        set(CallPage.HANDLE, Long.parseLong(log));
        return call(CallPage.OP_OPEN, room, records);
    }

    private int next(long cursor, long room) {
        set(CallPage.HANDLE, cursor);
        return call(CallPage.OP_NEXT, room, 16);
    }

    private int call(int op, long room, int records) {
        set(CallPage.FLAGS, CallPage.FLAG_WAIT);
        set(CallPage.DATA_LENGTH, room);
        set(CallPage.INDEX, index.address());
        set(CallPage.INDEX_LENGTH, records * RecordBatch.ENTRY.byteSize());
        return Host.dispatch(op, page.address());
    }

    private long get(long field) {
        return CallPage.number(page.address(), field);
    }

    private long append(String log, String record) {
        put(record);
        index.set(ValueLayout.JAVA_INT, 0, record.length());
        set(CallPage.HANDLE, Long.parseLong(log));
        set(CallPage.INDEX, index.address());
        set(CallPage.INDEX_LENGTH, 4);
        set(CallPage.SEQS, 0);
        assertEquals(0, Host.dispatch(CallPage.OP_APPEND, page.address()));
        return CallPage.number(page.address(), CallPage.SEQ);
    }

    private long find(String view, String key, long reach) {
        put(key);
        set(CallPage.HANDLE, Long.parseLong(view));
        do {
            set(CallPage.SEQ, reach);
            assertEquals(0, Host.dispatch(CallPage.OP_VIEW_GET, page.address()));
        } while (CallPage.number(page.address(), CallPage.FLAGS) == CallPage.FLAG_PENDING);
        return CallPage.number(page.address(), CallPage.SEQ);
    }

    private void put(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(utf8, 0, bytes, ValueLayout.JAVA_BYTE, 0, utf8.length);
        set(CallPage.DATA, bytes.address());
        set(CallPage.DATA_LENGTH, utf8.length);
    }

    private void set(long field, long value) {
        CallPage.set(page.address(), field, value);
    }

    private Map<String, String> ok(String... request) {
        String[] reply = Host.cold(host, request);
        assertEquals("OK", reply[0], String.join(" ", reply));
        var values = new HashMap<String, String>();
        for (int i = 1; i < reply.length; i += 2) {
            values.put(reply[i], reply[i + 1]);
        }
        return values;
    }

    private String error(String... request) {
        String[] reply = Host.cold(host, request);
        assertTrue(reply[0].startsWith("ERR_"), reply[0]);
        return reply[1];
    }
}
