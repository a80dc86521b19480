package org.millrace.view;

import org.millrace.codec.KeyedHash;
import org.millrace.codec.Span;
import org.millrace.format.ViewFence;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The key of an {@link Index}: a space and the parts of a key, as 64 + 10 bits of two keyed hashes.
 *
 * <p>Keys themselves are not stored. Among ten million keys a chance collision has odds of one in
 * 10^8, and because the seeds are random and secret nobody can make one. Reused from key to key.
 *
 * <p><b>Threads.</b> One; make one per thread with {@link Index#key}.
 */
public final class IndexKey {
    private static final int TAG_BITS = 64 - 1 - ViewFence.SEQ_BITS;
    private static final long SPACE_STEP = 0x9E37_79B9_7F4A_7C15L;

    private final Index index;
    private long hash;
    private long tag;

    IndexKey(Index index) {
        this.index = index;
    }

    /** Begins a key; keys of different spaces never meet. */
    public IndexKey space(int space) {
        hash = index.hashSeed() ^ space * SPACE_STEP;
        tag = index.tagSeed() ^ space * SPACE_STEP;
        return this;
    }

    /** Adds the text of a string of a message. */
    public IndexKey add(Span part) {
        hash = part.hash(hash);
        tag = part.hash(tag);
        return this;
    }

    /** Adds UTF-8 text. */
    public IndexKey add(MemorySegment part) {
        return add(part, 0, part.byteSize());
    }

    public IndexKey add(MemorySegment block, long offset, long length) {
        hash = KeyedHash.of(block, offset, length, hash);
        tag = KeyedHash.of(block, offset, length, tag);
        return this;
    }

    public IndexKey add(String part) {
        return add(MemorySegment.ofArray(part.getBytes(StandardCharsets.UTF_8)));
    }

    long hash() {
        return hash;
    }

    int tag() {
        return (int) (tag >>> 64 - TAG_BITS);
    }
}
