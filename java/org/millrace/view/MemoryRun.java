package org.millrace.view;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/**
 * The postings that came since the last table, off-heap, in the order in which they came; and for
 * readers a hash table of keys, and of each key a chain of postings, newest first.
 *
 * <p>What a long log brings is written out before anybody reads it, so a posting is only noted at
 * the end of a list. The first reader links into the hash table what is not in it yet.
 *
 * <p><b>Threads.</b> One writer, not beside readers; any number of readers.
 *
 * <p><b>Memory.</b> Owns it: 32 bytes a posting in chunks of 64 KiB; for readers 4 bytes a slot, of
 * which at most half are in use.
 */
final class MemoryRun implements Run, AutoCloseable {
    // Posting: | hash | order | sequence above flags | tag u32 | previous posting of the key u32 |,
    // little-endian, so that PostingSort finds the tag in the lower half of the last word.
    // Slot:    | newest posting of the key u32, 0 = free |
    private static final int HASH = 0;
    private static final int ORDER = 8;
    private static final int PLACE = 16;
    private static final int TAG = 24;
    private static final int PREVIOUS = 28;
    private static final int POSTING_BYTES = 32;
    private static final int CHUNK_BITS = 11;
    private static final int CHUNK_MASK = (1 << CHUNK_BITS) - 1;
    private static final int SLOT_BITS_MIN = 10;

    /** So few are linked at once, on the writer's thread. */
    private static final int LINKED_AT_ONCE = 64;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private MemorySegment[] chunks = {arena.allocate(POSTING_BYTES << CHUNK_BITS, 64)};
    private Arena slotArena;
    private MemorySegment slots;
    private int slotBits;

    /** Posting 0 stands for none. */
    private int used = 1;

    /** Postings below this one are in the hash table. */
    private volatile int linked = 1;

    /** False when a record was decrypted late, and came behind newer ones. */
    private boolean isAscending = true;

    private long lastSeq = -1;

    /** So many postings of each part, for the sort that the table needs. */
    private final int[] partCounts = new int[PostingSort.PARTS];

    int size() {
        return used - 1;
    }

    @Override
    public long lastSeq() {
        return lastSeq;
    }

