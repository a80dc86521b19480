package org.millrace.view;

import org.millrace.format.ViewBlock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads postings of tables, by rank; keeps a copy of the block it read last.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> One block off-heap.
 */
final class BlockReader {
    private static final ThreadLocal<BlockReader> OF_THREAD =
            ThreadLocal.withInitial(BlockReader::new);
    private static final int BLOCK_BITS = 8;
    private static final int IN_BLOCK = (1 << BLOCK_BITS) - 1;

    static {
        if (1 << BLOCK_BITS != ViewBlock.POSTINGS_MAX) {
            throw new ExceptionInInitializerError("a block does not hold 256 postings");
        }
    }

    private final MemorySegment memory = Arena.ofAuto().allocate(ViewBlock.BYTES_MAX, 8);
    private final ViewBlock block = new ViewBlock();
    private Table table;
    private int loaded;
    private int posting;

    /** The thread's own, for reads that end before the thread does another. */
    static BlockReader ofThread() {
        var reader = OF_THREAD.get();
        reader.table = null; // a closed table's block must not be taken for a new one's
        return reader;
    }

    void load(Table from, int wanted) {
        if (table != from || loaded != wanted) {
            table = null;
            from.read(wanted, memory, block);
            table = from;
            loaded = wanted;
        }
    }

    void moveTo(Table from, long rank) {
        load(from, (int) (rank >>> BLOCK_BITS));
        posting = (int) rank & IN_BLOCK;
    }

    long hash() {
        return block.get(ViewBlock.HASH, posting);
    }

    int tag() {
        return (int) (block.get(ViewBlock.MARKS, posting) >>> PostingList.FLAG_BITS);
    }

    long order() {
        return block.get(ViewBlock.ORDER, posting);
    }

    long seq() {
        return block.get(ViewBlock.SEQ, posting);
    }

    long flags() {
        return block.get(ViewBlock.MARKS, posting) & PostingList.FLAGS_MASK;
    }

    /** How many postings of the loaded block are at or below this one. */
    int countUpTo(IndexKey key, long order, long seq) {
        int low = 0;
        int high = block.count();
        while (low < high) {
            posting = low + high >>> 1;
            if (isAbove(key, order, seq)) {
                high = posting;
            } else {
                low = posting + 1;
            }
        }
        return low;
    }

    private boolean isAbove(IndexKey key, long order, long seq) {
        int byHash = Long.compareUnsigned(hash(), key.hash());
        if (byHash != 0) {
            return byHash > 0;
        }
        if (tag() != key.tag()) {
            return tag() > key.tag();
        }
        long here = order();
        return here > order || here == order && seq() > seq;
    }
}
