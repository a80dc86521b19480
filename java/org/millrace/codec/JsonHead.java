package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/**
 * Reads the head of a message in SSB's key order for who wants nothing behind it: a third of its
 * bytes, and a tenth of the code that has to be compiled first.
 *
 * <p>Whether the rest is well-formed, and whether a key comes in it again, is not seen: {@code
 * JSON.stringify} writes neither. Whoever must know takes a {@link Scanner}.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> As {@link Scanner}.
 */
public final class JsonHead {
    /** The outer fields take 300 bytes. */
    private static final int HEAD_BYTES = 512;

    private static final Set<Field> FIELDS =
            EnumSet.of(
                    Field.KEY,
                    Field.PREVIOUS,
                    Field.AUTHOR,
                    Field.SEQUENCE,
                    Field.CLAIMED,
                    Field.HASH,
                    Field.TYPE);

    private final CanonicalJson canonical = new CanonicalJson(new JsonNumber());
    private final Field last;

    private JsonHead(Field last) {
        this.last = last;
    }

    /**
     * What reads these.
     *
     * @param slots of {@link Paths}
     * @return null when one of them stands elsewhere, or there is none
     */
    public static JsonHead of(Set<Integer> slots) {
        Field last = null;
        int found = 0;
        for (var field : FIELDS) { // in the order in which they stand
            if (slots.contains(field.ordinal())) {
                last = field;
                found++;
            }
        }
        return found == slots.size() && last != null ? new JsonHead(last) : null;
    }

    /**
     * As {@link Scanner#scan}.
     *
     * @return false when it is not in that order: a scanner must look at it
     */
    public boolean scan(MemorySegment block, long offset, int length, Message message) {
        int taken = Math.min(length, HEAD_BYTES);
        return length <= Scanner.RECORD_BYTES_MAX
                && message.take(block, offset, taken)
                && canonical.head(message, taken, last);
    }
}
