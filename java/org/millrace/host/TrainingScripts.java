package org.millrace.host;

import static org.millrace.host.Training.cold;
import static org.millrace.host.Training.hot;
import static org.millrace.host.Training.set;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The part of the {@link Training} that plays views of JavaScript's: one of keys and one of a
 * state, built from the columns of the whole log, each in several lives.
 */
final class TrainingScripts {
    private static final int LIVES = 3;

    /** As many keys as js-bindings/lib/map-view.js brings at once. */
    private static final int KEYS_AT_ONCE = 512;

    private static final int KEY_BYTES = 24;
    private static final int LOOKUPS = 2_000;
    private static final long PENDING_NANOS = 50_000;
    private static final String[] OPTIONS = {
        "select.0", "/value/content/type",
        "select.1", "/value/author",
        "where.0.path", "/value/content/type",
        "where.0.exists", "true"
    };

    private TrainingScripts() {}

    /**
     * @param columns room for a batch of columns
     * @param index of at least {@value #KEYS_AT_ONCE} records
     */
    static void run(
            long host, MemorySegment page, String log, MemorySegment columns, MemorySegment index) {
        for (int life = 0; life < LIVES; life++) {
            for (String content : List.of("keys", "state")) {
                String view = open(host, log, content, life);
                build(host, page, log, view, content.equals("keys"), columns, index);
                Training.closeBehind(host, view);
            }
        }
    }

    /** Another version in each life, which is built from the beginning. */
    private static String open(long host, String log, String content, int life) {
        String[] own = {
            "version", "" + life, "content", content, "encoding", "json", "name", content
        };
        return cold(host, request("script.open", log, own))[2];
    }

    private static void build(
            long host,
            MemorySegment page,
            String log,
            String view,
            boolean isKeys,
            MemorySegment columns,
            MemorySegment index) {
        cold(host, "script.state", "handle", view);
        hot(CallPage.OP_STATE, page, view, columns, index);
        double beginning = page.get(ValueLayout.JAVA_DOUBLE, CallPage.DURABLE_SINCE);
        double since = page.get(ValueLayout.JAVA_DOUBLE, CallPage.SINCE);
        String[] own = {"encoding", "json", "after", "-1"};
        String cursor = cold(host, request("script.columns", log, own))[2];
        var keys = columns.asSlice(columns.byteSize() / 2);
        while (next(page, cursor, columns.asSlice(0, columns.byteSize() / 2), index)) {
            int rows = (int) columns.get(ValueLayout.JAVA_DOUBLE, 0);
            for (int from = 0; from < rows; ) {
                int to = isKeys ? Math.min(rows, from + KEYS_AT_ONCE) : rows;
                int bytes = fill(columns, from, to, keys, index);
                page.set(ValueLayout.JAVA_DOUBLE, CallPage.SINCE, since);
                page.set(ValueLayout.JAVA_DOUBLE, CallPage.DURABLE_SINCE, beginning);
                since = seq(columns, to - 1);
                page.set(ValueLayout.JAVA_DOUBLE, CallPage.SEQ, since);
                set(page, CallPage.COUNT, to - from);
                int brought = isKeys ? to - from : 1;
                hot(
                        CallPage.OP_VIEW_APPEND,
                        page,
                        view,
                        keys.asSlice(0, bytes),
                        index.asSlice(0, brought * 16L));
                from = to;
            }
        }
        cold(host, "cursor.close", "handle", cursor);
        for (int i = 0; isKeys && i < LOOKUPS; i++) {
            set(page, CallPage.SEQ, -1);
            hot(CallPage.OP_VIEW_GET, page, view, keys.asSlice(0, KEY_BYTES), index);
        }
    }

    /**
     * False at the end; a reader on another thread is waited for as JavaScript waits, by asking
     * again.
     */
    private static boolean next(
            MemorySegment page, String cursor, MemorySegment columns, MemorySegment index) {
        for (; ; ) {
            set(page, CallPage.FLAGS, 0);
            hot(CallPage.OP_NEXT, page, cursor, columns, index);
            if (page.get(ValueLayout.JAVA_DOUBLE, CallPage.COUNT) > 0) {
                return true;
            }
            if (page.get(ValueLayout.JAVA_DOUBLE, CallPage.FLAGS) == 0) {
                return false;
            }
            LockSupport.parkNanos(PENDING_NANOS);
        }
    }

    /** Keys of these rows, as js-bindings/lib/keys.js makes them of [text, number]. */
    private static int fill(
            MemorySegment columns, int from, int to, MemorySegment keys, MemorySegment index) {
        byte[] head = "\u001c\u0018post\0\u0014".getBytes(StandardCharsets.ISO_8859_1);
        for (int row = from; row < to && row - from < KEYS_AT_ONCE; row++) {
            int at = (row - from) * KEY_BYTES;
            MemorySegment.copy(head, 0, keys, ValueLayout.JAVA_BYTE, at, head.length);
            keys.set(ValueLayout.JAVA_LONG_UNALIGNED, at + head.length, row * 0x9E3779B97F4A7C15L);
            keys.set(ValueLayout.JAVA_BYTE, at + head.length + 8, (byte) 1);
            long entry = (row - from) * 16L;
            index.set(ValueLayout.JAVA_DOUBLE, entry, seq(columns, row));
            index.set(ValueLayout.JAVA_INT, entry + 8, at);
            index.set(ValueLayout.JAVA_INT, entry + 12, head.length + 9);
        }
        return Math.min(to - from, KEYS_AT_ONCE) * KEY_BYTES;
    }

    /** Behind three numbers stand the rows' sequences; js-bindings/lib/columns.js. */
    private static double seq(MemorySegment columns, int row) {
        return columns.get(ValueLayout.JAVA_DOUBLE, (3L + row) * 8);
    }

    private static String[] request(String name, String log, String[] own) {
        var request = new ArrayList<>(List.of(name, "log", log));
        request.addAll(List.of(own));
        request.addAll(List.of(OPTIONS));
        return request.toArray(String[]::new);
    }
}
