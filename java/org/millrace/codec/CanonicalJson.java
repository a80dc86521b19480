package org.millrace.codec;

import java.lang.foreign.MemorySegment;

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
    private MemorySegment block;
    private long end;
    private Message message;

    CanonicalJson(JsonNumber number) {
        this.number = number;
    }

    /** True when the record was in canonical order; false when the general scan must do it. */
    boolean scan(
            JsonScanner scanner,
            Walk walk,
            Message message,
            MemorySegment block,
            long offset,
            long end) {
        this.block = block;
        this.end = end;
        this.message = message;
        return scan(scanner, walk, offset);
    }

    private boolean scan(JsonScanner scanner, Walk walk, long offset) {
        long p = string(Field.KEY, KEY, offset);
        long value = p + VALUE_OFFSET;
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
        long valueEnd = p + 1;
        p = number(Field.RECEIVED, RECEIVED, p);
        if (p < 0 || p + 1 != end || block.get(Words.BYTE, p) != '}') {
            return false;
        }
        message.span(Field.RECORD).set(Kind.OBJECT, offset, end - offset, Span.PLAIN);
        message.span(Field.VALUE).set(Kind.OBJECT, value, valueEnd - value, Span.PLAIN);
        return true;
    }

    /** From the key's end to the brace behind {@code ,"value":}. */
    private static final int VALUE_OFFSET = 9;

    private long previous(long at) {
        long p = PREVIOUS.behind(block, at, end);
        if (p < 0 || p >= end) {
            return -1;
        }
        if (block.get(Words.BYTE, p) == '"') {
            return stringEnd(Field.PREVIOUS, p + 1);
        }
        if (p + 4 > end || Words.head(block, p, 4) != NULL) {
            return -1;
        }
        message.span(Field.PREVIOUS).set(Kind.NULL, p, 4, Span.PLAIN);
        return p + 4;
    }

    private static final long NULL = 'n' | 'u' << 8 | 'l' << 16 | (long) 'l' << 24;

    private long authorAndSequence(long at) {
        long p = string(Field.AUTHOR, AUTHOR, at);
        return p >= 0
                ? number(Field.SEQUENCE, SEQUENCE, p)
                : string(Field.AUTHOR, AUTHOR, number(Field.SEQUENCE, SEQUENCE, at));
    }

    private long string(Field field, Text before, long at) {
        long p = before.behind(block, at, end);
        return p < 0 ? -1 : stringEnd(field, p);
    }

    private long stringEnd(Field field, long at) {
        long found = JsonText.end(block, at, end);
        if (found < 0) {
            return -1;
        }
        long quote = found >>> 2;
        message.span(field).set(Kind.STRING, at, quote - at, (int) found & 3);
        return quote + 1;
    }

    private long number(Field field, Text before, long at) {
        long p = before.behind(block, at, end);
        long behind = p < 0 ? -1 : number.read(block, p, end, true);
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
            var bytes = Words.ascii(text);
            length = text.length();
            first = Words.word(bytes, 0);
            last = Words.word(bytes, length - 8);
            second = length >= 16 ? Words.word(bytes, 8) : last;
        }

        /** Position behind this text when it stands at {@code at}, else -1; -1 for -1. */
        long behind(MemorySegment block, long at, long end) {
            if (at < 0 || at + length > end) {
                return -1;
            }
            boolean equal =
                    block.get(Words.WORD, at) == first
                            && block.get(Words.WORD, at + length - 8) == last
                            && (length < 16 || block.get(Words.WORD, at + 8) == second);
            return equal ? at + length : -1;
        }
    }
}