    /** Adds a posting; a second one of the same key, order and sequence adds its flags. */
    void add(long hash, int tag, long order, long seq, long flags) {
        if (used >>> CHUNK_BITS == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunks.length + 1);
            chunks[chunks.length - 1] = arena.allocate(POSTING_BYTES << CHUNK_BITS, 64);
        }
        var chunk = chunk(used);
        long at = at(used);
        chunk.set(LONG, at + HASH, hash);
        chunk.set(LONG, at + ORDER, order);
        chunk.set(LONG, at + PLACE, PostingList.place(seq, flags));
        chunk.set(INT, at + TAG, tag);
        used++;
        partCounts[PostingSort.part(hash)]++;
        isAscending &= seq >= lastSeq;
        lastSeq = Math.max(lastSeq, seq);
    }

    /** For the writer, before readers may look again. */
    void endBatch() {
        if (unlinked() <= LINKED_AT_ONCE) {
            link();
        }
    }

    /** How many postings the next reader has to link. */
    int unlinked() {
        return used - linked;
    }

    @Override
    public void collect(IndexKey key, Selection wanted, Deleted deleted, int max, PostingList to) {
        int from = to.size();
        for (int p = newest(key); p != 0; p = previous(p)) {
            long place = place(p);
            long seq = place >>> PostingList.FLAG_BITS;
            if (seq <= wanted.afterSeq && isAscending) {
                break; // all further ones are older
            }
            if (seq > wanted.afterSeq && isWanted(p, wanted, deleted)) {
                to.add(order(p), place);
            }
        }
        to.reverseFrom(from);
        to.sort(from);
        to.keep(from, max, wanted.reverse);
    }

    @Override
    public long count(IndexKey key, Selection wanted, Deleted deleted) {
        long count = 0;
        for (int p = newest(key); p != 0; p = previous(p)) {
            count += isWanted(p, wanted, deleted) ? 1 : 0;
        }
        return count;
    }

    @Override
    public long newest(IndexKey key, Deleted deleted) {
        long last = -1;
        for (int p = newest(key); p != 0; p = previous(p)) {
            long seq = place(p) >>> PostingList.FLAG_BITS;
            if (seq > last && !deleted.contains(seq)) {
                last = seq;
                if (isAscending) {
                    break;
                }
            }
        }
        return last;
    }

    /**
     * Hands out every posting once: by hash, tag, order, sequence. Beside readers.
     *
     * @param places as for {@link TableMerge#merge}
     */
    void writeSorted(LongUnaryOperator places, TableWriter to) {
        var sort = new PostingSort(partCounts);
        var some = new long[PostingSort.LONGS << CHUNK_BITS];
        int none = PostingSort.LONGS; // posting 0
        for (int first = 0; first < used; first += 1 << CHUNK_BITS) {
            int longs = Math.min(used - first, 1 << CHUNK_BITS) * PostingSort.LONGS;
            MemorySegment.copy(chunk(first), LONG, 0, some, 0, longs);
            sort.add(some, first == 0 ? none : 0, longs);
        }
        sort.writeTo(to, places);
    }

    @Override
    public void close() {
        arena.close();
        if (slotArena != null) {
            slotArena.close();
        }
    }

    private long hash(int posting) {
        return chunk(posting).get(LONG, at(posting) + HASH);
    }

    private int tag(int posting) {
        return chunk(posting).get(INT, at(posting) + TAG);
    }

    private long order(int posting) {
        return chunk(posting).get(LONG, at(posting) + ORDER);
    }

    /** The sequence above the flags. */
    private long place(int posting) {
        return chunk(posting).get(LONG, at(posting) + PLACE);
    }

    private boolean isWanted(int posting, Selection wanted, Deleted deleted) {
        long place = place(posting);
        long seq = place >>> PostingList.FLAG_BITS;
        long order = order(posting);
        return wanted.isAboveLow(order, seq)
                && wanted.isBelowHigh(order, seq)
                && wanted.accepts(seq, place & PostingList.FLAGS_MASK)
                && !deleted.contains(seq);
    }

    /** Whether two postings differ in their flags at most. */
    private boolean isSame(int a, int b) {
        return hash(a) == hash(b)
                && tag(a) == tag(b)
                && order(a) == order(b)
                && (place(a) ^ place(b)) >>> PostingList.FLAG_BITS == 0;
    }

    /** The key's newest posting, 0 when it has none. */
    private int newest(IndexKey key) {
        if (linked != used) {
            link();
        }
        return slots == null ? 0 : slots.get(INT, slot(key.hash(), key.tag()));
    }

    /** Brings the hash table up to date. Readers stand beside each other here, no writer does. */
    synchronized void link() {
        if (linked == used) {
            return;
        }
        int from = linked;
        if (slots == null || used * 2L > 1L << slotBits) {
            allocateSlots();
            from = 1;
        }
        for (int p = from; p < used; p++) {
            link(p);
        }
        linked = used;
    }

    private void link(int posting) {
        long slot = slot(hash(posting), tag(posting));
        int newest = slots.get(INT, slot);
        if (newest != 0 && isSame(newest, posting)) {
            chunk(newest).set(LONG, at(newest) + PLACE, place(newest) | place(posting));
            return;
        }
        chunk(posting).set(INT, at(posting) + PREVIOUS, newest);
        slots.set(INT, slot, posting);
    }

    /** The slot that holds the key, or the free one where it belongs. */
    private long slot(long hash, int tag) {
        int mask = (1 << slotBits) - 1;
        for (int i = (int) (hash >>> 64 - slotBits); ; i = i + 1 & mask) {
            int newest = slots.get(INT, i * 4L);
            if (newest == 0 || hash(newest) == hash && tag(newest) == tag) {
                return i * 4L;
            }
        }
    }

    private void allocateSlots() {
        if (slotArena != null) {
            slotArena.close();
        }
        slotBits = Math.max(SLOT_BITS_MIN, 34 - Integer.numberOfLeadingZeros(used));
        slotArena = Arena.ofShared();
        slots = slotArena.allocate(4L << slotBits, 64);
    }

    private MemorySegment chunk(int posting) {
        return chunks[posting >>> CHUNK_BITS];
    }

    private static long at(int posting) {
        return (long) (posting & CHUNK_MASK) * POSTING_BYTES;
    }

    private int previous(int posting) {
        return chunk(posting).get(INT, at(posting) + PREVIOUS);
    }
}
