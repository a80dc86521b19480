package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.Tier;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.builtin.SearchView;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The view of words against the slow oracle, and texts made to exhaust it. */
class SearchViewTest {
    private static final int MEGABYTES_16 = 16 << 20;

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    @TempDir private Path directory;

    @Test
    void everyBeginningOfEveryWordFindsItsMessagesAlsoTogether() {
        var path = ViewFixture.unpack(directory);
        try (var first = new ViewFixture(path)) {
            first.mount("search");
        }
        try (var db = new ViewFixture(path)) {
            var search = db.mount("search");
            var byWord = new ViewOracle(db.log).words();
            var terms = new ArrayList<String>();
            for (var word : byWord.keySet()) {
                for (int length = SearchView.LETTERS_MIN; length <= word.length(); length++) {
                    terms.add(word.substring(0, length));
                }
            }
            assertTrue(terms.size() > 100, terms.size() + " terms");
            for (var term : terms) {
                assertEquals(expected(byWord, List.of(term)), query(search, term), term);
            }
            for (int i = 0; i < 300; i++) {
                var some =
                        random.ints(1 + random.nextInt(4), 0, terms.size())
                                .mapToObj(terms::get)
                                .toList();
                var asked = String.join(random.nextBoolean() ? " is, " : "\u00e9", some);
                var rows = expected(byWord, some);
                assertEquals(rows, query(search, asked), asked + ", seed " + seed);
                int limit = 1 + random.nextInt(5);
                assertEquals(
                        rows.subList(0, Math.min(limit, rows.size())),
                        ViewFixture.read(
                                search, "query", Map.of("query", asked, "limit", "" + limit)));
            }
        }
    }

    @Test
    void sliceAfterSliceIsReadWhereMuchIsFound() {
        try (var db = opened()) {
            var seqs = new ArrayList<Long>();
            var ten = IntStream.range(0, 10).mapToObj(i -> "common" + i).toList();
            for (int i = 0; i < 40_000; i++) {
                boolean isFull = i % 20_000 < 15_000;
                seqs.add(append(db, isFull ? String.join(" ", ten) : i % 2 == 0 ? "comma" : "-"));
            }
            var search = db.mount("search");
            for (int i = 0; i < 100; i++) {
                db.feed.delete(seqs.remove(random.nextInt(seqs.size())));
            }
            var rows = new ViewOracle(db.log).words();
            for (var term : List.of("com", "common", "common7", "comma")) {
                assertEquals(expected(rows, List.of(term)), query(search, term));
            }
            var both = List.of("com", "common3");
            assertEquals(expected(rows, both), query(search, "com common3"));
        }
    }

    @Test
    void rowsThatAreBeingReadStayThoseOfTheirBeginning() {
        try (var db = opened()) {
            var search = db.mount("search");
            var expected = new ArrayList<Long>();
            for (int i = 0; i < 50; i++) {
                expected.addFirst(append(db, "word" + i % 7));
            }
            db.reachEnd(search);
            var source = search.method("query", ViewMethod.Source.class);
            var rows = search.read(_ -> source.open(Map.of("query", "word")));
            long[] seqs = new long[5];
            int given = search.read(_ -> rows.next(seqs));
            assertTrue(given > 0 && given <= seqs.length);
            append(db, "word");
            db.reachEnd(search);
            db.feed.checkpoint();
            assertEquals(expected.subList(given, 50), ViewFixture.drain(search, rows));
        }
    }

    @Test
    void whatCannotBeMeantIsRefusedAndShortWordsFindNothing() {
        try (var db = opened()) {
            var search = db.mount("search");
            append(db, "a word of it");
            db.reachEnd(search);
            assertEquals(List.of(), query(search, "of it"));
            assertEquals(1, query(search, "of WORD it").size());
            var many = words(SearchView.TERMS_MAX + 1, i -> "word");
            assertRefused(ErrorCode.ERR_QUERY_LIMIT, search, Map.of("query", many));
            assertRefused(ErrorCode.ERR_ARGUMENT, search, Map.of());
            assertRefused(ErrorCode.ERR_ARGUMENT, search, Map.of("query", "word", "live", "true"));
        }
    }

    @Test
    void textsOfSixteenMegabytesAreTakenIn() {
        try (var db = opened()) {
            long one = append(db, "q".repeat(MEGABYTES_16 - 100));
            long lone = append(db, "\\ud800".repeat(2_000_000) + "lonely");
            long bytes = append(db, "\\n" + "\u00ff".repeat(MEGABYTES_16 - 100) + "end");
            long many = append(db, words(2_000_000, i -> Integer.toString(i + 100_000, 36)));
            long deep = append(db, "\"," + "\"a\":" + "[".repeat(100_000) + "]".repeat(100_000));
            var search = db.mount("search");
            assertEquals(List.of(one), query(search, "q".repeat(300)));
            assertEquals(List.of(lone), query(search, "lonely"));
            assertEquals(List.of(bytes), query(search, "end"));
            assertEquals(List.of(many), query(search, Integer.toString(100_000, 36)));
            assertEquals(List.of(), query(search, Integer.toString(200_000, 36)));
            assertEquals(deep, db.log.since());
            assertEquals(deep, search.since());
        }
    }

    @Test
    void wordsBeyondTheDictionaryAreFoundByThemselvesOnly() {
        long last;
        try (var db = opened()) {
            append(db, words(100, i -> "known%02d".formatted(i)) + " known00");
            last = append(db, "unheard known99 Unheard");
            assertSmall(db, last);
        }
        try (var db = opened()) {
            assertSmall(db, last);
        }
    }

    private static void assertSmall(ViewFixture db, long last) {
        var search = db.feed.mount("search", store -> new SearchView(store, 100));
        db.reachEnd(search);
        assertEquals(2, query(search, "known").size());
        assertEquals(List.of(last), query(search, "unheard"));
        assertEquals(List.of(last), query(search, "known9 unheard"));
        assertEquals(List.of(), query(search, "unhear"));
    }

    private static List<Long> query(MountedView search, String words) {
        return ViewFixture.read(search, "query", Map.of("query", words));
    }

    private static void assertRefused(
            ErrorCode code, MountedView search, Map<String, String> options) {
        var refused =
                assertThrows(
                        MillraceException.class, () -> ViewFixture.read(search, "query", options));
        assertEquals(code, refused.code());
    }

    /** Last first. */
    private static List<Long> expected(Map<String, List<ViewOracle.Row>> rows, List<String> terms) {
        var found = new HashMap<Long, Integer>();
        for (var term : terms) {
            rows.entrySet().stream()
                    .filter(word -> word.getKey().startsWith(term))
                    .flatMap(word -> word.getValue().stream())
                    .map(ViewOracle.Row::seq)
                    .collect(Collectors.toSet())
                    .forEach(seq -> found.merge(seq, 1, Integer::sum));
        }
        return found.keySet().stream()
                .filter(seq -> found.get(seq) == terms.size())
                .sorted((a, b) -> Long.compare(b, a))
                .toList();
    }

    private ViewFixture opened() {
        return new ViewFixture(directory.resolve("log.offset"));
    }

    private static String words(int count, IntFunction<String> word) {
        return IntStream.range(0, count).mapToObj(word).collect(Collectors.joining(" "));
    }

    private static long append(ViewFixture db, String text) {
        return db.log.append(
                ("{\"key\":\"%k\",\"value\":{\"content\":{\"type\":\"post\",\"text\":\""
                                + text
                                + "\"}}}")
                        .getBytes(StandardCharsets.ISO_8859_1));
    }
}
