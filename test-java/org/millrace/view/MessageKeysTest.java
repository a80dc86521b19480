package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Of which messages Java is certain. That the keys are right is shown beside ssb-db's own maps, in
 * {@code test-js/interop/stack/db.test.js}.
 */
class MessageKeysTest {
    private static final String ID = "A".repeat(43) + "=.sha256";
    private static final String MESSAGE =
            "{\"key\":\"%%%1$s\",\"value\":{\"previous\":null,\"author\":\"@a\",\"sequence\":1,"
                    + "\"timestamp\":5,\"hash\":\"sha256\",\"content\":%2$s,\"signature\":\"s\"},"
                    + "\"timestamp\":9}";
    private static final int LEFT = -1;

    private static final class Counter implements MessageKeys.Sink {
        private final KeyWriter writer = new KeyWriter();
        private int begun;
        private int ended;

        @Override
        public KeyWriter begin() {
            begun++;
            return writer.begin();
        }

        @Override
        public void end() {
            ended++;
        }
    }

    /** How many keys a message has; LEFT when that is not certain. */
    private static int count(String index, String content) {
        byte[] json =
                MESSAGE.formatted(ID, content.replace("X", ID)).getBytes(StandardCharsets.UTF_8);
        var block = MemorySegment.ofArray(Arrays.copyOf(json, json.length + 8));
        var message = new Message();
        Encoding.JSON.scanner().scan(block, 0, json.length, message);
        var keys = new Counter();
        boolean isCertain = MessageKeys.of(index).make(message, keys);
        assertEquals(keys.begun, keys.ended);
        if (!isCertain) {
            assertEquals(0, keys.begun, "none of what is left");
        }
        return isCertain ? keys.begun : LEFT;
    }

    @Test
    void aPlainMessageHasItsKeys() {
        for (String index : new String[] {"clock", "time", "feed", "links"}) {
            assertEquals(1, count(index, "{\"type\":\"post\"}"), index);
        }
        assertEquals(
                5, count("links", "{\"type\":\"post\",\"a\":\"%X\",\"b\":[{\"link\":\"&X\"}]}"));
    }

    @Test
    void whatMayBeOpenedOrSeenOtherwiseIsLeftToTheMap() {
        String[] contents = {
            "\"c2VjcmV0.box\"",
            "[\"%X\"]",
            "{\"a\":\"%X?unbox=k\"}",
            "{\"a\":{\"0\":\"%X\"}}",
            "{\"a\":{\"\\u0030\":\"%X\"}}",
            "{\"content\":{\"type\":\"post\"}}",
            "{\"cont\\u0065nt\":{\"type\":\"post\"}}",
            "{\"value\":1}",
            "{\"channel\":\"%X\"}",
            "{\"a\":\"@AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=xsha256\"}",
            "{\"type\":\"" + "\u00fc".repeat(20) + "\"}"
        };
        for (String content : contents) {
            assertEquals(LEFT, count("links", content), content);
        }
    }

    @Test
    void aKeyThatMayBeTooLongIsLeftWithTheOthersOfItsMessage() {
        String relation = "r".repeat(33_000);
        assertEquals(LEFT, count("links", "{\"type\":\"post\",\"" + relation + "\":\"%X\"}"));
    }

    @Test
    void anotherIndexIsRefused() {
        assertThrows(MillraceException.class, () -> MessageKeys.of("posts"));
    }
}
