package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/** JSON strings: where one ends, and what its escapes stand for. */
final class JsonText {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;
    private static final long QUOTES = '"' * ONES;
    private static final long BACKSLASHES = '\\' * ONES;
    private static final long SPACES = ' ' * ONES;

    private JsonText() {}

    /**
     * Finds the end of a string.
     *
     * @param at its first byte, behind the opening quote
     * @param end of the record
     * @return {@code position of the closing quote << 2 | form}; -1 when the string is ill-formed
     */
    static long end(MemorySegment block, long at, long end) {
        long wordsEnd = Math.min(end, block.byteSize() - 7);
        long seen = 0;
        int form = 0;
        long p = at;
        while (p < end) {
            if (p < wordsEnd) {
                long word = block.get(Words.WORD, p);
                long stop = stops(word);
                if (stop == 0) {
                    seen |= word;
                    p += 8;
                    continue;
                }
                int bytes = Long.numberOfTrailingZeros(stop) >>> 3;
                seen |= word & ((1L << (bytes << 3)) - 1);
                p += bytes;
                if (p >= end) {
                    return -1;
                }
            }
            int c = block.get(Words.BYTE, p);
            if (c == '"') {
                return p << 2 | form | ((seen & HIGH) == 0 ? 0 : Span.NOT_ASCII);
            }
            if (c == '\\') {
                p = escapeEnd(block, p, end);
                form = Span.JSON_ESCAPES;
                if (p < 0) {
                    return -1;
                }
                continue;
            }
            if (c >= 0 && c < ' ') {
                return -1;
            }
            seen |= c;
            p++;
        }
        return -1;
    }

    /** High bit set in the first byte that is a quote, a backslash or below 0x20; 0 if none is. */
    private static long stops(long word) {
        return ((word ^ QUOTES) - ONES | (word ^ BACKSLASHES) - ONES | word - SPACES)
                & ~word
                & HIGH;
    }

    private static long escapeEnd(MemorySegment block, long at, long end) {
        if (at + 1 >= end) {
            return -1;
        }
        int c = block.get(Words.BYTE, at + 1);
        if (c == 'u') {
            return at + 6 <= end && unit(block, at + 2) >= 0 ? at + 6 : -1;
        }
        return simple(c) >= 0 ? at + 2 : -1;
    }

    /**
     * Adds the text of bytes {@code at .. end} to {@code out}; stops once it has {@code wanted}.
     */
    static void unescape(MemorySegment block, long at, long end, int wanted, Scratch out) {
        long p = at;
        while (p < end && out.length() < wanted) {
            int c = block.get(Words.BYTE, p);
            if (c != '\\') {
                int step = Utf8.sequence(block, p, end);
                if (step > 0) {
                    out.add(block, p, step);
                } else {
                    out.addCodePoint(0xFFFD);
                }
                p += Math.abs(step);
                continue;
            }
            int escape = block.get(Words.BYTE, p + 1);
            if (escape != 'u') {
                out.add(simple(escape));
                p += 2;
                continue;
            }
            int unit = unit(block, p + 2);
            p += 6;
            if (Character.isHighSurrogate((char) unit) && isLowEscape(block, p, end)) {
                unit = Character.toCodePoint((char) unit, (char) unit(block, p + 2));
                p += 6;
            }
            out.addCodePoint(unit);
        }
    }

    private static boolean isLowEscape(MemorySegment block, long at, long end) {
        return at + 6 <= end
                && block.get(Words.BYTE, at) == '\\'
                && block.get(Words.BYTE, at + 1) == 'u'
                && Character.isLowSurrogate((char) unit(block, at + 2));
    }

    private static int simple(int escape) {
        return switch (escape) {
            case '"', '\\', '/' -> escape;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> -1;
        };
    }

    /** The four hex digits at {@code at}; -1 when they are not. */
    private static int unit(MemorySegment block, long at) {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = hex(block.get(Words.BYTE, at + i));
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    private static int hex(int c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int letter = c | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }
}
