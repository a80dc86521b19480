package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.codec.Message;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What views answer when a compaction has moved the log's records, or a trim has taken them. */
class MovedRecordsTest {
    private static final WalOptions SMALL_SEGMENTS =
            WalOptions.defaults().segmentBytes(64 << 10).preallocateBytes(64 << 10);

    private static final List<String> NAMES = List.of("keys", "feeds", "backlinks");

    @TempDir private Path directory;

    @Test
    void aCompactionOfABlockLogBuildsItsViewsAnew() throws Exception {
        var path = directory.resolve("log.blocks");
        try (var log = BlockLog.open(path)) {
            var seqs = append(log, 3000);
            try (var db = new ViewFixture(path, log, false)) {
                assertAllRight(db);
                for (int i = 1; i < 3000; i += 30) {
                    db.feed.delete(seqs.get(i));
                }
                assertAllRight(db);
                long before = log.epoch();
                assertTrue(log.compact(_ -> {}).holesFound() > 0);
                assertNotEquals(before, log.epoch());
                assertAllRight(db);
                append(log, 10);
                assertAllRight(db);
            }
        }
    }

    @Test
    void aCompactionWhileTheViewsAreNotOpenIsFoundWhenTheyAre() throws Exception {
        var path = directory.resolve("log.blocks");
        long hole;
        try (var log = BlockLog.open(path)) {
            // The first record and the last stay where they are: a block's end takes up the hole.
            log.append(message(0, "a"));
            hole = log.append(message(1, "b".repeat(20)));
            log.append(message(2, "c"));
            log.append(message(3, "d".repeat(65_000)));
            log.drain(); // a reader sees what was written; the oracle reads later than the views
            try (var db = new ViewFixture(path, log, false)) {
                assertAllRight(db);
            }
        }
        try (var log = BlockLog.open(path)) {
            log.delete(hole);
            long since = log.since();
            log.compact(_ -> {});
            assertEquals(since, log.since());
        }
        try (var log = BlockLog.open(path);
                var db = new ViewFixture(path, log, false)) {
            assertAllRight(db);
        }
    }

    @Test
    void aReadThatBeganBeforeACompactionIsAnErrorAndNoOtherRecord() throws Exception {
        var path = directory.resolve("log.blocks");
        try (var log = BlockLog.open(path);
                var db = new ViewFixture(path, log, false)) {
            var seqs = append(log, 1000);
            var view = db.mount("type");
            var method = view.method("read", ViewMethod.Source.class);
            db.feed.delete(seqs.get(5));
            var rows = view.read(_ -> method.open(Map.of("type", "post")));
            log.compact(_ -> {});
            long epoch = log.epoch();
            try {
                view.read(_ -> rows.next(new long[7]));
                assertTrue(view.beginnings() > 0, "epoch " + epoch);
            } catch (MillraceException e) {
                assertTrue(e.getMessage().contains("have moved"), e.getMessage());
            }
            assertAllRight(db);
        }
    }

    @Test
    void whatATrimOfAWriteAheadLogTookIsInNoViewAndNoneIsBuiltAnew() throws Exception {
        var path = directory.resolve("log");
        try (var log = WalLog.open(path, SMALL_SEGMENTS);
                var db = new ViewFixture(path, log, false)) {
            var seqs = append(log, 3000);
            assertAllRight(db);
            log.trim(seqs.get(1000));
            assertTrue(log.firstSequence() > 0);
            assertAllRight(db);
            var e = assertThrows(MillraceException.class, () -> log.get(seqs.getFirst(), null));
            assertEquals(ErrorCode.ERR_RECORD_DELETED, e.code());
            db.feed.delete(seqs.get(2500));
            log.compact();
            assertAllRight(db);
            db.feed.checkpoint();
            append(log, 10);
            log.trim(seqs.get(2000));
            assertAllRight(db);
            db.feed.views().forEach(view -> assertEquals(0, view.beginnings(), view.name()));
        }
    }

