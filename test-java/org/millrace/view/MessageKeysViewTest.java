package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.log.offset.OffsetLog;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What Java leaves to the host's map: each record once, until its keys have come. */
class MessageKeysViewTest {
    private static final int MESSAGES = 100;
    private static final int AT_ONCE = 32;
    private static final String BOX = "\"c2VjcmV0.box\"";
    private static final byte KEY = 0x20; // any, behind the mark

    @TempDir private Path directory;
    private final List<Long> seqs = new ArrayList<>();

    @BeforeEach
    void aLogWhoseEverySecondMessageIsEncrypted() {
        try (var log = OffsetLog.open(path())) {
            for (int i = 0; i < MESSAGES; i++) {
                seqs.add(log.append(message(i, i % 2 == 0 ? BOX : "{\"type\":\"post\"}")));
            }
        }
    }

    @Test
    void whatIsLeftComesInOrderAFewAtATimeAndIsOverWhenItWasBrought() {
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            assertEquals(plain(), read(links.mounted(), Map.of()));
            assertTrue(links.hasLeft());
            assertEquals(
                    left(boxed().subList(0, AT_ONCE)), value(links.mounted(), "left", Map.of()));
            bring(links, boxed().subList(0, AT_ONCE));
            assertTrue(links.hasLeft());
            var rest = boxed().subList(AT_ONCE, boxed().size());
            assertEquals(left(rest), value(links.mounted(), "left", Map.of()));
            bring(links, rest);
            assertFalse(links.hasLeft());
            assertEquals(new TreeSet<>(seqs), all(links));
        }
    }

    @Test
    void itGoesOnAfterReopeningWhereTheHostWas() {
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            db.feed.checkpoint(); // what comes now comes after all records
            bring(links, boxed().subList(0, AT_ONCE));
        }
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            assertTrue(links.hasLeft());
            var rest = boxed().subList(AT_ONCE, boxed().size());
            assertEquals(left(rest), value(links.mounted(), "left", Map.of()));
            bring(links, rest);
        }
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            assertFalse(links.hasLeft());
            assertEquals(new TreeSet<>(seqs), all(links));
        }
    }

    @Test
    void whatWasDeletedIsNotLeftAndWhereTheHostWasIsFoundWithoutIt() {
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            bring(links, boxed().subList(0, 2));
            bring(links, boxed().subList(2, 3));
            db.feed.delete(boxed().get(2));
            db.feed.delete(boxed().get(3));
        }
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            var rest = boxed().subList(4, 4 + AT_ONCE);
            assertEquals(left(rest), value(links.mounted(), "left", Map.of()));
            assertEquals(new TreeSet<>(plainAnd(boxed().subList(0, 2))), all(links));
        }
    }

    @Test
    void keysOfABeginningThatIsOverAreNotTakenIn() {
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            int before = links.mounted().beginnings();
            db.feed.rebuild(links.mounted());
            db.reachEnd(links.mounted());
            bring(links, before, boxed().subList(0, 3));
            assertEquals(new TreeSet<>(plain()), all(links));
            assertTrue(links.hasLeft());
        }
    }

    @Test
    void allIsLeftFromWhereOnTheHostSeesItOtherwise() {
        try (var db = new ViewFixture(path())) {
            var links = mount(db);
            bring(links, boxed());
            links.leaveAll();
            long last = db.log.append(message(MESSAGES, "{\"type\":\"post\"}"));
            db.reachEnd(links.mounted());
            assertEquals(left(List.of(last)), value(links.mounted(), "left", Map.of()));
        }
    }

    private Path path() {
        return directory.resolve("log.offset");
    }

    private static MessageKeysView mount(ViewFixture db) {
        var links = MessageKeysView.mount(db.feed, "links", "links");
        db.reachEnd(links.mounted());
        return links;
    }

    private void bring(MessageKeysView to, List<Long> of) {
        bring(to, to.mounted().beginnings(), of);
    }

    private void bring(MessageKeysView to, int beginning, List<Long> of) {
        try (var keys = RecordBatch.allocate(of.size() * 2, of.size())) {
            for (int i = 0; i < of.size(); i++) {
                keys.data().set(KeyOrder.BYTE, i * 2L, KEY);
                keys.data().set(KeyOrder.BYTE, i * 2L + 1, (byte) seqs.indexOf(of.get(i)));
                keys.add(of.get(i), i * 2, 2);
            }
            to.bring(beginning, of.getLast(), keys);
        }
    }

    private static TreeSet<Long> all(MessageKeysView of) {
        return new TreeSet<>(read(of.mounted(), Map.of()));
    }

    private List<Long> boxed() {
        return seqs.stream().filter(seq -> seqs.indexOf(seq) % 2 == 0).toList();
    }

    private List<Long> plain() {
        return seqs.stream().filter(seq -> seqs.indexOf(seq) % 2 == 1).toList();
    }

    private Collection<Long> plainAnd(List<Long> others) {
        var both = new TreeSet<>(plain());
        both.addAll(others);
        return both;
    }

    private static String left(List<Long> seqs) {
        String list = seqs.stream().map(String::valueOf).collect(Collectors.joining(","));
        return "{\"seqs\":[" + list + "],\"upTo\":" + seqs.getLast() + "}";
    }

    private static MemorySegment message(int number, String content) {
        String json =
                "{\"key\":\"%%%d\",\"value\":{\"author\":\"@a\",\"sequence\":%d,\"timestamp\":%d,"
                        + "\"content\":%s},\"timestamp\":%d}";
        return MemorySegment.ofArray(
                json.formatted(number, number, number, content, number)
                        .getBytes(StandardCharsets.UTF_8));
    }
}
