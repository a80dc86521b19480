package org.millrace.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.query.QueryFixture.ALL_VIEWS;
import static org.millrace.query.QueryFixture.author;
import static org.millrace.query.QueryFixture.id;
import static org.millrace.query.QueryFixture.message;
import static org.millrace.query.QueryFixture.mfr;
import static org.millrace.query.QueryFixture.operators;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.codec.Encoding;
import org.millrace.log.Range;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Plans, limits, live rows. That rows are right is compared with the npm packages in test-js. */
class QueryEngineTest {
    private static final Query POSTS = mfr("[{'$filter':{'value':{'content':{'type':'post'}}}}]");
    private static final String BY_AUTHOR_AND_TEXT =
            "[{'$filter':{'value':{'author':'%s','content':{'type':'post','text':{'$prefix':'t'}}}}}]";

    private static final String TEXTS =
            "[{'$filter':{'value':{'content':{'text':{'$prefix':'text'}}}}}]";
    private static final WalOptions SMALL_SEGMENTS =
            WalOptions.defaults().segmentBytes(64 << 10).preallocateBytes(64 << 10);

    @TempDir private Path directory;

    private static List<String> messages(int count, java.util.function.IntPredicate wanted) {
        return IntStream.range(0, count).filter(wanted).mapToObj(QueryFixture::message).toList();
    }

    @Test
    void postsWithAndWithoutViews() {
        for (var views : new String[][] {ALL_VIEWS, {}}) {
            try (var fixture = new QueryFixture(views)) {
                fixture.fill(500);
                assertEquals(messages(500, i -> i % 3 != 0), fixture.rows(POSTS));
            }
        }
    }

