package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/**
 * The hash behind {@link Span#hash}, for bytes that stand elsewhere: a key that a user asks for.
 *
 * <p>Keys are chosen by attackers: give every database a random seed and keep it secret.
 */
public final class KeyedHash {
    private KeyedHash() {}

    public static long of(MemorySegment bytes, long offset, long length, long seed) {
        return Words.hash(bytes, offset, length, seed);
    }
}
