package org.millrace.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.millrace.query.QueryFixture.ALL_VIEWS;
import static org.millrace.query.QueryFixture.author;
import static org.millrace.query.QueryFixture.message;
import static org.millrace.query.QueryFixture.mfr;
import static org.millrace.query.QueryFixture.operators;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;
import org.millrace.memory.RecordBatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a query gave last is given again, and only while it is still the answer. */
class PreparedQueryTest {
    private static final List<Query> QUERIES =
            List.of(
                    mfr("[{'$filter':{'value':{'content':{'type':'post'}}}}]"),
                    mfr("[{'$filter':{'value':{'content':{'text':{'$prefix':'text 1'}}}}}]"),
                    mfr(
                            "[{'$filter':{'timestamp':{'$gt':2005}}}]",
                            new Query.Options(true, 7, 2, false, true, Budget.Limits.DEFAULT)),
                    mfr(
                            "[{'$filter':{'value':{'author':'%s'}}},{'$reduce':{'$count':true}}]"
                                    .formatted(author(3))),
                    operators("{'or':[{'author':'%s'},{'type':'vote'}]}".formatted(author(1))),
                    operators("{'type':'vote'}").counting());

    private static List<String> rows(PreparedQuery query) {
        try (var cursor = query.open()) {
            return QueryFixture.rows(cursor);
        }
    }

    @Test
    void askedAgainItOnlyCopies() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(60);
            for (var query : QUERIES) {
                var prepared = new PreparedQuery(fixture.engine, query);
                var first = rows(prepared);
                assertFalse(first.isEmpty());
                try (var cursor = prepared.open()) {
                    assertInstanceOf(AnswerCursor.class, cursor);
                    assertEquals(first, QueryFixture.rows(cursor));
                }
            }
        }
    }

    @Test
    void whoLeavesEarlyLeavesNoAnswer() {
        try (var fixture = new QueryFixture(ALL_VIEWS);
                var one = RecordBatch.allocate(4096, 1)) {
            fixture.fill(60);
            var prepared = new PreparedQuery(fixture.engine, QUERIES.getFirst());
            try (var cursor = prepared.open()) {
                assertEquals(1, cursor.next(one));
            }
            assertEquals(40, rows(prepared).size());
        }
    }

    @Test
    void aLiveQueryIsAskedEachTime() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(30);
            var options = new Query.Options(false, 0, 0, true, true, Budget.Limits.DEFAULT);
            var live = mfr("[{'$filter':{'value':{'content':{'type':'vote'}}}}]", options);
            var prepared = new PreparedQuery(fixture.engine, live);
            for (int i = 0; i < 2; i++) {
                try (var cursor = prepared.open()) {
                    assertInstanceOf(QueryCursor.class, cursor);
                    assertEquals(10 + i, QueryFixture.rows(cursor).size());
                    fixture.append(message(33 + 3 * i));
                    assertEquals(List.of(message(33 + 3 * i)), QueryFixture.rows(cursor));
                }
            }
        }
    }

    @Test
    void betweenAppendsAndDeletionsItIsTheAnswerOfNow() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        for (var views : new String[][] {ALL_VIEWS, {}}) {
            try (var fixture = new QueryFixture(views)) {
                var prepared =
                        QUERIES.stream()
                                .map(query -> new PreparedQuery(fixture.engine, query))
                                .toList();
                var seqs = new ArrayList<Long>();
                for (int i = 0; i < 300; i++) {
                    if (random.nextInt(3) > 0 || seqs.isEmpty()) {
                        seqs.add(fixture.append(message(i)));
                    } else {
                        fixture.feed.delete(seqs.remove(random.nextInt(seqs.size())));
                    }
                    int asked = random.nextInt(QUERIES.size());
                    var expected = fixture.rows(QUERIES.get(asked));
                    assertEquals(expected, rows(prepared.get(asked)), "step " + i);
                    assertEquals(expected, rows(prepared.get(asked)), "again, step " + i);
                }
            }
        }
    }

    /** The canary: an answer that is not asked how all stands goes wrong at once. */
    @Test
    void anAnswerOfBeforeIsNotTheAnswerOfNow() {
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(9);
            var standing = fixture.engine.standing();
            long seq = fixture.append(message(9));
            assertFalse(standing.isSameAs(fixture.engine.standing()));
            standing = fixture.engine.standing();
            fixture.feed.delete(seq);
            assertFalse(standing.isSameAs(fixture.engine.standing()));
        }
    }
}
