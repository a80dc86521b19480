package org.millrace.codec;

/** JSON strings: where one ends, and what its escapes stand for. */
final class JsonText {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;
    private static final long TWOS = 2 * ONES;
    private static final long BELOW = 0x21 * ONES;
    private static final long BACKSLASHES = '\\' * ONES;

    private JsonText() {}

    /**
     * Finds the end of a string. A quote stands behind the record, so that every search ends.
     *
     * @param at its first byte, behind the opening quote
     * @param end of the record
     * @return {@code position of the closing quote << 2 | form}; -1 when the string is ill-formed
     */
    static int end(byte[] block, int at, int end) {
        // Most strings are keys of a few bytes or references: their ends are found without a loop.
        // As little code as can be: it stands inlined in several places, and the JIT works on it
        // while the first view of a program is being built.
        long special = special(Words.word(block, at)) & HIGH;
        int p = at + 8;
        if (special != 0) {
            p = at + firstByte(special);
            if (block[p] == '"' && p < end) {
                return p << 2;
            }
        } else {
            int quote = at + Refs.LENGTH_MIN;
            // A branch that is foreseen, where a choice of addresses would have to be waited for.
            if (block[quote] != '"') {
                quote = at + Refs.LENGTH_MAX;
            }
            if (block[quote] == '"' && quote < end && isPlain(block, p, quote)) {
                return quote << 2;
            }
        }
        return search(block, p, end);
    }

    /** Whether a reference's bytes behind the first word need no second look. */
    private static boolean isPlain(byte[] block, int at, int end) {
        long special =
                special(Words.word(block, at))
                        | special(Words.word(block, at + 8))
                        | special(Words.word(block, at + 16))
                        | special(Words.word(block, at + 24))
                        | special(Words.word(block, at + 32))
                        | special(Words.word(block, end - 8));
        return (special & HIGH) == 0;
    }

    /**
     * High bits all clear when no byte is a quote, a backslash, below 0x20 or above 0x7F. Below
     * 0x20 or a quote (0x22) is below 0x21 when the bit of 2 is turned over.
     */
    private static long special(long word) {
        return (word ^ TWOS) - BELOW | (word ^ BACKSLASHES) - ONES | word;
    }

    private static int search(byte[] block, int at, int end) {
        int form = Span.PLAIN;
        int p = at;
        while (true) {
            p = skipPlain(block, p);
            if (p >= end) {
                return -1;
            }
            int c = block[p];
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
                p = skipHigh(block, p + 1);
            } else {
                return -1;
            }
        }
    }

    /** Passes over plain bytes, 32 at a time: this loop reads most of the bytes of a log. */
    private static int skipPlain(byte[] block, int at) {
        int p = at;
        while (true) {
            long first = special(Words.word(block, p));
            long second = special(Words.word(block, p + 8));
            long third = special(Words.word(block, p + 16));
            long fourth = special(Words.word(block, p + 24));
            if (((first | second | third | fourth) & HIGH) != 0) {
                if (((first | second) & HIGH) == 0) {
                    p += 16;
                    first = third;
                    second = fourth;
                }
                return (first & HIGH) != 0 ? p + firstByte(first) : p + 8 + firstByte(second);
            }
            p += 32;
        }
    }

    /** Passes over words of text that is not ASCII. */
    private static int skipHigh(byte[] block, int at) {
        int p = at;
        while (true) {
            long word = Words.word(block, p);
            long stop = stops(word);
            if (stop != 0) {
                return p + firstByte(stop);
            }
            p += 8;
            if ((word & HIGH) == 0) {
                return p;
            }
        }
    }

    /** Which byte has the first high bit that is set. */
    private static int firstByte(long word) {
        return Long.numberOfTrailingZeros(word & HIGH) >>> 3;
    }

    /** High bit set in the first byte that is a quote, a backslash or below 0x20; 0 if none is. */
    private static long stops(long word) {
        return ((word ^ TWOS) - BELOW | (word ^ BACKSLASHES) - ONES) & ~word & HIGH;
    }

    private static int escapeEnd(byte[] block, int at, int end) {
        if (at + 1 >= end) {
            return -1;
        }
        int c = block[at + 1];
        if (c == 'u') {
            return at + 6 <= end && unit(block, at + 2) >= 0 ? at + 6 : -1;
        }
        return simple(c) >= 0 ? at + 2 : -1;
    }

    /**
     * Adds the text of bytes {@code at .. end} to {@code out}; stops once it has {@code wanted}.
     */
    static void unescape(byte[] block, int at, int end, int wanted, Scratch out) {
        int p = at;
        while (p < end && out.length() < wanted) {
            int c = block[p];
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
            int escape = block[p + 1];
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

    private static boolean isLowEscape(byte[] block, int at, int end) {
        return at + 6 <= end
                && block[at] == '\\'
                && block[at + 1] == 'u'
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
    static int unit(byte[] block, int at) {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = hex(block[at + i]);
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
