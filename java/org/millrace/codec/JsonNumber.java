package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** JSON numbers: where one ends, and which double it is. */
final class JsonNumbers {
    /** So many digits are exact in a double without a correctly rounding parser. */
    private static final int DIGITS_EXACT = 15;

    private JsonNumbers() {}

    /** Position behind the number at {@code at}; -1 when there is none. */
    static long end(MemorySegment block, long at, long end) {
        long p = at;
        if (p < end && block.get(Words.BYTE, p) == '-') {
            p++;
        }
        if (p < end && block.get(Words.BYTE, p) == '0') {
            p++;
        } else {
            long first = p;
            p = digits(block, p, end);
            if (p == first) {
                return -1;
            }
        }
        if (p < end && block.get(Words.BYTE, p) == '.') {
            long first = p + 1;
            p = digits(block, first, end);
            if (p == first) {
                return -1;
            }
        }
        if (p < end && (block.get(Words.BYTE, p) | 0x20) == 'e') {
            p = exponent(block, p + 1, end);
        }
        return p;
    }

    /** The double that JSON.parse makes of the well-formed number at {@code at}. */
    static double parse(MemorySegment block, long at, int length) {
        if (length <= DIGITS_EXACT) {
            long value = 0;
            int i = 0;
            for (; i < length; i++) {
                int digit = block.get(Words.BYTE, at + i) - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                value = value * 10 + digit;
            }
            if (i == length) {
                return value;
            }
        }
        var bytes = block.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        return Double.parseDouble(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private static long exponent(MemorySegment block, long at, long end) {
        long first = at;
        if (first < end) {
            int sign = block.get(Words.BYTE, first);
            if (sign == '+' || sign == '-') {
                first++;
            }
        }
        long p = digits(block, first, end);
        return p == first ? -1 : p;
    }

    private static long digits(MemorySegment block, long at, long end) {
        long p = at;
        while (p < end) {
            int digit = block.get(Words.BYTE, p) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            p++;
        }
        return p;
    }
}
