package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.view.example.ChannelsExample;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The views time, type, links, about and contacts against the slow oracle, after reopening. */
class ClassicViewsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path directory;
    private ViewFixture db;
    private ViewOracle oracle;

    @BeforeEach
    void openASecondTime() {
        var path = ViewFixture.unpack(directory);
        try (var first = new ViewFixture(path)) {
            for (var name : List.of("time", "type", "links", "about", "contacts")) {
                first.mount(name);
            }
        }
        db = new ViewFixture(path);
        oracle = new ViewOracle(db.log);
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void timeReadsByReceivedAndClaimedWithBounds() {
        var time = db.mount("time");
        var received = oracle.byTime(ViewOracle.Row::received);
        assertEquals(ViewOracle.seqs(received), read(time, Map.of()));
        var claimed = oracle.byTime(ViewOracle.Row::claimed);
        assertEquals(ViewOracle.seqs(claimed), read(time, "claimed", Map.of()));
        double low = received.get(700).received();
        double high = received.get(900).received();
        var between =
                received.stream().filter(r -> r.received() > low && r.received() <= high).toList();
        var options = new HashMap<>(Map.of("gt", "" + low, "lte", "" + high));
        assertEquals(ViewOracle.seqs(between), read(time, options));
        assertEquals("" + between.size(), value(time, "count", options));
        options.put("reverse", "true");
        options.put("limit", "50");
        var last = between.reversed().subList(0, 50);
        assertEquals(ViewOracle.seqs(last), read(time, options));
    }

    @Test
    void typeReadsWithAuthorAndChannelAndCountsThemAll() throws Exception {
        var type = db.mount("type");
        var counts = new HashMap<String, Integer>();
        for (var question : oracle.types().entrySet()) {
            var options = new HashMap<String, String>();
            var words = question.getKey();
            for (int i = 0; i < words.size(); i += 2) {
                options.put(words.get(i), words.get(i + 1));
            }
            var seqs = ViewOracle.seqs(question.getValue());
            assertEquals(seqs, read(type, options), words.toString());
            assertEquals("" + seqs.size(), value(type, "count", options));
            if (options.keySet().equals(Set.of("type"))) {
                counts.put(options.get("type"), seqs.size());
            }
        }
        var types = JSON.readTree(value(type, "types", Map.of()));
        assertEquals(counts.size(), types.size());
        counts.forEach((name, count) -> assertEquals(count, types.get(name).asInt()));
    }

    @Test
    void linksReadBySourceDestAndRelation() {
        var links = db.mount("links");
        var expected = oracle.directLinks();
        for (var question : expected.entrySet()) {
            var seqs = ViewOracle.seqs(question.getValue());
            assertEquals(seqs, read(links, question.getKey()), question.getKey().toString());
        }
        assertTrue(expected.size() > 5000);
    }

    @Test
    void aboutKnowsTheLatestAndTheSocialValue() throws Exception {
        var about = db.mount("about");
        int names = 0;
        for (var subject : oracle.abouts().entrySet()) {
            assertEquals(
                    ViewOracle.seqs(subject.getValue()),
                    read(about, Map.of("id", subject.getKey())));
            JsonNode last = null;
            JsonNode own = null;
            for (var row : subject.getValue()) {
                var name = row.content().path("name");
                if (!name.isMissingNode() && !name.isNull()) {
                    last = name;
                    boolean isOwn = row.value().get("author").asText().equals(subject.getKey());
                    own = isOwn ? name : own;
                    names++;
                }
            }
            var options = Map.of("id", subject.getKey(), "field", "name");
            assertEquals(String.valueOf(last), tree(value(about, "latest", options)));
            if (own != null) {
                assertEquals(own.toString(), tree(value(about, "socialValue", options)));
            }
        }
        assertTrue(names > 10, names + " names");
    }

    @Test
    void contactsKnowWhoFollowsWhomAndHowFarTheyAre() throws Exception {
        var contacts = db.mount("contacts");
        var follows = oracle.contacts("following");
        var blocks = oracle.contacts("blocking");
        var followers = new HashMap<String, Set<String>>();
        for (var from : follows.entrySet()) {
            assertEquals(from.getValue(), set(value(contacts, "follows", id(from.getKey()))));
            for (var to : from.getValue()) {
                followers.computeIfAbsent(to, _ -> new TreeSet<>()).add(from.getKey());
                var edge = Map.of("source", from.getKey(), "dest", to);
                assertEquals("true", value(contacts, "isFollowing", edge));
            }
        }
        for (var to : followers.entrySet()) {
            assertEquals(to.getValue(), set(value(contacts, "followers", id(to.getKey()))));
        }
        for (var from : blocks.entrySet()) {
            assertEquals(from.getValue(), set(value(contacts, "blocks", id(from.getKey()))));
        }
        for (var start : follows.keySet().stream().limit(20).toList()) {
            var expected = hops(follows, blocks.getOrDefault(start, Set.of()), start, 2);
            var found = JSON.readTree(value(contacts, "hops", Map.of("start", start, "max", "2")));
            assertEquals(expected.size(), found.size());
            expected.forEach((feed, hops) -> assertEquals(hops, found.get(feed).asInt()));
        }
        assertEquals(ViewOracle.seqs(oracle.naming()), read(contacts, Map.of()));
    }

    @Test
    void theExampleOfANewViewWorks() {
        var channels = db.feed.mount("channels", ChannelsExample::new);
        db.reachEnd(channels);
        var posts = new HashMap<Map<String, String>, List<ViewOracle.Row>>();
        for (var row : oracle.byTime(ViewOracle.Row::received)) {
            var channel = row.content().path("channel");
            if (channel.isTextual()) {
                var author = row.value().get("author").asText();
                ViewOracle.add(posts, Map.of("id", author, "channel", channel.asText()), row);
            }
        }
        posts.forEach(
                (asked, rows) -> {
                    assertEquals(ViewOracle.seqs(rows), read(channels, asked));
                    assertEquals("" + rows.size(), value(channels, "count", asked));
                });
        assertTrue(posts.size() > 3);
    }

    private static Map<String, Integer> hops(
            Map<String, Set<String>> follows, Set<String> blocked, String start, int max) {
        var hops = new HashMap<>(Map.of(start, 0));
        var next = new ArrayDeque<>(List.of(start));
        var seen = new HashSet<>(blocked);
        while (!next.isEmpty()) {
            var from = next.poll();
            if (hops.get(from) < max) {
                for (var to : follows.getOrDefault(from, Collections.emptySet())) {
                    if (!seen.contains(to) && hops.putIfAbsent(to, hops.get(from) + 1) == null) {
                        next.add(to);
                    }
                }
            }
        }
        return hops;
    }

    private static Map<String, String> id(String id) {
        return Map.of("id", id);
    }

    private static Set<String> set(String json) throws Exception {
        var found = new TreeSet<String>();
        JSON.readTree(json).forEach(node -> found.add(node.asText()));
        return found;
    }

    private static String tree(String json) throws Exception {
        return JSON.readTree(json).toString();
    }
}
