package org.millrace.codec;

/**
 * Well-formed UTF-8, and what takes the place of the rest.
 *
 * <p>The rule is that of Node's {@code buffer.toString()}: every maximal part of an ill-formed
 * sequence becomes one U+FFFD (Unicode 16, "U+FFFD Substitution of Maximal Subparts").
 */
final class Utf8 {
    private Utf8() {}

    /** Whether the bytes are well-formed UTF-8. */
    static boolean isValid(byte[] block, int at, int length) {
        int end = at + length;
        for (int p = at; p < end; ) {
            int step = sequence(block, p, end);
            if (step < 0) {
                return false;
            }
            p += step;
        }
        return true;
    }

    /**
     * Looks at one code point.
     *
     * @return its length in bytes (1..4) when well-formed, else minus the length (1..3) of the
     *     ill-formed part that one U+FFFD replaces
     */
    static int sequence(byte[] block, int at, int end) {
        int lead = block[at] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        if (lead < 0xC2 || lead > 0xF4) {
            return -1;
        }
        int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        // The second byte's range rules out overlong forms, surrogates and what is past U+10FFFF.
        int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        for (int i = 1; i < length; i++) {
            if (at + i >= end) {
                return -i;
            }
            int next = block[at + i] & 0xFF;
            if (next < low || next > high) {
                return -i;
            }
            low = 0x80;
            high = 0xBF;
        }
        return length;
    }
}
