package org.millrace.view;

/**
 * Reads the postings of a key batch by batch. Between batches it remembers a position only, so that
 * tables may come and go: what was there when it was opened is read once, in order.
 *
 * <p><b>Threads.</b> One. Each batch is read while the view stands still.
 */
final class IndexRows implements ViewMethod.Rows {
    private final Index index;
    private final IndexKey key;
    private final Selection wanted;
    private final PostingList found = new PostingList();
    private final long[] bounds;
    private long left;
    private boolean isOld;

    IndexRows(Index index, IndexKey key, Selection wanted) {
        this.index = index;
        this.key = key;
        this.wanted = wanted;
        this.left = wanted.limit;
        this.isOld = wanted.old;
        wanted.upToSeq = Math.min(wanted.upToSeq, index.lastSeq());
        bounds = new long[] {wanted.lowOrder, wanted.lowSeq, wanted.highOrder, wanted.highSeq};
        if (!isOld) {
            goLive();
        }
    }

    @Override
    public int next(long[] seqs) {
        int count = isOld ? nextOld(seqs) : 0;
        if (count == 0 && !isOld && wanted.live) {
            count = nextLive(seqs);
        }
        left -= count;
        return count;
    }

    private int nextOld(long[] seqs) {
        int max = (int) Math.min(seqs.length, left);
        index.collect(key, wanted, max, found);
        int count = copy(seqs, max);
        if (count > 0) {
            wanted.behind(found.order(count - 1), found.seq(count - 1));
        } else {
            isOld = false;
            goLive();
        }
        return count;
    }

    /** In the order in which they came. */
    private int nextLive(long[] seqs) {
        wanted.upToSeq = Long.MAX_VALUE;
        index.collect(key, wanted, Integer.MAX_VALUE, found);
        found.sortBySeq();
        int count = copy(seqs, (int) Math.min(seqs.length, left));
        if (count > 0) {
            wanted.afterSeq = found.seq(count - 1);
        }
        return count;
    }

    private void goLive() {
        wanted.lowOrder = bounds[0];
        wanted.lowSeq = bounds[1];
        wanted.highOrder = bounds[2];
        wanted.highSeq = bounds[3];
        wanted.afterSeq = Math.max(wanted.afterSeq, wanted.upToSeq);
        wanted.reverse = false;
    }

    private int copy(long[] seqs, int max) {
        int count = Math.min(found.size(), max);
        for (int i = 0; i < count; i++) {
            seqs[i] = found.seq(i);
        }
        return count;
    }
}
