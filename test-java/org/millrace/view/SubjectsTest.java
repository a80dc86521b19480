package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.find;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Over 100,000 real messages, when {@code MILLRACE_SSB_LOG} names such a log (unpacked) with its
 * {@code subjects.json} beside it: the rows that are known, and every view's every answer.
 */
@EnabledIfEnvironmentVariable(named = "MILLRACE_SSB_LOG", matches = ".+")
class SubjectsTest {
    @TempDir Path directory;

    @Test
    void theSubjectsHaveTheirRowsAndEveryAnswerIsTheOracles() throws Exception {
        var source = Path.of(System.getenv("MILLRACE_SSB_LOG"));
        var path = directory.resolve("log.offset");
        Files.copy(source, path);
        var subjects = new ObjectMapper().readTree(source.resolveSibling("subjects.json").toFile());
        try (var db = new ViewFixture(path)) {
            var keys = db.mount("keys");
            var feeds = db.mount("feeds");
            var backlinks = db.mount("backlinks");
            assertTrue(find(keys, "get", subjects.get("lastKey").asText()) >= 0);
            for (var name : new String[] {"hotAuthor", "midAuthor"}) {
                assertRows(subjects.get(name), feeds, Map.of("id", id(subjects, name)));
            }
            assertMentions(db, backlinks, subjects.get("hotMention"));
            assertMentions(db, backlinks, subjects.get("midMention"));
            for (var name : new String[] {"Root", "Voted"}) {
                for (var heat : new String[] {"hot", "mid"}) {
                    var relation = name.equals("Voted") ? "vote" : "root";
                    var subject = heat + name;
                    var options = Map.of("id", id(subjects, subject), "relation", relation);
                    assertRows(subjects.get(subject), backlinks, options);
                }
            }
            var about = db.mount("about");
            var hot = subjects.get("hotAbout");
            var names = Map.of("id", hot.get(0).asText(), "field", "name");
            var given = new ObjectMapper().readTree(value(about, "history", names));
            assertEquals(hot.get(1).asInt(), given.size());
            var type = db.mount("type");
            for (var name : new String[] {"post", "vote", "about", "contact"}) {
                var count = subjects.get("types").get(name).asText();
                assertEquals(count, value(type, "count", Map.of("type", name)));
            }
            CoreViewsTest.assertEqualToOracle(
                    db, Map.of("keys", keys, "feeds", feeds, "backlinks", backlinks));
        }
    }

    /** The subject counts mentions; a message that mentions a feed twice is one row here. */
    private static void assertMentions(ViewFixture db, MountedView backlinks, JsonNode subject)
            throws IOException {
        var id = subject.get(0).asText();
        int mentions = 0;
        for (long seq : read(backlinks, Map.of("id", id, "relation", "mention"))) {
            var record = new byte[db.log.get(seq, MemorySegment.NULL)];
            db.log.get(seq, MemorySegment.ofArray(record));
            var content = new ObjectMapper().readTree(record).path("value").path("content");
            int before = mentions;
            for (var mention : content.path("mentions")) {
                mentions += mention.path("link").asText().equals(id) ? 1 : 0;
            }
            assertTrue(mentions > before, "record " + seq);
        }
        assertEquals(subject.get(1).asInt(), mentions);
    }

    private static String id(JsonNode subjects, String name) {
        return subjects.get(name).get(0).asText();
    }

    private static void assertRows(
            JsonNode subject, MountedView view, Map<String, String> options) {
        assertEquals(subject.get(1).asInt(), read(view, options).size(), subject.toString());
        assertEquals(subject.get(1).asText(), value(view, "count", options));
    }
}
