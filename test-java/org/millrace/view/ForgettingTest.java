package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.find;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Records deleted in steps, first in memory, then on disk: the process may die between any two, and
 * after it the views answer as a full rebuild does.
 */
@Timeout(300)
class ForgettingTest {
    private static final Path LOG = Path.of("/db/log.offset");
    private static final List<String> NAMES = List.of("keys", "feeds", "backlinks");
    private static final int ROUNDS = Tier.count("millrace.rounds.forgetting", 40, 2_000);

    /** How far a deletion gets before the process dies. */
    private enum Reached {
        HIDDEN,
        REMEMBERED,
        PARTLY_DELETED,
        DELETED,
        FORGOTTEN;

        boolean isBehind(Reached step) {
            return compareTo(step) >= 0;
        }
    }

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);

    @Test
    void killedBetweenAnyTwoStepsTheViewsAnswerAsAFullRebuild() throws Exception {
        var storage = new MemoryStorage();
        var gone = new HashSet<String>();
        int next = 0;
        for (int round = 0; round < ROUNDS; round++) {
            var reached = Reached.values()[round % Reached.values().length];
            var what = reached + ", round " + round + ", seed " + seed;
            MemoryStorage after;
            Set<String> keys;
            try (var db = new ViewFixture(LOG, storage)) {
                var views = mountAll(db);
                next = append(db, next, 3 + random.nextInt(20));
                saveSometimes(db, views);
                next = append(db, next, random.nextInt(10));
                saveSometimes(db, views);
                keys = delete(db, views, reached, what);
                boolean isKilled = random.nextBoolean();
                after = isKilled ? storage.afterKill() : storage.afterPowerCut();
                if (isKilled && reached.isBehind(Reached.REMEMBERED)) {
                    gone.addAll(keys);
                }
            }
            storage = after;
            try (var db = new ViewFixture(LOG, storage)) {
                assertRight(db, gone, what);
            }
        }
    }

    /** The canary: what should be on disk before the log deletes the record never gets there. */
    @Test
    void aDeletionThatIsInMemoryAloneIsCaughtAfterAKill() throws Exception {
        var storage = new MemoryStorage();
        try (var db = new ViewFixture(LOG, losing("deleted", storage))) {
            var views = mountAll(db);
            append(db, 0, 20);
            views.values().forEach(db::reachEnd);
            db.feed.checkpoint();
            long seq = new ViewOracle(db.log).rows.get(5).seq();
            db.feed.forgetting().remember(seq);
            db.log.delete(seq);
            var after = storage.afterKill();
            try (var again = new ViewFixture(LOG, after)) {
                assertThrows(AssertionError.class, () -> assertRight(again, Set.of(), "canary"));
            }
        }
    }

    @Test
    void whatIsHiddenIsInNoAnswerAndKeptInWhatIsSaved() throws Exception {
        var storage = new MemoryStorage();
        try (var db = new ViewFixture(LOG, storage)) {
            var views = mountAll(db);
            append(db, 0, 30);
            views.values().forEach(db::reachEnd);
            delete(db, views, Reached.HIDDEN, "seed " + seed);
            db.feed.checkpoint();
            append(db, 30, 1);
            views.values().forEach(db::reachEnd);
            db.feed.checkpoint(); // merges tables
            try (var again = new ViewFixture(LOG, storage.afterKill())) {
                assertRight(again, Set.of(), "seed " + seed);
                assertEquals(31, new ViewOracle(again.log).rows.size());
            }
        }
    }

    /** What was computed from a record may be saved at any moment of its deletion. */
    @Test
    void aStateThatWasComputedFromWhatIsDeletedDoesNotOutliveAKill() throws Exception {
        for (var reached : Reached.values()) {
            var storage = new MemoryStorage();
            try (var db = new ViewFixture(LOG, storage)) {
                append(db, 0, 20);
                var state = HostedView.mount(db.feed, "state", 1, HostedView.Content.STATE);
                bring(state, db.log.since(), "of all");
                int begun = state.mounted().beginnings();
                delete(db, Map.of("keys", db.mount("keys")), reached, "seed " + seed);
                boolean isOver = reached.isBehind(Reached.FORGOTTEN);
                assertEquals(isOver, state.mounted().beginnings() > begun, reached.name());
                if (isOver) { // what was under way comes to nothing
                    assertFalse(bring(state, begun, db.log.since(), "late"));
                    bring(state, db.log.since(), "of the rest");
                }
                db.feed.checkpoint();
                boolean isDeleted = reached.isBehind(Reached.REMEMBERED);
                var expected = isOver ? "of the rest" : isDeleted ? null : "of all";
                assertEquals(expected, stateAfter(storage.afterKill()), reached.name());
            }
        }
    }

    private static String stateAfter(MemoryStorage storage) {
        try (var db = new ViewFixture(LOG, storage)) {
            byte[] state = HostedView.mount(db.feed, "state", 1, HostedView.Content.STATE).state();
            return state == null ? null : new String(state, StandardCharsets.UTF_8);
        }
    }

    private static void bring(HostedView view, long upTo, String state) {
        assertTrue(bring(view, view.mounted().beginnings(), upTo, state));
    }

    private static boolean bring(HostedView view, int beginning, long upTo, String state) {
        try (var batch = RecordBatch.allocate(64, 1)) {
            var bytes = ViewFixture.bytes(state);
            batch.room().copyFrom(bytes);
            batch.put(upTo, (int) bytes.byteSize());
            return view.bring(beginning, view.mounted().since(), upTo, batch, 1);
        }
    }

    /** Some records, as far as {@code reached}; the views are saved in between, or not. */
    private Set<String> delete(
            ViewFixture db, Map<String, MountedView> views, Reached reached, String what) {
        var keys = new HashSet<String>();
        var rows = new ViewOracle(db.log).rows;
        var picked = random.ints(0, rows.size()).distinct().limit(1 + random.nextInt(3)).toArray();
        long[] seqs = new long[picked.length];
        for (int i = 0; i < picked.length; i++) {
            seqs[i] = rows.get(picked[i]).seq();
            keys.add(rows.get(picked[i]).json().get("key").asText());
            db.feed.forgetting().hide(seqs[i]);
        }
        assertNotFound(db, views, keys, what);
        saveSometimes(db, views);
        if (reached.isBehind(Reached.REMEMBERED)) {
            db.feed.forgetting().remember(seqs);
            saveSometimes(db, views);
        }
        int deleted =
                reached.isBehind(Reached.DELETED)
                        ? seqs.length
                        : reached == Reached.PARTLY_DELETED ? random.nextInt(seqs.length) : 0;
        for (int i = 0; i < deleted; i++) {
            db.log.delete(seqs[i]);
        }
        saveSometimes(db, views);
        if (reached.isBehind(Reached.FORGOTTEN)) {
            db.feed.forgetting().forget(seqs);
            saveSometimes(db, views);
        }
        assertNotFound(db, views, keys, what);
        return keys;
    }

    private static void assertNotFound(
            ViewFixture db, Map<String, MountedView> views, Set<String> keys, String what) {
        db.reachEnd(views.get("keys"));
        for (var key : keys) {
            assertEquals(-1, find(views.get("keys"), "get", key), key + ": " + what);
        }
    }

    private void saveSometimes(ViewFixture db, Map<String, MountedView> views) {
        if (random.nextBoolean()) {
            views.values().forEach(db::reachEnd);
        }
        if (random.nextBoolean()) {
            db.feed.checkpoint();
        }
    }

    private void assertRight(ViewFixture db, Set<String> gone, String what) throws Exception {
        for (var row : new ViewOracle(db.log).rows) {
            assertFalse(gone.contains(row.json().get("key").asText()), "back again: " + what);
        }
        var views = mountAll(db);
        views.values().forEach(db::reachEnd);
        for (var key : gone) {
            assertEquals(-1, find(views.get("keys"), "get", key), "answered: " + what);
        }
        try {
            CoreViewsTest.assertEqualToOracle(db, views);
        } catch (AssertionError e) {
            throw new AssertionError(what + ": " + e.getMessage(), e);
        }
        assertTrue(views.get("keys").since() <= db.log.since(), what);
    }

    private static Map<String, MountedView> mountAll(ViewFixture db) {
        var views = new HashMap<String, MountedView>();
        NAMES.forEach(name -> views.put(name, db.mount(name)));
        return views;
    }

    private static int append(ViewFixture db, int from, int count) {
        for (int i = from; i < from + count; i++) {
            var content = "{\"type\":\"post\",\"root\":\"" + key(i % 5) + "\"}";
            var text =
                    "{\"key\":\"%s\",\"value\":{\"author\":\"@author%d\",\"sequence\":%d,"
                            + "\"timestamp\":%d,\"content\":%s},\"timestamp\":%d}";
            db.log.append(
                    ViewFixture.bytes(
                            String.format(
                                    Locale.ROOT,
                                    text,
                                    key(i),
                                    i % 3,
                                    i / 3 + 1,
                                    1000 + i,
                                    content,
                                    5000 + i)));
        }
        return from + count;
    }

    private static String key(int i) {
        return String.format(Locale.ROOT, "%%%042dA=.sha256", i);
    }

    /** Writes and syncs of the file of that name do nothing. */
    private static Storage losing(String name, Storage storage) {
        return (Storage)
                Proxy.newProxyInstance(
                        Storage.class.getClassLoader(),
                        new Class<?>[] {Storage.class},
                        (_, method, arguments) -> {
                            try {
                                var result = method.invoke(storage, arguments);
                                return result instanceof StoredFile file
                                                && file.path().endsWith(name)
                                        ? losing(file)
                                        : result;
                            } catch (InvocationTargetException e) {
                                throw (MillraceException) e.getCause();
                            }
                        });
    }

    private static StoredFile losing(StoredFile file) {
        return (StoredFile)
                Proxy.newProxyInstance(
                        StoredFile.class.getClassLoader(),
                        new Class<?>[] {StoredFile.class},
                        (_, method, arguments) -> {
                            boolean isWrite =
                                    method.getName().equals("write")
                                            && arguments[1] instanceof MemorySegment;
                            return isWrite ? null : method.invoke(file, arguments);
                        });
    }
}
