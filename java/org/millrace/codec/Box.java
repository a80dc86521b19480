package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/** Tells encrypted content: a string that ends in .box or .box2. */
final class Box {
    private Box() {}

    static boolean isBox(Span content, Scratch scratch) {
        if (!content.isString()) {
            return false;
        }
        if (!content.escaped()) {
            return ends(content.block(), content.offset(), content.length());
        }
        content.decode(scratch);
        return ends(scratch.memory(), 0, scratch.length());
    }

    private static boolean ends(MemorySegment block, long at, int length) {
        return ends(block, at, length, ".box") || ends(block, at, length, ".box2");
    }

    private static boolean ends(MemorySegment block, long at, int length, String suffix) {
        long first = at + length - suffix.length();
        if (first < at) {
            return false;
        }
        for (int i = 0; i < suffix.length(); i++) {
            if (block.get(Words.BYTE, first + i) != suffix.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
