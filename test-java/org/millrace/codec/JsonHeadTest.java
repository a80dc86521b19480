package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** What the head of a message shows must be what a scan of all of it shows. */
class JsonHeadTest {
    private static final List<Field> FIELDS =
            List.of(
                    Field.KEY,
                    Field.PREVIOUS,
                    Field.AUTHOR,
                    Field.SEQUENCE,
                    Field.CLAIMED,
                    Field.HASH,
                    Field.TYPE);
    private static final String OUTER =
            """
            {"key":"%k","value":{"previous":null,"author":"@a","sequence":1,"timestamp":2.5,\
            "hash":"sha256","content":\
            """;
    private static final String BEHIND = ",\"signature\":\"s\"},\"timestamp\":3}";

    private final Scanner scanner = Encoding.JSON.scanner();
    private final Message whole = new Message();
    private final Message part = new Message();

    @Test
    void headsOfRealMessagesReadAsTheWhole() {
        int read = 0;
        for (byte[] record : Samples.messages()) {
            for (var last : FIELDS) {
                read += agrees(record, last) ? 1 : 0;
            }
        }
        int all = Samples.messages().size() * FIELDS.size();
        assertTrue(read > all / 2, "only " + read + " of " + all + " heads were enough");
    }

    @Test
    void contentDecidesWhetherTheHeadIsEnough() {
        assertTrue(agrees(OUTER + "{\"type\":\"post\"}" + BEHIND));
        assertTrue(agrees(OUTER + "{\"type\":\"post\",\"text\":\"x\"}" + BEHIND));
        assertTrue(agrees(OUTER + "{\"type\":\"p\\u00f6\\\"st\",\"a\":[]}" + BEHIND));
        assertTrue(agrees(OUTER + "\"abc.box\"" + BEHIND));
        assertFalse(agrees(OUTER + "{\"text\":\"x\",\"type\":\"post\"}" + BEHIND));
        assertFalse(agrees(OUTER + "{\"type\":null}" + BEHIND));
        assertFalse(agrees(OUTER + "{\"type\" :\"post\"}" + BEHIND));
        assertFalse(agrees(OUTER + "{\"type\":\"post\" }" + BEHIND));
        assertFalse(agrees(OUTER + "{}" + BEHIND));
        assertFalse(agrees(OUTER + "null" + BEHIND));
    }

    @Test
    void headThatIsCutIsLeftToTheScanner() {
        byte[] record = (OUTER + "{\"type\":\"post\"").getBytes(StandardCharsets.UTF_8);
        var head = JsonHead.of(Set.of(Field.TYPE.ordinal()));
        for (int length = 0; length <= record.length; length++) {
            assertFalse(head.scan(MemorySegment.ofArray(record), 0, length, part), "at " + length);
        }
        var longType = OUTER + "{\"type\":\"" + "x".repeat(600) + "\"}" + BEHIND;
        assertFalse(agrees(longType));
    }

    @Test
    void headIsOfferedForWhatStandsInItOnly() {
        assertNull(JsonHead.of(Set.of()));
        assertNull(JsonHead.of(Set.of(Field.TYPE.ordinal(), Field.ROOT.ordinal())));
        assertNull(JsonHead.of(Set.of(Field.CONTENT.ordinal())));
        assertNull(JsonHead.of(Set.of(new Paths().add("value", "content", "name"))));
    }

    private boolean agrees(String record) {
        return agrees(record.getBytes(StandardCharsets.UTF_8), Field.TYPE);
    }

    /** False when the head was not enough. */
    private boolean agrees(byte[] record, Field last) {
        var head = JsonHead.of(Set.of(last.ordinal()));
        var block = MemorySegment.ofArray(record);
        if (!head.scan(block, 0, record.length, part)) {
            return false;
        }
        assertTrue(scanner.scan(block, 0, record.length, whole));
        for (var field : FIELDS.subList(0, FIELDS.indexOf(last) + 1)) {
            var expected = whole.span(field);
            var found = part.span(field);
            assertEquals(expected.kind(), found.kind(), field.name());
            assertEquals(expected.text(), found.text(), field.name());
            assertEquals(expected.number(), found.number(), field.name());
        }
        return true;
    }
}
