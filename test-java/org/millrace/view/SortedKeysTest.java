package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.fault.Tier;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Keys that somebody outside emits, kept in order, against a sorted map; and states beside them.
 */
class SortedKeysTest {
    private final long seed = Tier.seed(this);

    @TempDir Path directory;

    private int states;
    private final Random random = new Random(seed);
    private final TreeMap<String, TreeSet<Long>> model = new TreeMap<>();

    @Test
    void randomKeysReadAsFromASortedMapThroughCheckpointsDeletionsAndReopening() {
        var path = ViewFixture.unpack(directory);
        var seqs = new ArrayList<Long>();
        int taken = 0;
        for (int round = 0; round < 6; round++) {
            try (var db = new ViewFixture(path)) {
                if (seqs.isEmpty()) {
                    db.log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
                }
                var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS);
                assertEquals(taken == 0 ? -1 : seqs.get(taken - 1), view.mounted().since());
                for (int batch = 0; batch < 10; batch++) {
                    int count = random.nextInt(60);
                    bring(view, seqs.subList(taken, taken + count));
                    taken += count;
                    if (random.nextInt(3) == 0) {
                        db.feed.checkpoint();
                    }
                    if (taken > 0 && random.nextInt(3) == 0) {
                        delete(db, seqs.get(random.nextInt(taken)));
                    }
                    assertEqual(view);
                }
            }
        }
    }

    @Test
    void aDamagedTableIsNoticedAndTheViewBeginsAnew() throws IOException {
        var path = ViewFixture.unpack(directory);
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS);
            bring(view, List.of(0L));
        }
        flip(ViewFeed.directoryBeside(path).resolve("mine"), "table-", 70);
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS).mounted();
            var get = view.method("get", ViewMethod.Lookup.class);
            var key = ViewFixture.bytes(model.firstKey());
            try {
                assertEquals(0, view.find(get, key));
            } catch (MillraceException e) {
                assertTrue(e.getMessage().contains("checksum"), e.getMessage());
                ViewFixture.awaitTrue(() -> view.since() == -1);
            }
            assertEquals(-1, view.since());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.6})
    void aTableThatIsCutUnderItsReaderIsNoticedAndTheViewBeginsAnew(double left)
            throws IOException {
        var path = ViewFixture.unpack(directory);
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS);
            var seqs = new ArrayList<Long>();
            db.log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
            bring(view, seqs.subList(0, 1000));
        }
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS);
            assertEqual(view);
            cut(ViewFeed.directoryBeside(path).resolve("mine"), left);
            var thrown =
                    assertThrows(
                            MillraceException.class,
                            () -> ViewFixture.read(view.mounted(), Map.of()));
            assertEquals(ErrorCode.ERR_VIEW_FAILED, thrown.code(), thrown.getMessage());
            ViewFixture.awaitTrue(() -> view.mounted().since() == -1);
            model.clear();
            bring(view, List.of(0L));
            assertEqual(view);
        }
    }

    @Test
    void aStateIsThereAfterReopeningUnlessARecordWasDeletedOrItsFileDamaged() throws IOException {
        var path = ViewFixture.unpack(directory);
        assertEquals("null", stateAfter(path, "one"));
        assertEquals("one", stateAfter(path, "two"));
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "sum", 1, HostedView.Content.STATE);
            assertEquals("two", ViewFixture.value(view.mounted(), "value", Map.of()));
            db.feed.delete(0);
            assertEquals(-1, view.mounted().since());
        }
        assertEquals("null", stateAfter(path, "three"));
        try (var db = new ViewFixture(path)) {
            var seqs = new ArrayList<Long>();
            db.log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
            db.feed.delete(seqs.get(1)); // while the view is not open
        }
        assertEquals("null", stateAfter(path, "four"));
        flip(ViewFeed.directoryBeside(path).resolve("sum"), "table-", 9);
        assertEquals("null", stateAfter(path, "five"));
    }

    @Test
    void whatWasComputedFromAnEarlierPastIsNotTakenIn() {
        var path = ViewFixture.unpack(directory);
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "mine", 1, HostedView.Content.KEYS);
            bring(view, List.of(0L));
            db.feed.rebuild(view.mounted());
            model.clear();
            try (var batch = RecordBatch.allocate(8, 1)) {
                assertTrue(!view.bring(0, 0, 1, batch, 1));
            }
            assertEquals(-1, view.mounted().since());
            assertEqual(view);
        }
    }

    /** What it is before; then the state is brought. */
    private String stateAfter(Path path, String state) {
        try (var db = new ViewFixture(path)) {
            var view = HostedView.mount(db.feed, "sum", 1, HostedView.Content.STATE);
            var before = ViewFixture.value(view.mounted(), "value", Map.of());
            var bytes = state.getBytes(StandardCharsets.UTF_8);
            try (var batch = RecordBatch.allocate(64, 1)) {
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, batch.data(), 0, bytes.length);
                batch.add(0, 0, bytes.length);
                var seqs = new ArrayList<Long>();
                db.log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
                long upTo = seqs.get(seqs.size() - ++states); // one that no earlier state had
                assertTrue(view.bring(0, view.mounted().since(), upTo, batch, 1));
            }
            return before;
        }
    }

    /** One to three keys for each record, some of them shared. */
    private void bring(HostedView view, List<Long> seqs) {
        try (var batch = RecordBatch.allocate(64 * 1024, 4096)) {
            int used = 0;
            for (long seq : seqs) {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    var key = key();
                    var bytes = key.getBytes(StandardCharsets.UTF_8);
                    MemorySegment.copy(
                            MemorySegment.ofArray(bytes), 0, batch.data(), used, bytes.length);
                    batch.add(seq, used, bytes.length);
                    used += bytes.length;
                    model.computeIfAbsent(key, _ -> new TreeSet<>()).add(seq);
                }
            }
            long from = view.mounted().since();
            assertTrue(
                    view.bring(
                            view.mounted().beginnings(),
                            from,
                            seqs.isEmpty() ? from : seqs.getLast(),
                            batch,
                            1));
        }
    }

    private String key() {
        return "k".repeat(random.nextInt(12)) + random.nextInt(300);
    }

    private void delete(ViewFixture db, long seq) {
        db.feed.delete(seq);
        model.values().forEach(seqs -> seqs.remove(seq));
        model.values().removeIf(TreeSet::isEmpty);
    }

    private void assertEqual(HostedView view) {
        var mounted = view.mounted();
        var expected = model.values().stream().map(TreeSet::last).toList();
        assertEquals(expected, ViewFixture.read(mounted, Map.of()));
        for (int i = 0; i < 5; i++) {
            var key = key();
            long seq = model.containsKey(key) ? model.get(key).last() : -1;
            assertEquals(seq, ViewFixture.find(mounted, "get", key), key);
            assertRange(mounted, key, key());
        }
    }

    private void assertRange(MountedView view, String one, String other) {
        var low = one.compareTo(other) < 0 ? one : other;
        var high = low.equals(one) ? other : one;
        boolean lowInclusive = random.nextBoolean();
        boolean highInclusive = random.nextBoolean();
        boolean reverse = random.nextBoolean();
        int limit = random.nextInt(20) - 1;
        var options =
                Map.of(
                        lowInclusive ? "gte" : "gt",
                        hex(low),
                        highInclusive ? "lte" : "lt",
                        hex(high),
                        "reverse",
                        "" + reverse,
                        "limit",
                        "" + limit);
        var expected = new ArrayList<Long>();
        if (!low.equals(high) || lowInclusive && highInclusive) {
            model.subMap(low, lowInclusive, high, highInclusive)
                    .values()
                    .forEach(seqs -> expected.add(seqs.last()));
        }
        if (reverse) {
            Collections.reverse(expected);
        }
        int kept = limit < 0 ? expected.size() : Math.min(limit, expected.size());
        assertEquals(expected.subList(0, kept), ViewFixture.read(view, options), options::toString);
    }

    private static String hex(String key) {
        return HexFormat.of().formatHex(key.getBytes(StandardCharsets.UTF_8));
    }

    private static void cut(Path directory, double left) throws IOException {
        try (var names = Files.list(directory)) {
            for (var file :
                    names.filter(f -> f.getFileName().toString().startsWith("table-")).toList()) {
                try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate((long) (channel.size() * left));
                }
            }
        }
    }

    private static void flip(Path directory, String prefix, int at) throws IOException {
        try (var names = Files.list(directory)) {
            for (var file :
                    names.filter(f -> f.getFileName().toString().startsWith(prefix)).toList()) {
                var bytes = Files.readAllBytes(file);
                bytes[at] ^= 1;
                Files.write(file, bytes);
            }
        }
    }
}
