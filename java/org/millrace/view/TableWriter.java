package org.millrace.view;

import org.millrace.format.TableHeader;
import org.millrace.format.ViewBlock;
import org.millrace.format.ViewFence;
import org.millrace.storage.StoredFile;

import java.util.function.LongUnaryOperator;

/** Writes a table of postings, which come sorted by hash, tag, order, sequence. */
final class TableWriter extends StoredTableWriter {
    private final long[][] columns = new long[ViewBlock.COLUMNS][ViewBlock.POSTINGS_MAX];
    private int inBlock;

    TableWriter(StoredFile file) {
        super(file, TableHeader.Kind.POSTINGS);
    }

    /**
     * Adds a posting, unless its record is gone.
     *
     * @param places as for {@link TableMerge#merge}
     */
    void add(long hash, int tag, long order, long place, LongUnaryOperator places) {
        long seq = places.applyAsLong(place >>> PostingList.FLAG_BITS);
        if (seq < 0) {
            return;
        }
        columns[ViewBlock.HASH][inBlock] = hash;
        columns[ViewBlock.ORDER][inBlock] = order;
        columns[ViewBlock.SEQ][inBlock] = seq;
        columns[ViewBlock.MARKS][inBlock] =
                (long) tag << PostingList.FLAG_BITS | place & PostingList.FLAGS_MASK;
        added(seq);
        if (++inBlock == ViewBlock.POSTINGS_MAX) {
            endBlock();
        }
    }

    @Override
    void endBlock() {
        if (inBlock == 0) {
            return;
        }
        roomForBlock(ViewBlock.BYTES_MAX);
        int length = ViewBlock.put(columns, inBlock, buffer, at);
        var fence = newFence(ViewFence.BYTES);
        long tag = columns[ViewBlock.MARKS][0] >>> PostingList.FLAG_BITS;
        fence.set(ViewFence.LONG, ViewFence.HASH, columns[ViewBlock.HASH][0]);
        fence.set(ViewFence.LONG, ViewFence.ORDER, columns[ViewBlock.ORDER][0]);
        fence.set(
                ViewFence.LONG,
                ViewFence.SEQ,
                tag << ViewFence.SEQ_BITS | columns[ViewBlock.SEQ][0]);
        fence.set(ViewFence.LONG, ViewFence.OFFSET, offsetOf(at));
        fence.set(ViewFence.INT, ViewFence.LENGTH, length);
        fence.set(ViewFence.INT, ViewFence.CRC, crc(at, length));
        at += length;
        inBlock = 0;
    }
}
