package org.millrace.view;

import org.millrace.codec.KeyedHash;
import org.millrace.codec.Span;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;

/**
 * Key -> sequence, off-heap, open addressing. Keys are not stored: a slot holds 64 + 10 bits of two
 * keyed hashes, so that among ten million keys a chance collision has odds of one in 10^8; the
 * seeds are random and secret, so nobody can make one.
 *
 * <p><b>Threads.</b> One writer, not beside readers; many readers.
 *
 * <p><b>Memory.</b> Owns its table: 16 bytes a slot, at most 3/4 full, doubled when it is.
 */
final class KeyIndex implements AutoCloseable {
    // Slot: | hash (0 = free) | tag (10 bits) | 0 | sequence (53 bits) |
    private static final long SLOT_BYTES = 16;
    private static final int SLOTS_MIN = 1024;
    private static final int SEQ_BITS = 53;
    private static final long SEQ_MASK = (1L << SEQ_BITS) - 1;
    private static final long TAG_MASK = ~0L << SEQ_BITS + 1;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long seed = RANDOM.nextLong();
    private final long tagSeed = RANDOM.nextLong();
    private Arena arena;
    private MemorySegment table;
    private long slots;
    private long count;

    KeyIndex() {
        allocate(SLOTS_MIN);
    }

    /** How many keys it knows. */
    long count() {
        return count;
    }

    /** Maps the text of a string; a key that is there moves to the new sequence. */
    void put(Span key, long seq) {
        put(nonZero(key.hash(seed)), key.hash(tagSeed) & TAG_MASK, seq);
    }

    /** The sequence; -1 when unknown. */
    long get(MemorySegment key) {
        long length = key.byteSize();
        long hash = nonZero(KeyedHash.of(key, 0, length, seed));
        long at = find(hash, KeyedHash.of(key, 0, length, tagSeed) & TAG_MASK);
        return table.get(LONG, at) == 0 ? -1 : table.get(LONG, at + 8) & SEQ_MASK;
    }

    void clear() {
        arena.close();
        allocate(SLOTS_MIN);
    }

    @Override
    public void close() {
        arena.close();
    }

    private void put(long hash, long tag, long seq) {
        long at = find(hash, tag);
        if (table.get(LONG, at) == 0) {
            if (++count * 4 > slots * 3) {
                grow();
                at = find(hash, tag);
            }
            table.set(LONG, at, hash);
        }
        table.set(LONG, at + 8, tag | seq);
    }

    /** The slot that holds the key, or the free one where it belongs. */
    private long find(long hash, long tag) {
        long slot = hash & slots - 1;
        while (true) {
            long at = slot * SLOT_BYTES;
            long found = table.get(LONG, at);
            if (found == 0 || found == hash && (table.get(LONG, at + 8) & TAG_MASK) == tag) {
                return at;
            }
            slot = slot + 1 & slots - 1;
        }
    }

    private void grow() {
        var oldArena = arena;
        var old = table;
        long kept = count;
        allocate(slots * 2);
        count = kept;
        for (long at = 0; at < old.byteSize(); at += SLOT_BYTES) {
            long hash = old.get(LONG, at);
            if (hash != 0) {
                long value = old.get(LONG, at + 8);
                long to = find(hash, value & TAG_MASK);
                table.set(LONG, to, hash);
                table.set(LONG, to + 8, value);
            }
        }
        oldArena.close();
    }

    private void allocate(long wanted) {
        arena = Arena.ofShared();
        table = arena.allocate(wanted * SLOT_BYTES, 64);
        slots = wanted;
        count = 0;
    }

    private static long nonZero(long hash) {
        return hash == 0 ? 1 : hash;
    }
}