    @Test
    void explainNamesTheViewTheRowsAndWhatIsStillChecked() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(500);
            String plan = fixture.engine.explain(mfr(BY_AUTHOR_AND_TEXT.formatted(author(1))));
            assertTrue(plan.contains("\"view\":\"type\""), plan);
            assertTrue(plan.contains("\"rows\":34"), plan);
            assertTrue(plan.contains("text $prefix"), plan);
            assertFalse(plan.contains("$eq"), plan);
            String scan =
                    fixture.engine.explain(mfr("[{'$filter':{'value':{'content':{'text':'a'}}}}]"));
            assertTrue(scan.contains("\"scan\":true"), scan);
        }
    }

    @Test
    void theViewThatLeadsToTheFewestIsTaken() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(500);
            String target = id('%', 30, "sha256");
            var votes = operators("{'and':[{'type':'vote'},{'votesFor':'%s'}]}".formatted(target));
            String plan = fixture.engine.explain(votes);
            assertTrue(plan.contains("\"view\":\"backlinks\""), plan);
            assertEquals(messages(500, i -> i % 3 == 0 && i / 2 == 30), fixture.rows(votes));
        }
    }

    @Test
    void orsOfIndexedPartsAreUnionsAndCountedWithoutReading() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(500);
            var either = operators("{'or':[{'type':'vote'},{'author':'%s'}]}".formatted(author(2)));
            String plan = fixture.engine.explain(either);
            assertTrue(plan.contains("\"any\""), plan);
            assertTrue(plan.contains("\"filter\":null"), plan);
            int expected = messages(500, i -> i % 3 == 0 || i % 10 == 2).size();
            assertEquals(expected, fixture.rows(either).size());
            assertEquals(List.of("" + expected), fixture.rows(either.counting()));
        }
    }

    @Test
    void aTypeIsCountedAtOnce() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(300);
            fixture.engine.await(fixture.log.since());
            assertEquals(List.of("100"), fixture.rows(operators("{'type':'vote'}").counting()));
            assertEquals(List.of(), fixture.rows(operators("{'type':'none'}").counting()));
        }
    }

    @Test
    void aLiveQueryGoesOnWithWhatIsAppended() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(30);
            var options = new Query.Options(false, 0, 0, true, true, Budget.Limits.DEFAULT);
            var live = mfr("[{'$filter':{'value':{'content':{'type':'vote'}}}}]", options);
            try (var cursor = fixture.engine.open(live)) {
                assertEquals(messages(30, i -> i % 3 == 0), QueryFixture.rows(cursor));
                assertEquals(List.of(), QueryFixture.rows(cursor));
                fixture.append(message(31));
                fixture.append(message(33));
                assertEquals(List.of(message(33)), QueryFixture.rows(cursor));
            }
        }
    }

    @Test
    void liveReductionsAreRefused() {
        var options = new Query.Options(false, 0, 0, true, true, Budget.Limits.DEFAULT);
        var e =
                assertThrows(
                        MillraceException.class,
                        () -> mfr("[{'$reduce':{'$count':true}}]", options));
        assertEquals(ErrorCode.ERR_QUERY, e.code());
    }

    @Test
    void deletedRecordsAreNoRows() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            long first = fixture.append(message(1));
            fixture.append(message(2));
            fixture.feed.delete(first);
            assertEquals(List.of(message(2)), fixture.rows(POSTS));
            assertEquals(List.of("1"), fixture.rows(POSTS.counting()));
        }
    }

    @Test
    void onlyLinksThatStandElsewhereAreLookedAt() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(60);
            var target = id('%', 15, "sha256");
            var votes = operators("{'votesFor':'%s'}".formatted(target));
            assertTrue(fixture.engine.explain(votes).contains("\"filter\":null"));
            assertEquals(List.of("1"), fixture.rows(votes.counting()));
            var noVote = content("{'type':'post','vote':{'link':'%s'}}".formatted(target), 5000);
            fixture.append(noVote);
            assertFalse(fixture.engine.explain(votes).contains("\"filter\":null"));
            assertEquals(List.of(message(30)), fixture.rows(votes));
            assertEquals(List.of("1"), fixture.rows(votes.counting()));
        }
    }

    @Test
    void aThreadComesInTheOrderOfTimesClaimed() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            var root = id('%', 1, "sha256");
            var late = content("{'type':'post','root':'%s'}".formatted(root), 900);
            var early = content("{'type':'post','root':'%s'}".formatted(root), 800);
            var postdated = content("{'type':'post','root':'%s'}".formatted(root), 9000);
            var thread = mfr("[{'$filter':{'value':{'content':{'root':'%s'}}}}]".formatted(root));
            fixture.append(late);
            fixture.append(early);
            assertTrue(fixture.engine.explain(thread).contains("\"filter\":null"));
            assertEquals(List.of(early, late), fixture.rows(thread));
            var between = content("{'type':'post','root':['%s']}".formatted(root), 850);
            fixture.append(between);
            fixture.append(postdated);
            fixture.append(late);
            assertFalse(fixture.engine.explain(thread).contains("\"filter\":null"));
            assertEquals(List.of(early, late, late, postdated), fixture.rows(thread));
        }
    }

    /** Received at 1000. */
    private static String content(String content, long claimed) {
        return ("{'key':'%s','value':{'author':'%s','sequence':1,'timestamp':%d,'content':%s},"
                        + "'timestamp':1000}")
                .formatted(id('%', (int) claimed, "sha256"), author(3), claimed, content)
                .replace('\'', '"');
    }

    @Test
    void aScanIsRememberedAndGoesOnWithWhatCameSince() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(100);
            long fourth = fixture.append(message(104));
            String fours = "[{'$filter':{'value':{'content':{'text':{'$prefix':'text 10'}}}}}]";
            assertEquals(List.of(message(10), message(104)), fixture.rows(mfr(fours)));
            fixture.append(message(107));
            fixture.feed.delete(fourth);
            String plan = fixture.engine.explain(mfr(fours));
            assertTrue(plan.contains("earlier scan"), plan);
            var asBipf =
                    Query.mapFilterReduce(
                            fours.replace('\'', '"'), null, Encoding.BIPF, Query.Options.NONE);
            assertFalse(fixture.engine.explain(asBipf).contains("earlier scan"));
            for (int i = 0; i < 2; i++) {
                assertEquals(List.of(message(10), message(107)), fixture.rows(mfr(fours)));
                assertEquals(List.of("2"), fixture.rows(mfr(fours).counting()));
            }
            var last = new Query.Options(true, 1, 0, false, true, Budget.Limits.DEFAULT);
            assertEquals(List.of(message(107)), fixture.rows(mfr(fours, last)));
            fixture.scans.clear();
            assertFalse(fixture.engine.explain(mfr(fours)).contains("earlier scan"));
        }
    }

    @Test
    void whatATrimTookIsInNoRememberedScan() {
        var log = WalLog.open(directory.resolve("log"), SMALL_SEGMENTS);
        try (var fixture = new QueryFixture(log)) {
            fixture.fill(1000);
            var texts = mfr(TEXTS);
            assertEquals(messages(1000, QueryEngineTest::isPost), fixture.rows(texts));
            assertTrue(fixture.engine.explain(texts).contains("earlier scan"));
            trim(log, 0);
            assertEquals(present(log), fixture.rows(texts));
            fixture.append(message(1001));
            for (int i = 0; i < 2; i++) {
                assertTrue(fixture.engine.explain(texts).contains("earlier scan"));
                assertEquals(present(log), fixture.rows(texts));
                assertEquals(List.of("" + present(log).size()), fixture.rows(texts.counting()));
            }
            trim(log, log.firstSequence());
            assertTrue(fixture.engine.explain(texts).contains("earlier scan"));
            assertEquals(present(log), fixture.rows(texts));
            assertEquals(List.of("" + present(log).size()), fixture.rows(texts.counting()));
        }
    }

    @Test
    void aTrimDuringAScanOrARememberedOneTakesItsRowsAway() {
        var log = WalLog.open(directory.resolve("log"), SMALL_SEGMENTS);
        try (var fixture = new QueryFixture(log);
                var batch = RecordBatch.allocate(4096, 3)) {
            fixture.fill(1000);
            var texts = mfr(TEXTS);
            try (var cursor = fixture.engine.open(texts)) {
                assertEquals(3, cursor.next(batch));
                trim(log, 0);
                QueryFixture.rows(cursor);
            }
            assertEquals(present(log), fixture.rows(texts));
            try (var cursor = fixture.engine.open(texts)) {
                assertEquals(3, cursor.next(batch));
                trim(log, log.firstSequence());
                var left = QueryFixture.rows(cursor);
                // One that had been read before the trim may come first.
                assertTrue(left.size() - present(log).size() <= 1, left.size() + " rows");
                assertTrue(left.containsAll(present(log)));
            }
        }
    }

    @Test
    void whatWasDeletedSinceIsInNoRememberedScan() {
        var log = WalLog.open(directory.resolve("log"), SMALL_SEGMENTS);
        try (var fixture = new QueryFixture(log)) {
            fixture.fill(1000);
            var texts = mfr(TEXTS);
            fixture.rows(texts);
            var seqs = new ArrayList<Long>();
            log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
            fixture.feed.delete(seqs.get(10));
            log.delete(seqs.get(13)); // by somebody who has no views
            var left = messages(1000, i -> isPost(i) && i != 10 && i != 13);
            assertEquals(left, fixture.rows(texts));
            log.compact();
            assertTrue(fixture.engine.explain(texts).contains("earlier scan"));
            assertEquals(left, fixture.rows(texts));
            assertEquals(List.of("" + left.size()), fixture.rows(texts.counting()));
        }
    }

    /** Drops a segment or two, as soon as they are sealed. */
    private static void trim(WalLog log, long first) {
        while (log.firstSequence() == first) {
            log.trim(first + (130 << 10));
            Thread.onSpinWait();
        }
    }

    private static boolean isPost(int i) {
        return i % 3 != 0;
    }

    /** Those that {@link #TEXTS} finds in what the log has. */
    private static List<String> present(WalLog log) {
        var found = new ArrayList<String>();
        log.forEach(
                Range.ALL,
                (_, slice) -> {
                    var record = UTF_8.decode(slice.segment().asByteBuffer()).toString();
                    if (record.contains("\"text\":")) {
                        found.add(record);
                    }
                });
        return found;
    }

    @Test
    void limitsOfRowsMemoryAndTime() {
        try (var fixture = new QueryFixture()) {
            fixture.fill(5000);
            var rows = new Budget.Limits(10, 1 << 20, 0);
            var bytes = new Budget.Limits(1_000_000, 1000, 0);
            var time = new Budget.Limits(1_000_000, 1 << 20, 1);
            String all = "[{'$filter':{}}]";
            String collect = "[{'$reduce':{'$collect':'key'}}]";
            String regroup = "[{'$reduce':{'k':'key','all':{'$collect':true}}}]";
            assertLimit(fixture, mfr(all, with(rows)), "rowsMax=10");
            assertLimit(fixture, mfr(collect, with(bytes)), "bytesMax=1000");
            assertLimit(fixture, mfr(regroup, with(time)), "Max", "timeoutMs=1");
        }
    }

    /** 5,000 rows of 300 bytes. */
    @Test
    void sortingRecordsKeepsWhatTheyAreSortedByNotTheRecords() {
        try (var fixture = new QueryFixture()) {
            fixture.fill(5000);
            var limits = with(new Budget.Limits(1_000_000, 1 << 20, 0));
            String sort =
                    "{'$sort':[['value','content','type'],{'$reverse':['value','sequence']}]}";
            var rows = fixture.rows(mfr("[{'$filter':{}}," + sort + "]", limits));
            var expected = IntStream.range(0, 5000).boxed().sorted(postsThenVotes()).toList();
            assertEquals(expected.stream().map(QueryFixture::message).toList(), rows);
            var made = mfr("[{'$map':true}," + sort + "]", limits);
            assertLimit(fixture, made, "bytesMax");
        }
    }

    private static Comparator<Integer> postsThenVotes() {
        Comparator<Integer> byType = Comparator.comparing(i -> i % 3 == 0);
        return byType.thenComparing(i -> -(i / 10)).thenComparing(i -> i);
    }

    private static Query.Options with(Budget.Limits limits) {
        return new Query.Options(false, 0, 0, false, true, limits);
    }

    private static void assertLimit(QueryFixture fixture, Query query, String... said) {
        var e = assertThrows(MillraceException.class, () -> fixture.rows(query));
        assertEquals(ErrorCode.ERR_QUERY_LIMIT, e.code());
        assertTrue(List.of(said).stream().anyMatch(e.getMessage()::contains), e.getMessage());
    }

    @Test
    void aCancelledQueryEnds() {
        try (var fixture = new QueryFixture()) {
            fixture.fill(100);
            try (var cursor = fixture.engine.open(POSTS)) {
                cursor.cancel();
                var e = assertThrows(MillraceException.class, () -> QueryFixture.rows(cursor));
                assertEquals(ErrorCode.ERR_CANCELLED, e.code());
            }
        }
    }

    @Test
    void rowsThatDoNotFitTheBatchComeInTheNext() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            String large =
                    message(1).replace("text 1", "x".repeat(10_000)); // the batch begins with 4 KiB
            fixture.append(message(4));
            fixture.append(large);
            assertEquals(List.of(large, message(4)), fixture.rows(POSTS));
        }
    }

    @Test
    void rowsOfMapAreJson() {
        try (var fixture = new QueryFixture()) {
            fixture.append(
                    "{\"key\":\"%a\",\"value\":{\"author\":\"\\u0001\\\"é\",\"content\":{\"n\":[1.50,{}]}}}");
            String map = "{'who':['value','author'],'n':['value','content','n'],'none':'none'}";
            assertEquals(
                    List.of("{\"who\":\"\\u0001\\\"é\",\"n\":[1.50,{}]}"),
                    fixture.rows(mfr("[{'$map':%s}]".formatted(map))));
        }
    }
}
