// Views and queries inside a Java program; Embed.java is the log alone. docs/JAVA.md says how to run both.
// EmbedExampleTest compiles and runs this file and compares what it prints with the last lines.

import static java.nio.charset.StandardCharsets.UTF_8;

import org.millrace.codec.Encoding;
import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.memory.RecordBatch;
import org.millrace.query.Query;
import org.millrace.query.QueryEngine;
import org.millrace.query.ScanMemory;
import org.millrace.view.Index;
import org.millrace.view.Selection;
import org.millrace.view.View;
import org.millrace.view.ViewFeed;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;
import org.millrace.view.builtin.BuiltInViews;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;

public class EmbedViews {
    /** A view of one's own, kept on disk; docs/VIEWS.md has more of them. */
    static class Channels implements View {
        private final Index index;

        Channels(ViewStore store) {
            index = store.index();
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void append(long seq, Message message) {
            var channel = message.span(Field.CHANNEL);
            if (channel.isString()) {
                index.add(index.key().add(channel), 0, seq, 0);
            }
        }

        @Override
        public Map<String, ViewMethod> methods() {
            ViewMethod.Value count =
                    asked ->
                            "" + index.count(index.key().add(asked.get("channel")), Selection.all());
            return Map.of("count", count);
        }
    }

    public static void main(String[] args) throws Exception {
        var path = Path.of(args[0]);
        try (var log = OffsetLog.open(path);
                var feed = ViewFeed.beside(log, path, Encoding.JSON)) { // closed before its log
            var keys = feed.mount("keys", BuiltInViews.factory("keys"));
            var type = feed.mount("type", BuiltInViews.factory("type"));
            var channels = feed.mount("channels", Channels::new);
            for (int i = 1; i <= 3; i++) {
                log.append(message(i).getBytes(UTF_8));
            }

            long since = log.since();
            feed.await(keys, since); // a view is read as it stands; wait for what must be in it
            feed.await(channels, since);
            long second = keys.find("get", MemorySegment.ofArray("%2".getBytes(UTF_8)));
            System.out.println("%2 is at " + second + ", " + log.get(second).length + " bytes");
            System.out.println("in birds: " + channels.value("count", Map.of("channel", "birds")));

            var engine = new QueryEngine(log, new ScanMemory(), feed, Map.of("type", type));
            String posts = "[{\"$filter\":{\"value\":{\"content\":{\"type\":\"post\"}}}}";
            ask(engine, posts + ",{\"$map\":[\"value\",\"content\",\"text\"]}]");

            feed.delete(second); // from the log and from what its views answer
            ask(engine, posts + ",{\"$reduce\":{\"$count\":true}}]");
            follow(log);
        }
    }

    static String message(int i) {
        return """
        {"key":"%%%d","value":{"author":"@a","sequence":%d,"timestamp":%d,\
        "content":{"type":"post","channel":"birds","text":"text %d"}},"timestamp":%d}"""
                .formatted(i, i, i, i, i);
    }

    static void ask(QueryEngine engine, String text) {
        var query = Query.mapFilterReduce(text, null, Encoding.JSON, Query.Options.NONE);
        try (var cursor = engine.open(query);
                var batch = RecordBatch.allocate(64 << 10, 256)) {
            for (int count = cursor.next(batch); count > 0; count = cursor.next(batch)) {
                for (int i = 0; i < count; i++) {
                    System.out.println(new String(batch.slice(i).copy(), UTF_8));
                }
            }
        }
    }

    /** Live: what is appended from now on, until the first record of it. */
    static void follow(Log log) throws Exception {
        var moved = new Semaphore(0);
        try (var _ = log.onChange(moved::release);
                var cursor = log.cursor(Range.after(log.since()));
                var batch = RecordBatch.allocate(64 << 10, 256)) {
            Thread.ofVirtual().start(() -> log.append(message(4).getBytes(UTF_8)));
            while (cursor.next(batch) == 0) { // everything has been read
                moved.acquire();
            }
            System.out.println("live: " + batch.length(0) + " bytes");
        }
    }
}

// > %2 is at 149, 137 bytes
// > in birds: 3
// > "text 1"
// > "text 2"
// > "text 3"
// > 2
// > live: 137 bytes
