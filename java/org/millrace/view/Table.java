package org.millrace.view;

import org.millrace.format.TableHeader;
import org.millrace.format.ViewBlock;
import org.millrace.format.ViewFence;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;

/**
 * A table of postings.
 *
 * <p>A posting's place in the sorted order, its rank, says in which block it stands; so a range is
 * a pair of ranks, and counting it reads two blocks.
 *
 * <p><b>Memory.</b> Fences are 40 bytes for each 256 postings.
 */
final class Table extends StoredTable implements Run {
    private static final int BLOCK_BITS = 8;

    private Table(StoredFile file, TableEntry entry, TableHeader header) {
        super(file, entry, header);
    }

    /** Takes over the file; null when it is not the one that the manifest means. */
    static Table open(StoredFile file, TableEntry entry) {
        return open(file, entry, TableHeader.Kind.POSTINGS, Table::new);
    }

    @Override
    public void collect(IndexKey key, Selection wanted, Deleted deleted, int max, PostingList to) {
        if (wanted.afterSeq >= header.lastSeq() || wanted.upToSeq < header.firstSeq()) {
            return;
        }
        var reader = BlockReader.ofThread();
        long from = low(reader, key, wanted);
        long end = high(reader, key, wanted);
        int first = to.size();
        int left = max;
        for (long i = 0; i < end - from && left > 0; i++) {
            reader.moveTo(this, wanted.reverse ? end - 1 - i : from + i);
            if (wanted.accepts(reader.seq(), reader.flags()) && !deleted.contains(reader.seq())) {
                to.add(reader.order(), PostingList.place(reader.seq(), reader.flags()));
                left--;
            }
        }
        if (wanted.reverse) {
            to.reverseFrom(first);
        }
    }

    @Override
    public long count(IndexKey key, Selection wanted, Deleted deleted) {
        var reader = BlockReader.ofThread();
        long from = low(reader, key, wanted);
        long end = high(reader, key, wanted);
        if (wanted.acceptsAll() && deleted.isEmptyFrom(header.firstSeq())) {
            return end - from;
        }
        long count = 0;
        for (long rank = from; rank < end; rank++) {
            reader.moveTo(this, rank);
            boolean counts =
                    wanted.accepts(reader.seq(), reader.flags()) && !deleted.contains(reader.seq());
            count += counts ? 1 : 0;
        }
        return count;
    }

    @Override
    public long newest(IndexKey key, Deleted deleted) {
        var reader = BlockReader.ofThread();
        long rank = rank(reader, key, 0, Long.MAX_VALUE);
        while (--rank >= 0) {
            reader.moveTo(this, rank);
            if (reader.hash() != key.hash() || reader.tag() != key.tag()) {
                return -1;
            }
            if (!deleted.contains(reader.seq())) {
                return reader.seq();
            }
        }
        return -1;
    }

    /** Reads and checks a block. */
    void read(int block, MemorySegment to, ViewBlock as) {
        long at = (long) block * ViewFence.BYTES;
        int length = fences.get(ViewFence.INT, at + ViewFence.LENGTH);
        long offset = fences.get(ViewFence.LONG, at + ViewFence.OFFSET);
        int crc = fences.get(ViewFence.INT, at + ViewFence.CRC);
        read(block, offset, to.asSlice(0, length), crc);
        as.over(to);
    }

    private long low(BlockReader reader, IndexKey key, Selection wanted) {
        return rank(reader, key, wanted.lowOrder, wanted.lowSeq);
    }

    private long high(BlockReader reader, IndexKey key, Selection wanted) {
        return rank(reader, key, wanted.highOrder, wanted.highSeq - 1);
    }

    /** How many postings are at or below this one. */
    private long rank(BlockReader reader, IndexKey key, long order, long seq) {
        int low = -1;
        int high = header.blocks();
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (isFenceAbove(middle, key, order, seq)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        if (low < 0) {
            return 0;
        }
        reader.load(this, low);
        return ((long) low << BLOCK_BITS) + reader.countUpTo(key, order, seq);
    }

    private boolean isFenceAbove(int block, IndexKey key, long order, long seq) {
        long at = (long) block * ViewFence.BYTES;
        int byHash =
                Long.compareUnsigned(fences.get(ViewFence.LONG, at + ViewFence.HASH), key.hash());
        if (byHash != 0) {
            return byHash > 0;
        }
        long place = fences.get(ViewFence.LONG, at + ViewFence.SEQ);
        int byTag = Long.compare(place >>> ViewFence.SEQ_BITS, key.tag());
        if (byTag != 0) {
            return byTag > 0;
        }
        long fenceOrder = fences.get(ViewFence.LONG, at + ViewFence.ORDER);
        long fenceSeq = place & (1L << ViewFence.SEQ_BITS) - 1;
        return fenceOrder > order || fenceOrder == order && fenceSeq > seq;
    }
}
