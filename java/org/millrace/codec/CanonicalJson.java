package org.millrace.codec;

/**
 * The fast path for JSON: expects the keys of an SSB message as {@code JSON.stringify} writes them.
 *
 * <pre>
 * {"key":"…","value":{"previous":…,"author":"…","sequence":…,"timestamp":…,"hash":"…","content":…,
 * "signature":"…"},"timestamp":…}
 * </pre>
 *
 * <p>In messages of before 2016 the sequence stands before the author; that is expected too. The
 * content is walked as any other value. Gives up on the first byte that differs, so it knows no
 * escapes, white space or equal keys outside of the content: {@link JsonScanner} has the rules.
 */
final class CanonicalJson {
    private static final Step KEY = new Step(Field.KEY, "{\"key\":");
    private static final Step PREVIOUS = new Step(Field.PREVIOUS, ",\"value\":{\"previous\":");
    private static final Step AUTHOR = new Step(Field.AUTHOR, ",\"author\":");
    private static final Step SEQUENCE = new Step(Field.SEQUENCE, ",\"sequence\":");
    private static final Step CLAIMED = new Step(Field.CLAIMED, ",\"timestamp\":");
    private static final Step HASH = new Step(Field.HASH, ",\"hash\":");
    private static final Step CONTENT = new Step(Field.CONTENT, ",\"content\":");
    private static final Step SIGNATURE = new Step(Field.SIGNATURE, ",\"signature\":");
    private static final Step RECEIVED = new Step(Field.RECEIVED, "},\"timestamp\":");

    private static final Step[] AUTHOR_FIRST = {
        KEY, PREVIOUS, AUTHOR, SEQUENCE, CLAIMED, HASH, CONTENT, SIGNATURE, RECEIVED
    };
    private static final Step[] SEQUENCE_FIRST = {
        KEY, PREVIOUS, SEQUENCE, AUTHOR, CLAIMED, HASH, CONTENT, SIGNATURE, RECEIVED
    };
    private static final int FIRST_THAT_DIFFERS = 2;

    private static final String NULL = "null";
    private static final long NULL_WORD = Words.head(Words.ascii(NULL), 0, NULL.length());

    private final JsonNumber number;
    private byte[] block;
    private int end;
    private Message message;

    /** Where the value of each step begins. */
    private final int[] starts = new int[AUTHOR_FIRST.length];

    CanonicalJson(JsonNumber number) {
        this.number = number;
    }

    /** True when the record was in canonical order; false when the general scan must do it. */
    boolean scan(JsonScanner scanner, Walk walk, Message message, int length) {
        this.message = message;
        block = message.bytes();
        end = length;
        var steps = AUTHOR_FIRST;
        int p = 0;
        // One loop: the code that reads a value is large and stands here once.
        for (int i = 0; i < steps.length; i++) {
            if (i == FIRST_THAT_DIFFERS && !AUTHOR.isAt(block, p, end)) {
                steps = SEQUENCE_FIRST;
            }
            var step = steps[i];
            if (!step.isAt(block, p, end)) {
                return false;
            }
            p += step.length;
            starts[i] = p;
            if (step == CONTENT) {
                walk.enterContent();
                p = scanner.value(p);
            } else {
                p = scalar(step.field, p);
            }
            if (p < 0) {
                return false;
            }
        }
        if (p + 1 != end || block[p] != '}') {
            return false;
        }
        int value = starts[1] - "{\"previous\":".length();
        int valueEnd = starts[steps.length - 1] - ",\"timestamp\":".length();
        message.span(Field.VALUE).set(Kind.OBJECT, value, valueEnd - value, Span.PLAIN);
        message.span(Field.RECORD).set(Kind.OBJECT, 0, end, Span.PLAIN);
        return true;
    }

    /** Reads a string, null or number; returns the position behind it, -1 for anything else. */
    private int scalar(Field field, int at) {
        if (block[at] == '"') {
            int found = JsonText.end(block, at + 1, end);
            if (found < 0) {
                return -1;
            }
            int quote = found >>> 2;
            message.span(field).set(Kind.STRING, at + 1, quote - at - 1, found & 3);
            return quote + 1;
        }
        if (Words.head(block, at, NULL.length()) == NULL_WORD) {
            message.span(field).set(Kind.NULL, at, NULL.length(), Span.PLAIN);
            return at + NULL.length();
        }
        int behind = number.read(block, at, end, true);
        if (behind >= 0) {
            message.span(field).setNumber(at, behind - at, number.value());
        }
        return behind;
    }

    /** A key with what stands before it; compared a word at a time, the last word overlapping. */
    private static final class Step {
        final Field field;
        final int length;
        private final long first;
        private final long second;
        private final long last;
        private final long mask;
        private final int secondAt;
        private final int lastAt;

        Step(Field field, String text) {
            this.field = field;
            byte[] bytes = Words.ascii(text);
            length = text.length();
            mask = length >= 8 ? -1 : (1L << length * 8) - 1;
            lastAt = Math.max(0, length - 8);
            secondAt = Math.min(8, lastAt);
            first = Words.word(bytes, 0) & mask;
            second = Words.word(bytes, secondAt) & mask;
            last = Words.word(bytes, lastAt) & mask;
        }

        boolean isAt(byte[] block, int at, int end) {
            return at + length <= end
                    && (Words.word(block, at) & mask) == first
                    && (Words.word(block, at + secondAt) & mask) == second
                    && (Words.word(block, at + lastAt) & mask) == last;
        }
    }
}
