package org.millrace.view;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The postings that came since the last table, off-heap: a hash table of keys, and of each key a
 * chain of postings, newest first.
 *
 * <p>The slot of a key is given by the top bits of its hash, so that walking over the slots visits
 * the keys nearly sorted: writing the run out needs no sort of all keys.
 *
 * <p><b>Threads.</b> One writer, not beside readers; any number of readers.
 *
 * <p><b>Memory.</b> Owns it: 24 bytes a posting, 16 a slot, at most half of them in use; both grow
 * by doubling.
 */
final class MemoryRun implements Run, AutoCloseable {
    // Slot:    | hash | head u32 (0 = free) | tag u32 |
    // Posting: | order | sequence above flags | previous posting of the key u32 | zero |
    private static final int SLOT_BYTES = 16;
    private static final int POSTING_BYTES = 24;
    private static final int SLOT_BITS_MIN = 10;

    /** Behind the last slot, so that a search never wraps round and the slots stay sorted. */
    private static final int SPARE_SLOTS = 64;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private Arena slotArena;
    private MemorySegment slots;
    private int slotBits;
    private int keys;
    private Arena postingArena = Arena.ofShared();
    private MemorySegment postings = postingArena.allocate(1024L * POSTING_BYTES, 64);

    /** Posting 0 stands for none. */
    private int used = 1;

    private long lastSeq = -1;

    MemoryRun() {
        allocateSlots(SLOT_BITS_MIN);
    }

    int size() {
        return used - 1;
    }

    @Override
    public long lastSeq() {
        return lastSeq;
    }

    /** Brings the place of a key into the processor's cache. */
    long touch(long hash) {
        return slots.get(LONG, (hash >>> 64 - slotBits) * SLOT_BYTES);
    }

    /** Adds a posting; a second one of the same key and sequence adds its flags to the first. */
    void add(long hash, int tag, long order, long seq, long flags) {
        long slot = slot(hash, tag);
        int head = slots.get(INT, slot + 8);
        if (head == 0) {
            // The very last slot stays free: every search ends there.
            if ((keys + 1) * 2 > 1 << slotBits || slot == slots.byteSize() - SLOT_BYTES) {
                growSlots();
                slot = slot(hash, tag);
            }
            keys++;
            slots.set(LONG, slot, hash);
            slots.set(INT, slot + 12, tag);
        } else if (place(head) >>> PostingList.FLAG_BITS == seq && order(head) == order) {
            postings.set(LONG, at(head) + 8, place(head) | flags);
            return;
        }
        if (at(used) == postings.byteSize()) {
            growPostings();
        }
        long at = at(used);
        postings.set(LONG, at, order);
        postings.set(LONG, at + 8, PostingList.place(seq, flags));
        postings.set(INT, at + 16, head);
        slots.set(INT, slot + 8, used++);
        lastSeq = Math.max(lastSeq, seq);
    }

    @Override
    public void collect(IndexKey key, Selection wanted, Deleted deleted, int max, PostingList to) {
        int from = to.size();
        for (int p = head(key); p != 0; p = previous(p)) {
            long place = place(p);
            long seq = place >>> PostingList.FLAG_BITS;
            if (seq <= wanted.afterSeq) {
                break; // all further ones are older
            }
            long order = order(p);
            if (wanted.isAboveLow(order, seq)
                    && wanted.isBelowHigh(order, seq)
                    && wanted.accepts(seq, place & PostingList.FLAGS_MASK)
                    && !deleted.contains(seq)) {
                to.add(order, place);
            }
        }
        to.reverseFrom(from);
        to.sort(from);
        to.keep(from, max, wanted.reverse);
    }

    @Override
    public long count(IndexKey key, Selection wanted, Deleted deleted) {
        long count = 0;
        for (int p = head(key); p != 0; p = previous(p)) {
            long place = place(p);
            long seq = place >>> PostingList.FLAG_BITS;
            boolean counts =
                    wanted.isAboveLow(order(p), seq)
                            && wanted.isBelowHigh(order(p), seq)
                            && wanted.accepts(seq, place & PostingList.FLAGS_MASK)
                            && !deleted.contains(seq);
            count += counts ? 1 : 0;
        }
        return count;
    }

    @Override
    public long newest(IndexKey key, Deleted deleted) {
        for (int p = head(key); p != 0; p = previous(p)) {
            long seq = place(p) >>> PostingList.FLAG_BITS;
            if (!deleted.contains(seq)) {
                return seq;
            }
        }
        return -1;
    }

