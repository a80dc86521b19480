package org.millrace.view;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Several walks as one, by key and sequence. As {@link SortedWalk} says otherwise. */
final class SortedMerge implements SortedWalk {
    private final List<SortedWalk> walks;
    private final boolean reverse;
    private SortedWalk least;

    SortedMerge(List<SortedWalk> walks, boolean reverse) {
        this.walks = walks;
        this.reverse = reverse;
        choose();
    }

    @Override
    public boolean isOpen() {
        return least != null;
    }

    @Override
    public void advance() {
        least.advance();
        choose();
    }

    @Override
    public MemorySegment block() {
        return least.block();
    }

    @Override
    public long keyAt() {
        return least.keyAt();
    }

    @Override
    public int keyLength() {
        return least.keyLength();
    }

    @Override
    public long seq() {
        return least.seq();
    }

    private void choose() {
        least = null;
        for (int i = 0; i < walks.size(); i++) {
            var walk = walks.get(i);
            if (walk.isOpen() && (least == null || comesBefore(walk, least))) {
                least = walk;
            }
        }
    }

    private boolean comesBefore(SortedWalk a, SortedWalk b) {
        int order =
                KeyOrder.compare(
                        a.block(), a.keyAt(), a.keyLength(), b.block(), b.keyAt(), b.keyLength());
        if (order == 0) {
            order = Long.compare(a.seq(), b.seq());
        }
        return reverse ? order > 0 : order < 0;
    }
}
