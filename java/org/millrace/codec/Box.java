package org.millrace.codec;

/** Tells encrypted content: a string that ends in .box or .box2. */
final class Box {
    private Box() {}

    static boolean isBox(Span content, Scratch scratch) {
        if (!content.isString()) {
            return false;
        }
        if (!content.escaped()) {
            return ends(content.bytes(), content.at(), content.length());
        }
        content.decode(scratch);
        return ends(scratch.bytes(), 0, scratch.length());
    }

    private static boolean ends(byte[] block, int at, int length) {
        return ends(block, at, length, ".box") || ends(block, at, length, ".box2");
    }

    private static boolean ends(byte[] block, int at, int length, String suffix) {
        int first = at + length - suffix.length();
        if (first < at) {
            return false;
        }
        for (int i = 0; i < suffix.length(); i++) {
            if (block[first + i] != suffix.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
