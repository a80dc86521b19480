package org.millrace.host;

import org.millrace.log.Cursor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Requests for rows of one log, by their text. An application asks the same few again and again:
 * what was read, and found out, for one of the last is kept.
 *
 * <p><b>Threads.</b> The log's host thread.
 *
 * <p><b>Limits.</b> {@value #REQUESTS_MAX} requests of at most {@value #BYTES_MAX} bytes; a query
 * keeps about 50 KiB with what it reads with, and what it answered last.
 */
final class RowRequests {
    private static final int REQUESTS_MAX = 64;
    private static final int BYTES_MAX = 4096;

    /** A request that has been read. */
    @FunctionalInterface
    interface Rows {
        /** Its rows as they are now. */
        Cursor open();
    }

    /** Reads a request of one kind; calls {@link Request#done}. */
    @FunctionalInterface
    private interface Kind {
        Rows read(HostLog log, Request request);
    }

    private static final Map<String, Kind> KINDS =
            Map.of(
                    "query", QueryOperations::rows,
                    "query.count", QueryOperations::count,
                    "view", ViewOperations::rows);

    private record Known(Rows rows, MemorySegment separator) {}

    private final HostLog log;
    private final Map<String, Known> known =
            new LinkedHashMap<>(REQUESTS_MAX * 2, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
                    return size() > REQUESTS_MAX;
                }
            };

    RowRequests(HostLog log) {
        this.log = log;
    }

    /**
     * @param request UTF-8; a name and pairs, as MR_OP_OPEN has them. Of all kinds: {@code
     *     rows.separator} of rows that come as one text ({@link
     *     org.millrace.memory.RecordBatch#joined})
     */
    HostCursor open(MemorySegment request) {
        var text = new String(request.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        var rows = known.get(text);
        if (rows == null) {
            rows = read(new Request(log.environment(), strings(text)));
            if (request.byteSize() <= BYTES_MAX) {
                known.put(text, rows);
            }
        }
        return new HostCursor(log.environment(), rows.rows.open(), rows.separator);
    }

    /** With a 0 between them; within one, 1 and a digit stand for the characters 0 and 1. */
    private static String[] strings(String text) {
        var strings = text.split("\0", -1);
        if (text.indexOf('\1') >= 0) {
            for (int i = 0; i < strings.length; i++) {
                strings[i] = strings[i].replace("\1" + "0", "\0").replace("\1" + "1", "\1");
            }
        }
        return strings;
    }

    private Known read(Request request) {
        String separator = request.text("rows.separator", null);
        var kind = KINDS.get(request.name());
        if (kind == null) {
            throw Errors.argument("no rows '" + request.name() + "'; there are " + KINDS.keySet());
        }
        var rows = kind.read(log, request);
        return new Known(rows, separator == null ? null : memory(separator));
    }

    /** Off-heap, as the rows are: the compiler then sees one kind of memory. */
    private static MemorySegment memory(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return Arena.ofAuto().allocate(utf8.length, 1).copyFrom(MemorySegment.ofArray(utf8));
    }
}
