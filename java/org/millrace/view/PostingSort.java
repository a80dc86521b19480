package org.millrace.view;

import java.util.function.LongUnaryOperator;

/**
 * Sorts the postings of a {@link MemoryRun}: by hash, tag, order, sequence.
 *
 * <p>They are copied apart by the top bits of their hash first, so that whatever is done after that
 * is done to a part that stays in the core's own cache. Hashes are spread evenly: counting by their
 * next bits leaves about one key in each bucket, and there postings stand as they were added, which
 * is mostly right.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> On the heap, 32 bytes a posting, and 8 for each of the largest part.
 */
final class PostingSort {
    /** Longs of a posting: hash, order, place, and the tag as the lower half of the last. */
    static final int LONGS = 4;

    static final int PARTS = 256;

    private static final int HASH = 0;
    private static final int ORDER = 1;
    private static final int PLACE = 2;
    private static final int TAG = 3;
    private static final int PART_BITS = Integer.numberOfTrailingZeros(PARTS);

    /** So few are put in order one by one. */
    private static final int FEW = 12;

    private final long[] postings;

    /** Where the next posting of each part goes; in the end, where the part ends. */
    private final int[] partEnds = new int[PARTS];

    /** Of the part at hand. */
    private int[] sorted = new int[0];

    private int[] bucketEnds = new int[0];
    private int[] scratch = new int[0];

    /**
     * @param counts how many postings of each part, by {@link #part}, will be added
     */
    PostingSort(int[] counts) {
        int count = 0;
        for (int part = 0; part < PARTS; part++) {
            partEnds[part] = count;
            count += counts[part];
        }
        postings = new long[count * LONGS];
    }

    static int part(long hash) {
        return (int) (hash >>> Long.SIZE - PART_BITS);
    }

    /** Adds the postings that stand in {@code some} between two of its indexes. */
    void add(long[] some, int from, int end) {
        for (int i = from; i < end; i += LONGS) {
            int at = partEnds[part(some[i])]++ * LONGS;
            postings[at] = some[i];
            postings[at + ORDER] = some[i + ORDER];
            postings[at + PLACE] = some[i + PLACE];
            postings[at + TAG] = some[i + TAG];
        }
    }

    /**
     * Hands out what was added; flags of the same hash, tag, order and sequence as one posting.
     *
     * @param places as for {@link TableMerge#merge}
     */
    void writeTo(TableWriter to, LongUnaryOperator places) {
        int from = 0;
        for (int end : partEnds) {
            sortPart(from, end);
            for (int i = 0, count = end - from; i < count; ) {
                int at = sorted[i++];
                long place = postings[at + PLACE];
                while (i < count && isSame(sorted[i], at)) {
                    place |= postings[sorted[i++] + PLACE];
                }
                to.add(postings[at], (int) postings[at + TAG], postings[at + ORDER], place, places);
            }
            from = end;
        }
    }

    /** Brings the places of a part's postings into {@link #sorted}. */
    private void sortPart(int from, int end) {
        int count = end - from;
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(count));
        if (sorted.length < count) {
            sorted = new int[count];
        }
        bucketEnds = new int[1 << bits];
        int shift = Long.SIZE - bits;
        for (int at = from * LONGS; at < end * LONGS; at += LONGS) {
            bucketEnds[(int) (postings[at] << PART_BITS >>> shift)]++;
        }
        int start = 0;
        for (int i = 0; i < bucketEnds.length; i++) {
            int size = bucketEnds[i];
            bucketEnds[i] = start;
            start += size;
        }
        // What was a bucket's start has become its end when all have come.
        for (int at = from * LONGS; at < end * LONGS; at += LONGS) {
            sorted[bucketEnds[(int) (postings[at] << PART_BITS >>> shift)]++] = at;
        }
        int bucket = 0;
        for (int bucketEnd : bucketEnds) {
            sort(bucket, bucketEnd);
            bucket = bucketEnd;
        }
    }

    /** A merge sort, so nobody's input makes it slow; what is in order costs one look. */
    private void sort(int from, int end) {
        if (isSorted(from, end)) {
            return;
        }
        if (end - from <= FEW) {
            insert(from, end);
            return;
        }
        int middle = from + end >>> 1;
        sort(from, middle);
        sort(middle, end);
        if (scratch.length < middle - from) {
            scratch = new int[middle - from];
        }
        int left = 0;
        int leftEnd = middle - from;
        System.arraycopy(sorted, from, scratch, 0, leftEnd);
        int right = middle;
        for (int to = from; left < leftEnd; to++) {
            boolean takeRight = right < end && isBelow(sorted[right], scratch[left]);
            sorted[to] = takeRight ? sorted[right++] : scratch[left++];
        }
    }

    private boolean isSorted(int from, int end) {
        for (int i = from + 1; i < end; i++) {
            if (isBelow(sorted[i], sorted[i - 1])) {
                return false;
            }
        }
        return true;
    }

    private void insert(int from, int end) {
        for (int i = from + 1; i < end; i++) {
            int at = sorted[i];
            int to = i;
            for (; to > from && isBelow(at, sorted[to - 1]); to--) {
                sorted[to] = sorted[to - 1];
            }
            sorted[to] = at;
        }
    }

    private boolean isBelow(int a, int b) {
        int byHash = Long.compareUnsigned(postings[a + HASH], postings[b + HASH]);
        if (byHash != 0) {
            return byHash < 0;
        }
        int byTag = Integer.compare((int) postings[a + TAG], (int) postings[b + TAG]);
        if (byTag != 0) {
            return byTag < 0;
        }
        long order = postings[a + ORDER];
        long other = postings[b + ORDER];
        return order < other || order == other && postings[a + PLACE] < postings[b + PLACE];
    }

    /** Whether two postings differ in their flags at most. */
    private boolean isSame(int a, int b) {
        return postings[a + HASH] == postings[b + HASH]
                && (int) postings[a + TAG] == (int) postings[b + TAG]
                && postings[a + ORDER] == postings[b + ORDER]
                && (postings[a + PLACE] ^ postings[b + PLACE]) >>> PostingList.FLAG_BITS == 0;
    }
}
