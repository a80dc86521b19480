package org.millrace.codec;

import java.nio.charset.StandardCharsets;

/** Reads a JSON number: where it ends, and which double it is. Reused. */
final class JsonNumber {
    /** So many digits are exact in a double without a correctly rounding parser. */
    private static final int DIGITS_EXACT = 15;

    private static final long ZEROS = 0x3030_3030_3030_3030L;
    private static final long HIGH = 0x8080_8080_8080_8080L;

    private double value;

    /** The number read last, when it was wanted. */
    double value() {
        return value;
    }

    /**
     * Reads the number at {@code at}.
     *
     * @param wanted whether {@link #value} will be asked for
     * @return position behind it, -1 when there is none
     */
    int read(byte[] block, int at, int end, boolean wanted) {
        int p = readShort(block, at);
        if (p >= 0 && p < end) {
            return p;
        }
        p = end(block, at, end);
        if (p >= 0 && wanted) {
            value = parse(block, at, p - at);
        }
        return p;
    }

    /** Reads up to 15 digits, eight at a time; -1 when it is another kind of number. */
    private int readShort(byte[] block, int at) {
        long word = Words.word(block, at);
        int digits = digits(word);
        long result = eight(word, digits);
        if (digits == 8) {
            long next = Words.word(block, at + 8);
            int more = digits(next);
            if (more == 8) {
                return -1;
            }
            result = result * POWERS[more] + eight(next, more);
            digits += more;
        }
        int first = (int) word & 0xFF;
        int behind = block[at + digits];
        if (digits == 0 || first == '0' && digits > 1 || behind == '.' || (behind | 0x20) == 'e') {
            return -1;
        }
        value = result;
        return at + digits;
    }

    /** How many bytes of the word, from the first on, are digits. */
    private static int digits(long word) {
        long low = word ^ ZEROS;
        // A digit is 0..9 here: adding 0x76 leaves its high bit clear.
        long other = ((low & ~HIGH) + 0x7676_7676_7676_7676L | low) & HIGH;
        return other == 0 ? 8 : Long.numberOfTrailingZeros(other) >>> 3;
    }

    /** The value of the first {@code count} digits, joined by pairs, fours and eights. */
    private static long eight(long word, int count) {
        if (count == 0) {
            return 0;
        }
        long digits = (word ^ ZEROS) << 64 - (count << 3);
        long pairs = digits * 10 + (digits >>> 8);
        long fours =
                (pairs & 0x00FF_00FF_00FF_00FFL) * 100 + (pairs >>> 16 & 0x00FF_00FF_00FF_00FFL);
        return (fours & 0xFFFFL) * 10_000 + (fours >>> 32 & 0xFFFFL);
    }

    private static final long[] POWERS = {
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000
    };

    /** Position behind the number at {@code at}; -1 when there is none. */
    private static int end(byte[] block, int at, int end) {
        int p = at;
        if (p < end && block[p] == '-') {
            p++;
        }
        if (p < end && block[p] == '0') {
            p++;
        } else {
            int first = p;
            p = digits(block, p, end);
            if (p == first) {
                return -1;
            }
        }
        if (p < end && block[p] == '.') {
            int first = p + 1;
            p = digits(block, first, end);
            if (p == first) {
                return -1;
            }
        }
        if (p < end && (block[p] | 0x20) == 'e') {
            p = exponent(block, p + 1, end);
        }
        return p;
    }

    /** The double that JSON.parse makes of the well-formed number at {@code at}. */
    private static double parse(byte[] block, int at, int length) {
        if (length <= DIGITS_EXACT) {
            long value = 0;
            int i = 0;
            for (; i < length; i++) {
                int digit = block[at + i] - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                value = value * 10 + digit;
            }
            if (i == length) {
                return value;
            }
        }
        return Double.parseDouble(new String(block, at, length, StandardCharsets.ISO_8859_1));
    }

    private static int exponent(byte[] block, int at, int end) {
        int first = at;
        if (first < end) {
            int sign = block[first];
            if (sign == '+' || sign == '-') {
                first++;
            }
        }
        int p = digits(block, first, end);
        return p == first ? -1 : p;
    }

    private static int digits(byte[] block, int at, int end) {
        int p = at;
        while (p < end) {
            int digit = block[p] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            p++;
        }
        return p;
    }
}
