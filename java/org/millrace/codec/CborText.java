package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/** Joins the chunks of a CBOR text of indefinite length. */
final class CborText {
    private CborText() {}

    /** Adds the text; the bytes are chunks with their heads, without the break. */
    static void join(MemorySegment block, long at, int length, Scratch out) {
        var head = new CborHead();
        long end = at + length;
        for (long p = at; p < end; ) {
            p = head.read(block, p, end);
            out.add(block, p, (int) head.argument);
            p += head.argument;
        }
        if (!Utf8.isValid(out.memory(), 0, out.length())) {
            var joined = out.memory();
            int joinedLength = out.length();
            var copy = MemorySegment.ofArray(new byte[joinedLength]);
            copy.copyFrom(joined.asSlice(0, joinedLength));
            out.clear();
            out.addRepaired(copy, 0, joinedLength);
        }
    }
}
