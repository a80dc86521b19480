package org.millrace.view;

import org.millrace.view.KeyOrder.Place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The sorted keys that came since the last table, off-heap: entries in the order in which they
 * came, and a few sorted lists of them, merged as they grow.
 *
 * <p><b>Threads.</b> One writer, not beside readers; any number of readers.
 *
 * <p><b>Memory.</b> Owns it: the keys, 12 bytes and 12 of the heap for each.
 */
final class SortedRun implements AutoCloseable {
    // Entry: | seq | length u32 | key | zeros to 8 |; its number is its offset / 8.
    private static final int KEY_AT = 12;
    private static final int RATIO = 2;

    /** So few are sorted one by one. */
    private static final int FEW = 16;

    /** Larger lists stay as they are: a batch must not take its writer's thread long. */
    private static final int MERGED_MAX = 16_384;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong HEAD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Entries in order, and the first bytes of their keys, which mostly decide. */
    private record Sorted(int[] entries, long[] heads) {
        int size() {
            return entries.length;
        }
    }

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = arena.allocate(4096, 8);
    private long used;
    private int size;
    private long lastSeq = -1;
    private int[] fresh = new int[256];
    private int freshCount;
    private final List<Sorted> lists = new ArrayList<>();

    int size() {
        return size;
    }

    long usedBytes() {
        return used;
    }

    long lastSeq() {
        return lastSeq;
    }

    /** Seen by readers after {@link #endBatch}. */
    void add(MemorySegment key, long seq) {
        long length = key.byteSize();
        room(used + KEY_AT + length + 16);
        if (freshCount == fresh.length) {
            fresh = Arrays.copyOf(fresh, freshCount * 2);
        }
        fresh[freshCount++] = (int) (used >>> 3);
        memory.set(LONG, used, seq);
        memory.set(INT, used + 8, (int) length);
        MemorySegment.copy(key, 0, memory, used + KEY_AT, length);
        used += KEY_AT + length + 7 & -8;
        lastSeq = Math.max(lastSeq, seq);
        size++;
    }

    void endBatch() {
        if (freshCount == 0) {
            return;
        }
        var next = sort(0, freshCount);
        freshCount = 0;
        while (!lists.isEmpty() && belongTogether(lists.getLast().size(), next.size())) {
            next = merge(lists.removeLast(), next);
        }
        lists.add(next);
    }

    private static boolean belongTogether(int before, int size) {
        return before < size * (long) RATIO && before + size <= MERGED_MAX;
    }

    /** One walk for each sorted list. */
    void addWalks(Place from, boolean reverse, List<SortedWalk> to) {
        for (var list : lists) {
            to.add(new Walk(list, from, reverse));
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private Sorted sort(int from, int to) {
        if (to - from > FEW) {
            int middle = from + to >>> 1;
            return merge(sort(from, middle), sort(middle, to));
        }
        var few = new Sorted(new int[to - from], new long[to - from]);
        for (int n = 0; n < few.size(); n++) {
            int entry = fresh[from + n];
            long head = head(entry);
            int i = n;
            for (; i > 0 && isBelow(head, entry, few.heads[i - 1], few.entries[i - 1]); i--) {
                few.heads[i] = few.heads[i - 1];
                few.entries[i] = few.entries[i - 1];
            }
            few.heads[i] = head;
            few.entries[i] = entry;
        }
        return few;
    }

    /** Entries of {@code b} came later. */
    private Sorted merge(Sorted a, Sorted b) {
        var entries = new int[a.size() + b.size()];
        var heads = new long[entries.length];
        int i = 0;
        int j = 0;
        for (int to = 0; to < entries.length; to++) {
            boolean first =
                    j == b.size()
                            || i < a.size()
                                    && !isBelow(b.heads[j], b.entries[j], a.heads[i], a.entries[i]);
            entries[to] = first ? a.entries[i] : b.entries[j];
            heads[to] = first ? a.heads[i++] : b.heads[j++];
        }
        return new Sorted(entries, heads);
    }

    private boolean isBelow(long head, int entry, long otherHead, int other) {
        if (head != otherHead) {
            return Long.compareUnsigned(head, otherHead) < 0;
        }
        long x = at(entry);
        long y = at(other);
        int order = KeyOrder.compare(memory, x + KEY_AT, length(x), memory, y + KEY_AT, length(y));
        return order < 0 || order == 0 && memory.get(LONG, x) < memory.get(LONG, y);
    }

    /** The first eight bytes as a number that sorts as they do. */
    private long head(int entry) {
        long at = at(entry);
        int length = length(at);
        long head = memory.get(HEAD, at + KEY_AT);
        return length >= 8 ? head : length == 0 ? 0 : head & -1L << 64 - 8 * length;
    }

    private static long at(int entry) {
        return (entry & 0xFFFF_FFFFL) << 3;
    }

    private int length(long at) {
        return memory.get(INT, at + 8);
    }

    private void room(long bytes) {
        if (bytes > memory.byteSize()) {
            var larger = Arena.ofShared();
            var room = larger.allocate(Math.max(bytes, memory.byteSize() * 2), 8);
            MemorySegment.copy(memory, 0, room, 0, used);
            arena.close();
            arena = larger;
            memory = room;
        }
    }

    private final class Walk implements SortedWalk {
        private final int[] entries;
        private final int step;
        private int i;
        private long at;

        Walk(Sorted list, Place from, boolean reverse) {
            entries = list.entries;
            step = reverse ? -1 : 1;
            i = first(from, reverse);
            look();
        }

        private int first(Place from, boolean reverse) {
            if (from.key() == null) {
                return reverse ? entries.length - 1 : 0;
            }
            int low = 0;
            int high = entries.length;
            while (low < high) {
                int middle = low + high >>> 1;
                long there = at(entries[middle]);
                if (from.isBelow(memory, there + KEY_AT, length(there), memory.get(LONG, there))) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return reverse ? low - 1 : low;
        }

        private void look() {
            if (isOpen()) {
                at = at(entries[i]);
            }
        }

        @Override
        public boolean isOpen() {
            return i >= 0 && i < entries.length;
        }

        @Override
        public void advance() {
            i += step;
            look();
        }

        @Override
        public MemorySegment block() {
            return memory;
        }

        @Override
        public long keyAt() {
            return at + KEY_AT;
        }

        @Override
        public int keyLength() {
            return length(at);
        }

        @Override
        public long seq() {
            return memory.get(LONG, at);
        }
    }
}
