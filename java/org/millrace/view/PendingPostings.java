package org.millrace.view;

/**
 * A few postings on their way into a {@link MemoryRun}. Each goes to a random place in memory; one
 * at a time the processor would wait for each place, so a bunch of places is touched first, and the
 * waits overlap.
 *
 * <p><b>Threads.</b> One.
 */
final class PendingPostings {
    private static final int POSTINGS_MAX = 64;

    private final long[] hashes = new long[POSTINGS_MAX];
    private final int[] tags = new int[POSTINGS_MAX];
    private final long[] orders = new long[POSTINGS_MAX];
    private final long[] seqs = new long[POSTINGS_MAX];
    private final long[] flags = new long[POSTINGS_MAX];
    private int size;

    /** Keeps the touching from being optimised away. */
    private long touched;

    boolean isFull() {
        return size == POSTINGS_MAX;
    }

    void add(long hash, int tag, long order, long seq, long flagsOfIt) {
        hashes[size] = hash;
        tags[size] = tag;
        orders[size] = order;
        seqs[size] = seq;
        flags[size++] = flagsOfIt;
    }

    void moveTo(MemoryRun run) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += run.touch(hashes[i]);
        }
        touched = sum;
        for (int i = 0; i < size; i++) {
            run.add(hashes[i], tags[i], orders[i], seqs[i], flags[i]);
        }
        size = 0;
    }

    void clear() {
        size = 0;
    }
}
