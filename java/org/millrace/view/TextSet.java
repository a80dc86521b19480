package org.millrace.view;

import org.millrace.codec.KeyedHash;
import org.millrace.codec.Span;
import org.millrace.storage.Entropy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A fixed set of texts to find strings of messages in. Keyed hashing, for messages are
 * attacker-controlled.
 *
 * <p><b>Threads.</b> One, because of the string that is looked for.
 */
final class TextSet {
    private final long seed = Entropy.nextLong();
    private final MemorySegment[] slots;
    private final long[] hashes;

    TextSet(List<String> texts) {
        slots = new MemorySegment[Integer.highestOneBit(texts.size() + 1) * 4];
        hashes = new long[slots.length];
        for (var text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            var block = Arena.ofAuto().allocate(Math.max(bytes.length, 1), 8);
            var kept = block.asSlice(0, bytes.length);
            kept.copyFrom(MemorySegment.ofArray(bytes));
            add(KeyedHash.of(kept, 0, bytes.length, seed), kept);
        }
    }

    boolean contains(Span text) {
        long hash = text.hash(seed);
        for (int i = place(hash); slots[i] != null; i = i + 1 & slots.length - 1) {
            if (hashes[i] == hash && text.contentEquals(slots[i], 0, slots[i].byteSize())) {
                return true;
            }
        }
        return false;
    }

    private void add(long hash, MemorySegment text) {
        int i = place(hash);
        while (slots[i] != null) {
            i = i + 1 & slots.length - 1;
        }
        slots[i] = text;
        hashes[i] = hash;
    }

    private int place(long hash) {
        return (int) (hash >>> 32) & slots.length - 1;
    }
}
