package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.IntFunction;

/** Records made to exhaust the stack, the heap or the time of whoever reads them. */
class HostileRecordTest {
    private static final String ID = "%hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q=.sha256";
    private static final int MEGABYTES_16 = 16 << 20;

    @Test
    void sixteenMegabytesOfBracketsAreRead() {
        String half = "[".repeat(MEGABYTES_16 / 2);
        assertTrue(scan(half + "]".repeat(MEGABYTES_16 / 2)) != null, "closed");
        assertTrue(scan(half + half) == null, "open");
        assertTrue(scan("{\"a\":".repeat(MEGABYTES_16 / 5)) == null, "objects");
    }

    @Test
    void linksBeyondTheDepthAreOpaqueAndThoseBesideAreSeen() {
        String deep = "[".repeat(100_000) + "\"" + ID + "\"" + "]".repeat(100_000);
        var message = scan(content("{\"a\":" + deep + ",\"root\":\"" + ID + "\"}"));
        assertEquals(1, message.linkCount());
        assertEquals(Relation.ROOT, message.link(0).relation());
        assertEquals(ID, message.root().text());
    }

    @Test
    void equalAndUnequalKeysWithLinksTakeLinearTime() {
        String unequal = repeat(60_000, i -> "\"k" + i + "\":\"#c\"");
        String twice = unequal + "," + unequal;
        var message = scan(content("{" + unequal + "}"));
        assertEquals(60_000, message.linkCount());
        String more = repeat(1_000_000, i -> "\"x" + i + "\":1");
        assertEquals(60_000, scan(content("{" + unequal + "," + more + "}")).linkCount());
        String thirty = repeat(30_000, i -> "\"k" + i + "\":\"#c\"");
        assertEquals(30_000, scan(content("{" + thirty + "," + thirty + "}")).linkCount());
        assertTrue(scan(content("{" + twice + "}")).linksCut(), "more than LINKS_MAX came");
    }

    @Test
    void linksAreBounded() {
        var message = scan(content("[" + repeat(1_000_000, i -> "\"#c\"") + "]"));
        assertEquals(Message.LINKS_MAX, message.linkCount());
        assertTrue(message.linksCut());
        assertFalse(scan(content("{}")).linksCut());
    }

    @Test
    void longNumbersStringsAndEscapedKeysAreRead() {
        var message = scan(content("{\"name\":1" + "0".repeat(5_000_000) + "}"));
        assertEquals(Kind.OBJECT, message.span(Field.CONTENT).kind());
        String key = "\\u0061".repeat(500_000);
        scan(content("{\"" + key + "\":\"" + ID + "\",\"" + key + "\":\"" + ID + "\"}"));
        message = scan("{\"key\":\"" + "\\ud800".repeat(2_000_000) + "\"}");
        assertEquals(2_000_000, message.key().text().length());
        assertEquals(
                1e308 * 10, scan("{\"timestamp\":1" + "0".repeat(400) + "}").receivedTimestamp());
    }

    @Test
    void aMessageIsEmptyAfterARecordThatIsNone() {
        var message = scan(content("{\"root\":\"" + ID + "\"}"));
        try (var arena = Arena.ofConfined()) {
            var block = arena.allocateFrom("{\"key\":\"x\"", StandardCharsets.US_ASCII);
            assertFalse(Encoding.JSON.scanner().scan(block, 0, 10, message));
            assertFalse(message.key().isPresent());
            assertEquals(0, message.linkCount());
            assertEquals(-1, message.sequence());
        }
    }

    private static Message scan(String record) {
        byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
        return assertTimeout(Duration.ofSeconds(120), () -> scan(bytes));
    }

    private static Message scan(byte[] bytes) {
        var arena = Arena.ofAuto();
        var block = arena.allocate(bytes.length);
        block.copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes));
        var message = new Message();
        return Encoding.JSON.scanner().scan(block, 0, bytes.length, message) ? message : null;
    }

    private static String content(String content) {
        return "{\"key\":\""
                + ID
                + "\",\"value\":{\"previous\":null,\"author\":\"@a\",\"sequence\":1,\"timestamp\":1,"
                + "\"hash\":\"sha256\",\"content\":"
                + content
                + ",\"signature\":\"s\"},\"timestamp\":2}";
    }

    private static String repeat(int count, IntFunction<String> each) {
        var out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.append(i > 0 ? "," : "").append(each.apply(i));
        }
        return out.toString();
    }
}
