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
    private static final Text KEY = new Text("{\"key\":\"");
    private static final Text PREVIOUS = new Text(",\"value\":{\"previous\":");
    private static final Text AUTHOR = new Text(",\"author\":\"");
    private static final Text SEQUENCE = new Text(",\"sequence\":");
    private static final Text TIMESTAMP = new Text(",\"timestamp\":");
    private static final Text HASH = new Text(",\"hash\":\"");
    private static final Text CONTENT = new Text(",\"content\":");
    private static final Text SIGNATURE = new Text(",\"signature\":\"");
    private static final Text RECEIVED = new Text("},\"timestamp\":");

    private final JsonNumber number;
    private byte[] block;
    private int end;
    private Message message;

    CanonicalJson(JsonNumber number) {
        this.number = number;
    }

    /** True when the record was in canonical order; false when the general scan must do it. */
    boolean scan(JsonScanner scanner, Walk walk, Message message, int length) {
        this.message = message;
        block = message.bytes();
        end = length;
        int p = string(Field.KEY, KEY, 0);
        int value = p + VALUE_OFFSET;
        p = previous(p);
        p = authorAndSequence(p);
        p = number(Field.CLAIMED, TIMESTAMP, p);
        p = string(Field.HASH, HASH, p);
        p = CONTENT.behind(block, p, end);
        if (p < 0) {
            return false;
        }
        walk.enterContent();
        p = scanner.value(p);
        p = string(Field.SIGNATURE, SIGNATURE, p);
        int valueEnd = p + 1;
        p = number(Field.RECEIVED, RECEIVED, p);
        if (p < 0 || p + 1 != end || block[p] != '}') {
            return false;
        }
        message.span(Field.RECORD).set(Kind.OBJECT, 0, end, Span.PLAIN);
        message.span(Field.VALUE).set(Kind.OBJECT, value, valueEnd - value, Span.PLAIN);
        return true;
    }

    /** From the key's end to the brace behind {@code ,"value":}. */
    private static final int VALUE_OFFSET = 9;

    private int previous(int at) {
        int p = PREVIOUS.behind(block, at, end);
        if (p < 0) {
            return -1;
        }
        if (block[p] == '"') {
            return stringEnd(Field.PREVIOUS, p + 1);
        }
        if (p + 4 > end || Words.head(block, p, 4) != NULL) {
            return -1;
        }
        message.span(Field.PREVIOUS).set(Kind.NULL, p, 4, Span.PLAIN);
        return p + 4;
    }

    private static final long NULL = 'n' | 'u' << 8 | 'l' << 16 | (long) 'l' << 24;

    private int authorAndSequence(int at) {
        int p = string(Field.AUTHOR, AUTHOR, at);
        return p >= 0
                ? number(Field.SEQUENCE, SEQUENCE, p)
                : string(Field.AUTHOR, AUTHOR, number(Field.SEQUENCE, SEQUENCE, at));
    }

    private int string(Field field, Text before, int at) {
        int p = before.behind(block, at, end);
        return p < 0 ? -1 : stringEnd(field, p);
    }

    private int stringEnd(Field field, int at) {
        int found = JsonText.end(block, at, end);
        if (found < 0) {
            return -1;
        }
        int quote = found >>> 2;
        message.span(field).set(Kind.STRING, at, quote - at, found & 3);
        return quote + 1;
    }

    private int number(Field field, Text before, int at) {
        int p = before.behind(block, at, end);
        int behind = p < 0 ? -1 : number.read(block, p, end, true);
        if (behind >= 0) {
            message.span(field).setNumber(p, behind - p, number.value());
        }
        return behind;
    }

    /** Bytes that are expected; compared a word at a time, the last word overlapping. */
    private static final class Text {
        private final long first;
        private final long second;
        private final long last;
        private final int length;

        Text(String text) {
            byte[] bytes = Words.ascii(text);
            length = text.length();
            first = Words.word(bytes, 0);
            last = Words.word(bytes, length - 8);
            second = length >= 16 ? Words.word(bytes, 8) : last;
        }

        /** Position behind this text when it stands at {@code at}, else -1; -1 for -1. */
        int behind(byte[] block, int at, int end) {
            if (at < 0 || at + length > end) {
                return -1;
            }
            boolean equal =
                    Words.word(block, at) == first
                            && Words.word(block, at + length - 8) == last
                            && (length < 16 || Words.word(block, at + 8) == second);
            return equal ? at + length : -1;
        }
    }
}