    @Test
    void aTrimWhileTheViewsAreNotOpenBuildsOnlyThoseAnewThatDoNotForget() throws Exception {
        var path = directory.resolve("log");
        List<Long> seqs;
        try (var log = WalLog.open(path, SMALL_SEGMENTS);
                var db = new ViewFixture(path, log, false)) {
            seqs = append(log, 3000);
            assertAllRight(db);
            db.reachEnd(db.feed.mount("count", Counting::new));
        }
        try (var log = WalLog.open(path, SMALL_SEGMENTS)) {
            log.trim(seqs.get(2000));
            try (var db = new ViewFixture(path, log, false)) {
                var keys = db.mount("keys");
                assertEquals(seqs.getLast(), keys.since());
                assertAllRight(db);
                var count = db.feed.mount("count", Counting::new);
                db.reachEnd(count);
                assertEquals("" + present(log), counted(count));
                log.trim(seqs.get(2900));
                db.reachEnd(count);
                assertEquals("" + present(log), counted(count));
                assertEquals(1, count.beginnings());
            }
        }
    }

    @Test
    void aLogPutInThePlaceOfTheOldOneIsNotTakenForATrimmedOne() throws Exception {
        var path = directory.resolve("log");
        try (var log = WalLog.open(path, SMALL_SEGMENTS);
                var db = new ViewFixture(path, log, false)) {
            append(log, 1000);
            assertAllRight(db);
        }
        try (var files = Files.list(path)) {
            for (var file : files.filter(name -> name.toString().endsWith(".wal")).toList()) {
                Files.delete(file);
            }
        }
        try (var log = WalLog.open(path, SMALL_SEGMENTS)) {
            log.append(message(0, "y".repeat(1 << 20)));
            var seqs = append(log, 500);
            log.trim(seqs.getLast());
            assertTrue(log.firstSequence() > 1 << 20);
            try (var db = new ViewFixture(path, log, false)) {
                assertAllRight(db);
            }
        }
    }

    /** Messages, counted in a state that nothing can be taken out of. */
    private static final class Counting implements View {
        private final ViewStore store;

        Counting(ViewStore store) {
            this.store = store;
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void append(long seq, Message message) {
            store.state(new byte[(store.state() == null ? 0 : store.state().length) + 1]);
        }

        @Override
        public Map<String, ViewMethod> methods() {
            ViewMethod.Value get = _ -> "" + store.state().length;
            return Map.of("get", get);
        }

        @Override
        public boolean forgets() {
            return false;
        }
    }

    private static String counted(MountedView view) {
        return view.read(_ -> view.method("get", ViewMethod.Value.class).read(Map.of()));
    }

    private static long present(Log log) {
        long[] count = {0};
        log.forEach(Range.ALL, (_, _) -> count[0]++);
        return count[0];
    }

    private static void assertAllRight(ViewFixture db) throws Exception {
        var views = new HashMap<String, MountedView>();
        db.feed.views().forEach(view -> views.put(view.name(), view));
        for (var name : NAMES) {
            db.reachEnd(views.computeIfAbsent(name, db::mount));
        }
        CoreViewsTest.assertEqualToOracle(db, views);
    }

    private static List<Long> append(Log log, int count) {
        var seqs = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            seqs.add(log.append(message(i, "x".repeat(i % 200))));
        }
        log.drain();
        return seqs;
    }

    private static byte[] message(int i, String text) {
        var content =
                "{\"type\":\"post\",\"text\":\"%s\",\"root\":\"%%%044d.sha256\"}"
                        .formatted(text, i % 10);
        return "{\"key\":\"%%%044d.sha256\",\"value\":{\"author\":\"@%d.ed25519\",\"sequence\":%d,\"timestamp\":%d,\"content\":%s},\"timestamp\":%d}"
                .formatted(i, i % 7, i / 7 + 1, 1000 + i, content, 2000 + i)
                .getBytes(StandardCharsets.UTF_8);
    }
}