    /** Hands out every posting: by hash, tag, order, sequence. */
    void forEachSorted(TableWriter to) {
        var list = new PostingList();
        var cluster = new SlotCluster(slots);
        long end = slots.byteSize();
        for (long slot = 0; slot < end; slot += SLOT_BYTES) {
            if (slots.get(INT, slot + 8) == 0) {
                continue;
            }
            cluster.clear();
            for (; slot < end && slots.get(INT, slot + 8) != 0; slot += SLOT_BYTES) {
                cluster.add(slot);
            }
            for (int i = 0; i < cluster.size(); i++) {
                write(cluster.slot(i), list, to);
            }
        }
    }

    @Override
    public void close() {
        slotArena.close();
        postingArena.close();
    }

    private void write(long slot, PostingList list, TableWriter to) {
        long hash = slots.get(LONG, slot);
        int tag = slots.get(INT, slot + 12);
        list.clear();
        for (int p = slots.get(INT, slot + 8); p != 0; p = previous(p)) {
            list.add(order(p), place(p));
        }
        list.reverseFrom(0);
        list.sort(0);
        for (int i = 0; i < list.size(); i++) {
            to.add(hash, tag, list.order(i), list.place(i));
        }
    }

    private int head(IndexKey key) {
        return slots.get(INT, slot(key.hash(), key.tag()) + 8);
    }

    /** The slot that holds the key, or the free one where it belongs. */
    private long slot(long hash, int tag) {
        long slot = (hash >>> 64 - slotBits) * SLOT_BYTES;
        while (true) {
            if (slots.get(INT, slot + 8) == 0
                    || slots.get(LONG, slot) == hash && slots.get(INT, slot + 12) == tag) {
                return slot;
            }
            slot += SLOT_BYTES;
        }
    }

    /** Doubles the slots, and again should the last spare one be taken, so that one is free. */
    private void growSlots() {
        var oldArena = slotArena;
        var old = slots;
        int bits = slotBits;
        do {
            if (slotArena != oldArena) {
                slotArena.close();
            }
            allocateSlots(++bits);
        } while (!refill(old));
        oldArena.close();
    }

    private boolean refill(MemorySegment old) {
        for (long from = 0; from < old.byteSize(); from += SLOT_BYTES) {
            if (old.get(INT, from + 8) != 0) {
                long to = slot(old.get(LONG, from), old.get(INT, from + 12));
                MemorySegment.copy(old, from, slots, to, SLOT_BYTES);
                if (to == slots.byteSize() - SLOT_BYTES) {
                    return false;
                }
            }
        }
        return true;
    }

    private void allocateSlots(int bits) {
        slotBits = bits;
        slotArena = Arena.ofShared();
        slots = slotArena.allocate(((1L << bits) + SPARE_SLOTS) * SLOT_BYTES, 64);
    }

    private void growPostings() {
        var larger = Arena.ofShared();
        var room = larger.allocate(postings.byteSize() * 2, 64);
        MemorySegment.copy(postings, 0, room, 0, postings.byteSize());
        postingArena.close();
        postingArena = larger;
        postings = room;
    }

    private static long at(int posting) {
        return (long) posting * POSTING_BYTES;
    }

    private long order(int posting) {
        return postings.get(LONG, at(posting));
    }

    private long place(int posting) {
        return postings.get(LONG, at(posting) + 8);
    }

    private int previous(int posting) {
        return postings.get(INT, at(posting) + 16);
    }

    /** Slots side by side, sorted by key; few, because hashes are spread at random. */
    private static final class SlotCluster {
        private final MemorySegment slots;
        private long[] sorted = new long[64];
        private int size;

        SlotCluster(MemorySegment slots) {
            this.slots = slots;
        }

        void clear() {
            size = 0;
        }

        int size() {
            return size;
        }

        long slot(int i) {
            return sorted[i];
        }

        void add(long slot) {
            if (size == sorted.length) {
                sorted = Arrays.copyOf(sorted, size * 2);
            }
            int to = size++;
            while (to > 0 && isBelow(slot, sorted[to - 1])) {
                sorted[to] = sorted[to - 1];
                to--;
            }
            sorted[to] = slot;
        }

        private boolean isBelow(long a, long b) {
            int byHash = Long.compareUnsigned(slots.get(LONG, a), slots.get(LONG, b));
            return byHash < 0 || byHash == 0 && slots.get(INT, a + 12) < slots.get(INT, b + 12);
        }
    }
}
