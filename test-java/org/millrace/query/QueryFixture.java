package org.millrace.query;

import org.millrace.codec.Encoding;
import org.millrace.log.Cursor;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.memory.MemoryLog;
import org.millrace.memory.RecordBatch;
import org.millrace.view.MountedView;
import org.millrace.view.ViewFeed;
import org.millrace.view.builtin.BuiltInViews;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages in a log, in memory unless one is given, some views over it, and queries by their text.
 */
final class QueryFixture implements AutoCloseable {
    final Log log;
    final ViewFeed feed;
    final ScanMemory scans = new ScanMemory();
    final QueryEngine engine;

    QueryFixture(String... views) {
        this(MemoryLog.open(Durability.MEMORY, 1 << 30), views);
    }

    QueryFixture(Log log, String... views) {
        this.log = log;
        feed = new ViewFeed(log, Encoding.JSON);
        Map<String, MountedView> mounted = new HashMap<>();
        for (var name : views) {
            mounted.put(name, feed.mount(name, BuiltInViews.factory(name)));
        }
        engine = new QueryEngine(log, scans, feed, mounted);
    }

    static final String[] ALL_VIEWS = {"keys", "feeds", "backlinks", "time", "type", "links"};

    long append(String record) {
        return log.append(record.getBytes(StandardCharsets.UTF_8));
    }

    /** A message of one of ten authors; every third is a vote, the others posts. */
    static String message(int i) {
        String content =
                i % 3 == 0
                        ? "{\"type\":\"vote\",\"vote\":{\"link\":\"%s\",\"value\":1}}"
                                .formatted(id('%', i / 2, "sha256"))
                        : "{\"type\":\"post\",\"text\":\"text %d\"}".formatted(i);
        return ("{\"key\":\"%s\",\"value\":{\"previous\":null,\"author\":\"%s\",\"sequence\":%d,"
                    + "\"timestamp\":%d,\"hash\":\"sha256\",\"content\":%s,\"signature\":\"s\"},"
                    + "\"timestamp\":%d}")
                .formatted(
                        id('%', i, "sha256"),
                        author(i % 10),
                        i / 10 + 1,
                        1000 + i,
                        content,
                        2000 + i);
    }

    static String author(int i) {
        return id('@', i, "ed25519");
    }

    static String id(char sigil, int i, String suffix) {
        return "%s%s=.%s".formatted(sigil, "%042d".formatted(i) + "A", suffix);
    }

    void fill(int messages) {
        for (int i = 0; i < messages; i++) {
            append(message(i));
        }
    }

    static Query mfr(String text) {
        return mfr(text, Query.Options.NONE);
    }

    static Query mfr(String text, Query.Options options) {
        return Query.mapFilterReduce(text.replace('\'', '"'), null, Encoding.JSON, options);
    }

    static Query operators(String text) {
        return Query.operators(text.replace('\'', '"'), false, Encoding.JSON, Query.Options.NONE);
    }

    List<String> rows(Query query) {
        try (var cursor = engine.open(query)) {
            return rows(cursor);
        }
    }

    /** What there is now, by batches of three. */
    static List<String> rows(Cursor cursor) {
        var rows = new ArrayList<String>();
        try (var batch = RecordBatch.allocate(4096, 3)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    rows.add(
                            StandardCharsets.UTF_8
                                    .decode(batch.slice(i).segment().asByteBuffer())
                                    .toString());
                }
            }
        }
        return rows;
    }

    @Override
    public void close() {
        feed.close();
        log.close();
    }
}
