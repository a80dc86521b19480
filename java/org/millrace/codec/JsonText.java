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
        // Most strings are keys of a few bytes or references: their ends are found without a loop.
        if (at + Refs.LENGTH_MAX + 8 <= end) {
            long word = block.get(Words.WORD, at);
            long stop = stops(word);
            if (stop != 0) {
                int bits = Long.numberOfTrailingZeros(stop) & ~7;
                if ((word >>> bits & 0xFF) == '"') {
                    boolean isAscii = (word & (1L << bits) - 1 & HIGH) == 0;
                    return at + (bits >>> 3) << 2 | (isAscii ? Span.PLAIN : Span.NOT_ASCII);
                }
            } else if (isReferenceLong(block, at, Refs.LENGTH_MIN)) {
                return at + Refs.LENGTH_MIN << 2;
            } else if (isReferenceLong(block, at, Refs.LENGTH_MAX)) {
                return at + Refs.LENGTH_MAX << 2;
            }
        }
        return search(block, at, end);
    }

    /** Whether a quote follows exactly {@code length} (48..56) bytes that need no second look. */
    private static boolean isReferenceLong(MemorySegment block, long at, int length) {
        if (block.get(Words.BYTE, at + length) != '"') {
            return false;
        }
        long special =
                special(block.get(Words.WORD, at))
                        | special(block.get(Words.WORD, at + 8))
                        | special(block.get(Words.WORD, at + 16))
                        | special(block.get(Words.WORD, at + 24))
                        | special(block.get(Words.WORD, at + 32))
                        | special(block.get(Words.WORD, at + 40))
                        | special(block.get(Words.WORD, at + length - 8));
        return (special & HIGH) == 0;
    }

    /** High bits all clear when no byte is a quote, a backslash, below 0x20 or above 0x7F. */
    private static long special(long word) {
        return (word ^ QUOTES) - ONES | (word ^ BACKSLASHES) - ONES | word - SPACES | word;
    }

    private static long search(MemorySegment block, long at, long end) {
        long wordsEnd = Math.min(end, block.byteSize()) - 7;
        int form = Span.PLAIN;
        long p = at;
        while (true) {
            p = skipPlain(block, p, wordsEnd);
            if (p >= end) {
                return -1;
            }
            int c = block.get(Words.BYTE, p);
            if (c == '"') {
                return p << 2 | form;
            }
            if (c == '\\') {
                p = escapeEnd(block, p, end);
                form |= Span.JSON_ESCAPES;
                if (p < 0) {
                    return -1;
                }
            } else if (c < 0) {
                form |= Span.NOT_ASCII;
                p = skipHigh(block, p + 1, wordsEnd);
            } else if (c < ' ') {
                return -1;
            } else {
                p++;
            }
        }
    }

    /** Passes over plain bytes, whole words and then the rest of the word that stops it. */
    private static long skipPlain(MemorySegment block, long at, long wordsEnd) {
        // As small as can be: this loop reads most of the bytes of a log.
        long p = at;
        while (p < wordsEnd) {
            long special = special(block.get(Words.WORD, p)) & HIGH;
            if (special != 0) {
                return p + (Long.numberOfTrailingZeros(special) >>> 3);
            }
            p += 8;
        }
        return p;
    }

    /** Passes over words of text that is not ASCII. */
    private static long skipHigh(MemorySegment block, long at, long wordsEnd) {
        long p = at;
        while (p < wordsEnd) {
            long word = block.get(Words.WORD, p);
            long stop = stops(word);
            if (stop != 0) {
                return p + (Long.numberOfTrailingZeros(stop) >>> 3);
            }
            if ((word & HIGH) == 0) {
                return p + 8;
            }
            p += 8;
        }
        return p;
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
