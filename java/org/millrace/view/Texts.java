package org.millrace.view;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The texts that views compare with, and bytes of a block as text. */
public final class Texts {
    public static final MemorySegment ABOUT = bytes("about");
    public static final MemorySegment CONTACT = bytes("contact");
    public static final MemorySegment VOTE = bytes("vote");

    private Texts() {}

    /** In UTF-8. */
    public static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    public static String of(MemorySegment block, long offset, int length) {
        return new String(
                block.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
    }
}
