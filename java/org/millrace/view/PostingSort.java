package org.millrace.view;

/**
 * Sorts the postings of a {@link MemoryRun}: by hash, tag, order, sequence.
 *
 * <p>Hashes are spread evenly, so counting by their top bits leaves about one key in each bucket;
 * within a bucket postings come in the order in which they were added, which is mostly right.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> On the heap, 12 to 20 bytes a posting.
 */
final class PostingSort {
    /** So few are put in order one by one. */
    private static final int FEW = 12;

    private final MemoryRun run;
    private final int[] sorted;
    private final int[] bucketEnds;
    private int[] scratch = new int[0];

    /** The postings 1 .. {@code end} of the run. */
    PostingSort(MemoryRun run, int end) {
        this.run = run;
        int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(end));
        sorted = new int[end - 1];
        bucketEnds = new int[1 << bits];
        distribute(bits);
        int from = 0;
        for (int bucketEnd : bucketEnds) {
            sort(from, bucketEnd);
            from = bucketEnd;
        }
    }

    int[] sorted() {
        return sorted;
    }

    private void distribute(int bits) {
        int end = sorted.length + 1;
        for (int p = 1; p < end; p++) {
            bucketEnds[(int) (run.hash(p) >>> 64 - bits)]++;
        }
        int start = 0;
        for (int i = 0; i < bucketEnds.length; i++) {
            int count = bucketEnds[i];
            bucketEnds[i] = start;
            start += count;
        }
        // What was a bucket's start has become its end when all have come.
        for (int p = 1; p < end; p++) {
            sorted[bucketEnds[(int) (run.hash(p) >>> 64 - bits)]++] = p;
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
            int posting = sorted[i];
            int to = i;
            for (; to > from && isBelow(posting, sorted[to - 1]); to--) {
                sorted[to] = sorted[to - 1];
            }
            sorted[to] = posting;
        }
    }

    private boolean isBelow(int a, int b) {
        int byHash = Long.compareUnsigned(run.hash(a), run.hash(b));
        if (byHash != 0) {
            return byHash < 0;
        }
        int byTag = Integer.compare(run.tag(a), run.tag(b));
        if (byTag != 0) {
            return byTag < 0;
        }
        long order = run.order(a);
        long other = run.order(b);
        return order < other || order == other && run.place(a) < run.place(b);
    }
}
