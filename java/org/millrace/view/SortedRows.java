package org.millrace.view;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads sorted keys batch by batch: of each key, the newest record that is not deleted. Between
 * batches it remembers a key only, so that tables may come and go.
 *
 * <p><b>Threads.</b> One. Each batch is read while the view stands still.
 *
 * <p><b>Memory.</b> The keys of one batch.
 */
final class SortedRows implements ViewMethod.Rows {
    private final SortedKeys keys;
    private KeyRange range;
    private long left;
    private MemorySegment texts = Arena.ofAuto().allocate(4096, 8);
    private int[] starts = new int[65];
    private int count;

    SortedRows(SortedKeys keys, KeyRange range) {
        this.keys = keys;
        this.range = range;
        this.left = range.limit();
    }

    @Override
    public int next(long[] seqs) {
        int max = (int) Math.min(seqs.length, left);
        count = 0;
        if (max == 0) {
            return 0;
        }
        if (starts.length <= max) {
            starts = new int[max + 1];
        }
        collect(keys.walk(range.from(), range.reverse()), max, seqs);
        left -= count;
        return count;
    }

    @Override
    public MemorySegment key(int row) {
        return texts.asSlice(starts[row], starts[row + 1] - starts[row]);
    }

    private void collect(SortedWalk walk, int max, long[] seqs) {
        long newest = -1;
        boolean isFirst = true;
        for (; walk.isOpen() && range.holds(walk); walk.advance()) {
            if (isFirst || !isSameKey(walk)) {
                if (newest >= 0) {
                    seqs[count++] = newest;
                }
                if (count == max) {
                    break;
                }
                keep(walk);
                newest = -1;
                isFirst = false;
            }
            if ((newest < 0 || !range.reverse())
                    && walk.seq() <= range.upToSeq()
                    && !keys.isDeleted(walk.seq())) {
                newest = walk.seq();
            }
        }
        if (count < max && newest >= 0) {
            seqs[count++] = newest;
        }
        if (count > 0) {
            var last = MemorySegment.ofArray(key(count - 1).toArray(KeyOrder.BYTE));
            range =
                    range.beginAt(
                            range.reverse()
                                    ? KeyOrder.Place.before(last)
                                    : KeyOrder.Place.behind(last));
        }
    }

    private boolean isSameKey(SortedWalk walk) {
        int start = starts[count];
        return KeyOrder.compare(
                        texts,
                        start,
                        starts[count + 1] - start,
                        walk.block(),
                        walk.keyAt(),
                        walk.keyLength())
                == 0;
    }

    /** Puts the key at the place of the row that comes next. */
    private void keep(SortedWalk walk) {
        int start = starts[count];
        int length = walk.keyLength();
        if (start + length > texts.byteSize()) {
            var larger = Arena.ofAuto().allocate(Math.max(texts.byteSize() * 2, start + length), 8);
            MemorySegment.copy(texts, 0, larger, 0, start);
            texts = larger;
        }
        MemorySegment.copy(walk.block(), walk.keyAt(), texts, start, length);
        starts[count + 1] = start + length;
    }
}
