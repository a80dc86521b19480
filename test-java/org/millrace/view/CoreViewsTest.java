package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.millrace.view.ViewFixture.find;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.log.Range;
import org.millrace.view.builtin.KeysView;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The views keys, feeds and backlinks against the slow oracle, built, reopened, appended to. */
class CoreViewsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path directory;

    @Test
    void everyAnswerIsTheOraclesAfterBuildingAndAfterReopening() throws Exception {
        var path = ViewFixture.unpack(directory);
        try (var db = new ViewFixture(path)) {
            assertEqualToOracle(db);
        }
        try (var db = new ViewFixture(path)) {
            var keys = db.feed.mount("keys", KeysView::new);
            assertEquals(db.log.since(), keys.since());
            db.feed.unmount(keys);
            assertEqualToOracle(db);
        }
    }

    @Test
    void whatIsInMemoryAndWhatIsInTablesAnswerAsOne() throws Exception {
        var path = ViewFixture.unpack(directory);
        var parts = directory.resolve("grown");
        try (var from = new ViewFixture(path);
                var db = new ViewFixture(parts.resolve("log.offset"))) {
            mountCore(db);
            int[] count = {0};
            from.log.forEach(
                    Range.ALL,
                    (_, record) -> {
                        db.log.append(record.copy());
                        if (++count[0] % 200 == 0) {
                            awaitAll(db);
                            db.feed.checkpoint();
                        }
                    });
            awaitAll(db);
            assertEqualToOracle(db, mounted);
        }
    }

    private final Map<String, MountedView> mounted = new HashMap<>();

    private void mountCore(ViewFixture db) {
        for (var name : List.of("keys", "feeds", "backlinks")) {
            mounted.put(name, db.mount(name));
        }
    }

    private void awaitAll(ViewFixture db) {
        mounted.values().forEach(db::reachEnd);
    }

    private void assertEqualToOracle(ViewFixture db) throws Exception {
        mountCore(db);
        assertEqualToOracle(db, mounted);
    }

    static void assertEqualToOracle(ViewFixture db, Map<String, MountedView> views)
            throws Exception {
        var oracle = new ViewOracle(db.log);
        var keys = views.get("keys");
        for (var key : oracle.keys().entrySet()) {
            assertEquals(key.getValue(), find(keys, "get", key.getKey()), key.getKey());
        }
        assertEquals(-1, find(keys, "get", "%none"));
        assertFeeds(oracle, views.get("feeds"));
        var backlinks = views.get("backlinks");
        for (var link : oracle.backlinks().entrySet()) {
            var key = link.getKey().split(" ", 2);
            var options = new HashMap<>(Map.of("id", key[0]));
            if (!key[1].isEmpty()) {
                options.put("relation", key[1]);
            }
            var seqs = ViewOracle.seqs(link.getValue());
            assertEquals(seqs, read(backlinks, options), link.getKey());
            assertEquals("" + seqs.size(), value(backlinks, "count", options), link.getKey());
        }
    }

    private static void assertFeeds(ViewOracle oracle, MountedView feeds) throws Exception {
        var clock = new HashMap<String, Long>();
        for (var feed : oracle.feeds().entrySet()) {
            var seqs = new ArrayList<>(ViewOracle.seqs(feed.getValue()));
            var id = feed.getKey();
            assertEquals(seqs, read(feeds, Map.of("id", id)));
            assertEquals(seqs.getLast(), find(feeds, "latest", id));
            assertEquals("" + seqs.size(), value(feeds, "count", Map.of("id", id)));
            long last = feed.getValue().getLast().value().get("sequence").asLong();
            clock.put(id, last);
            var upTo = read(feeds, Map.of("id", id, "gt", "" + (last - 3), "reverse", "true"));
            var expected =
                    new ArrayList<>(
                            ViewOracle.seqs(
                                    feed.getValue().stream()
                                            .filter(
                                                    r ->
                                                            r.value().get("sequence").asLong()
                                                                    > last - 3)
                                            .toList()));
            Collections.reverse(expected);
            assertEquals(expected, upTo);
        }
        var json = JSON.readTree(value(feeds, "clock", Map.of()));
        assertEquals(clock.size(), json.size());
        clock.forEach((id, last) -> assertEquals(last, json.get(id).asLong()));
    }
}
