package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.find;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import org.junit.jupiter.api.Test;
import org.millrace.codec.Message;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.view.builtin.BuiltInViews;
import org.millrace.view.builtin.KeysView;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** What is left of views after crashes, damage and changes of the log beneath them. */
class ViewPersistenceTest {
    private static final Path LOG = Path.of("/db/log.offset");
    private static final List<String> NAMES = List.of("keys", "feeds", "backlinks");
    private final long seed = Tier.seed(this);

    private final Random random = new Random(seed);
    private MemoryStorage storage = new MemoryStorage();

    @Test
    void aRebuildThatIsKilledKeepsWhatWasCheckpointed() throws Exception {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 100);
            mountAll(db);
            db.feed.checkpoint();
            long saved = db.log.since();
            append(db, 100, 50);
            try (var after = new ViewFixture(LOG, storage.afterKill())) {
                var keys = after.feed.mount("keys", BuiltInViews.factory("keys"));
                assertTrue(keys.since() >= saved, keys.since() + " is before " + saved);
                after.feed.unmount(keys);
                assertAllRight(after);
            }
        }
    }

    @Test
    void killedAndCutAtRandomPointsTheViewsEqualAFullRebuildAndAreNeverAhead() throws Exception {
        int written = 0;
        for (int round = 0; round < 30; round++) {
            MemoryStorage next;
            try (var db = new ViewFixture(LOG, storage)) {
                var views = mountAll(db);
                for (int i = random.nextInt(6); i >= 0; i--) {
                    int count = random.nextInt(40);
                    append(db, written, count);
                    written += count;
                    if (random.nextInt(3) == 0) {
                        // The log may be empty: before the first append, after a power cut.
                        var rows = new ViewOracle(db.log).rows;
                        if (!rows.isEmpty()) {
                            db.feed.delete(rows.getFirst().seq());
                        }
                    }
                    if (random.nextBoolean()) {
                        views.values().forEach(db::reachEnd);
                        db.feed.checkpoint();
                    }
                }
                next = random.nextBoolean() ? storage.afterKill() : storage.afterPowerCut();
            }
            storage = next;
            try (var db = new ViewFixture(LOG, storage)) {
                for (var view : mountAll(db).values()) {
                    assertTrue(view.since() <= db.log.since(), "seed " + seed);
                }
                assertAllRight(db);
            }
        }
    }

    @Test
    void anyFlippedByteOfAnyFileIsNoticedAndTheAnswersStayRight() throws Exception {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 40);
            mountAll(db);
            db.feed.checkpoint();
            append(db, 40, 20);
            db.feed.delete(db.log.since());
            append(db, 60, 1);
        }
        var directory = ViewFeed.directoryBeside(LOG);
        flipBytes(directory.resolve("deleted"), 1);
        for (var name : NAMES) {
            for (var file : storage.list(directory.resolve(name))) {
                boolean isTable = file.toString().startsWith("table");
                flipBytes(directory.resolve(name).resolve(file), isTable ? 5 : 1);
            }
        }
    }

    @Test
    void aTruncatedOrMissingTableIsRebuilt() throws Exception {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 60);
            mountAll(db);
        }
        for (boolean missing : new boolean[] {false, true}) {
            var damaged = storage.afterKill();
            for (var name : NAMES) {
                var directory = ViewFeed.directoryBeside(LOG).resolve(name);
                for (var file : damaged.list(directory)) {
                    var path = directory.resolve(file);
                    if (missing && file.toString().startsWith("table")) {
                        damaged.delete(path);
                    } else {
                        truncate(damaged, path, 0.6);
                    }
                }
            }
            try (var db = new ViewFixture(LOG, damaged)) {
                assertAllRight(db);
            }
        }
    }

    @Test
    void aTruncatedLogIsNotAheadedByItsViews() throws Exception {
        long since;
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 50);
            mountAll(db);
            db.feed.checkpoint();
            since = db.log.since();
            append(db, 50, 50);
        }
        for (double part : new double[] {0.75, 0.3, 0}) {
            var cut = storage.afterKill();
            truncate(cut, LOG, part);
            try (var db = new ViewFixture(LOG, cut)) {
                var keys = db.feed.mount("keys", BuiltInViews.factory("keys"));
                // Above the last but one checkpoint, that one is used again.
                assertTrue(db.log.since() < since || keys.since() >= since, "part " + part);
                db.feed.unmount(keys);
                append(db, 200, 30);
                assertAllRight(db);
            }
        }
    }

    @Test
    void anotherLogInItsPlaceIsNotMistakenForTheOldOne() throws Exception {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 60);
            mountAll(db);
            db.feed.delete(new ViewOracle(db.log).rows.get(3).seq());
        }
        truncate(storage, LOG, 0);
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 1000, 80);
            assertAllRight(db);
        }
    }

    @Test
    void deletedRecordsVanishFromAnswersAndCountsAlsoAfterReopening() throws Exception {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 60);
            mountAll(db);
            db.feed.checkpoint();
            var rows = new ViewOracle(db.log).rows;
            for (int i = 0; i < 60; i += 3) {
                db.feed.delete(rows.get(i).seq());
                db.feed.delete(rows.get(i).seq());
            }
            assertEquals(40, new ViewOracle(db.log).rows.size());
            CoreViewsTest.assertEqualToOracle(db, views);
            assertEquals(-1, find(views.get("keys"), "get", key(0)));
        }
        try (var db = new ViewFixture(LOG, storage)) {
            assertAllRight(db);
            db.feed.rebuild(views.get("feeds"));
            views.values().forEach(db::reachEnd);
            CoreViewsTest.assertEqualToOracle(db, views);
        }
    }

    @Test
    void aViewOfAnotherVersionIsBuiltAnewAndADestroyedOneLeavesNothing() {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 20);
            mountAll(db);
        }
        try (var db = new ViewFixture(LOG, storage)) {
            var later = db.feed.mount("keys", store -> new LaterKeysView(store));
            db.reachEnd(later);
            assertEquals(db.log.since(), find(later, "get", key(19)));
            db.feed.destroy(later);
            assertFalse(storage.exists(ViewFeed.directoryBeside(LOG).resolve("keys")));
            var again = db.mount("keys");
            assertEquals(db.log.since(), find(again, "get", key(19)));
        }
    }

    @Test
    void gapsAndForksAreReported() {
        try (var db = new ViewFixture(LOG, storage)) {
            var feeds = db.mount("feeds");
            for (int number : new int[] {1, 2, 5, 6, 6, 9}) {
                append(db, "%k" + db.log.since(), "@a", number, "{}");
            }
            append(db, "%same", "@b", 1, "{}");
            append(db, "%same", "@b", 1, "{}");
            db.reachEnd(feeds);
            var problems = "{\"@a\":{\"gaps\":[[3,4],[7,8]],\"forks\":[6]}}";
            assertEquals(problems, value(feeds, "problems", Map.of()));
            assertEquals("{}", value(feeds, "problems", Map.of("id", "@b")));
        }
    }

    @Test
    void liveRowsComeAsTheyAreAppended() {
        try (var db = new ViewFixture(LOG, storage)) {
            append(db, 0, 20);
            var feeds = db.mount("feeds");
            var source = feeds.method("read", ViewMethod.Source.class);
            var options = Map.of("id", "@author1", "live", "true", "gt", "2");
            var rows = feeds.read(_ -> source.open(options));
            int old = ViewFixture.drain(feeds, rows).size();
            assertEquals(read(feeds, Map.of("id", "@author1", "gt", "2")).size(), old);
            for (int i = 20; i < 60; i += 3) {
                append(db, i, 3);
                db.reachEnd(feeds);
                assertEquals(1, ViewFixture.drain(feeds, rows).size());
                if (i % 2 == 0) {
                    db.feed.checkpoint();
                }
            }
        }
    }

    private void flipBytes(Path path, int step) throws Exception {
        long size = sizeOf(storage, path);
        for (long at = random.nextInt(step); at < size; at += step) {
            var damaged = storage.afterKill();
            int bit = 1 << random.nextInt(8);
            flip(damaged, path, at, bit);
            var what = String.format(Locale.ROOT, "%s@%d ^ %d", path, at, bit);
            try (var db = new ViewFixture(LOG, damaged)) {
                assertAllRightAtLast(db, what);
            }
        }
    }

    /** A damaged table is noticed by the read that meets it; the view is repaired by itself. */
    private void assertAllRightAtLast(ViewFixture db, String what) throws Exception {
        var open = mountAll(db);
        for (int attempt = 0; ; attempt++) {
            try {
                CoreViewsTest.assertEqualToOracle(db, open);
                return;
            } catch (MillraceException e) {
                assertEquals(ErrorCode.ERR_VIEW_FAILED, e.code(), what);
                assertTrue(attempt < 10, what);
                open.values().forEach(db::reachEnd);
            } catch (AssertionError e) {
                throw new AssertionError(what + ", seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private Map<String, MountedView> views = new HashMap<>();

    private Map<String, MountedView> mountAll(ViewFixture db) {
        views = new HashMap<>();
        NAMES.forEach(name -> views.put(name, db.mount(name)));
        return views;
    }

    private void assertAllRight(ViewFixture db) throws Exception {
        boolean isMounted = !db.feed.progress().isEmpty();
        CoreViewsTest.assertEqualToOracle(db, isMounted ? views : mountAll(db));
    }

    private static void append(ViewFixture db, int from, int count) {
        for (int i = from; i < from + count; i++) {
            var content =
                    i % 3 == 0
                            ? "{\"type\":\"vote\",\"vote\":{\"link\":\"" + key(i / 2) + "\"}}"
                            : "{\"type\":\"post\",\"root\":\""
                                    + key(i % 5)
                                    + "\",\"channel\":\"x\"}";
            append(db, key(i), "@author" + i % 3, i / 3 + 1, content);
        }
    }

    private static void append(
            ViewFixture db, String key, String author, int number, String content) {
        db.log.append(
                ViewFixture.bytes(
                        String.format(
                                Locale.ROOT,
                                "{\"key\":\"%s\",\"value\":{\"author\":\"%s\",\"sequence\":%d,"
                                        + "\"timestamp\":%d,\"content\":%s},\"timestamp\":%d}",
                                key,
                                author,
                                number,
                                1000 + number * 7919 % 64,
                                content,
                                5000 + number)));
    }

    private static String key(int i) {
        return String.format(Locale.ROOT, "%%%042dA=.sha256", i);
    }

    private static long sizeOf(Storage storage, Path path) {
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            return file.size();
        }
    }

    private static void truncate(Storage storage, Path path, double part) {
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            file.truncate((long) (file.size() * part));
        }
    }

    private static void flip(Storage storage, Path path, long at, int bit) {
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            var one = MemorySegment.ofArray(new byte[1]);
            file.read(at, one);
            int flipped = one.get(ValueLayout.JAVA_BYTE, 0) ^ bit;
            one.set(ValueLayout.JAVA_BYTE, 0, (byte) flipped);
            file.write(at, one);
        }
    }

    /** The next version of the keys view. */
    private record LaterKeysView(KeysView view) implements View {
        LaterKeysView(ViewStore store) {
            this(new KeysView(store));
        }

        @Override
        public int version() {
            return view.version() + 1;
        }

        @Override
        public void append(long seq, Message message) {
            view.append(seq, message);
        }

        @Override
        public Map<String, ViewMethod> methods() {
            return view.methods();
        }
    }
}
