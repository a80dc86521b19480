package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewBlock;
import org.millrace.format.ViewTable;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes a table: postings come sorted by hash, tag, order, sequence. The header is written last.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> {@value #BUFFER_BYTES} bytes of blocks, and 40 bytes for each 256 postings.
 */
final class TableWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final StoredFile file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private final BlockCrc crc = new BlockCrc().over(buffer);
    private final long[][] columns = new long[ViewBlock.COLUMNS][ViewBlock.POSTINGS_MAX];
    private Arena fenceArena = Arena.ofShared();
    private MemorySegment fences = fenceArena.allocate(1024L * ViewTable.FENCE_BYTES, 8);
    private int blocks;
    private int inBlock;
    private long postings;
    private int buffered;
    private long writtenTo = ViewTable.HEADER_BYTES;
    private long firstSeq = Long.MAX_VALUE;
    private long lastSeq = -1;

    TableWriter(StoredFile file) {
        this.file = file;
    }

    /** Adds a posting. */
    void add(long hash, int tag, long order, long place) {
        long seq = place >>> PostingList.FLAG_BITS;
        columns[ViewBlock.HASH][inBlock] = hash;
        columns[ViewBlock.ORDER][inBlock] = order;
        columns[ViewBlock.SEQ][inBlock] = seq;
        columns[ViewBlock.MARKS][inBlock] =
                (long) tag << PostingList.FLAG_BITS | place & PostingList.FLAGS_MASK;
        firstSeq = Math.min(firstSeq, seq);
        lastSeq = Math.max(lastSeq, seq);
        postings++;
        if (++inBlock == ViewBlock.POSTINGS_MAX) {
            endBlock();
        }
    }

    /**
     * Writes what is left and makes the file durable.
     *
     * @return checksum of the header
     */
    int finish() {
        if (inBlock > 0) {
            endBlock();
        }
        writeOut();
        var used = fences.asSlice(0, (long) blocks * ViewTable.FENCE_BYTES);
        file.write(writtenTo, used);
        var header =
                new ViewTable(postings, blocks, BlockCrc.ofAll(used), firstSeq, lastSeq, writtenTo);
        int headerCrc = header.put(buffer);
        file.write(0, buffer.asSlice(0, ViewTable.HEADER_BYTES));
        file.sync();
        return headerCrc;
    }

    @Override
    public void close() {
        arena.close();
        fenceArena.close();
    }

    private void endBlock() {
        if (buffered + ViewBlock.BYTES_MAX > BUFFER_BYTES) {
            writeOut();
        }
        int length = ViewBlock.put(columns, inBlock, buffer, buffered);
        addFence(length);
        buffered += length;
        inBlock = 0;
    }

    private void addFence(int length) {
        long at = (long) blocks++ * ViewTable.FENCE_BYTES;
        if (at == fences.byteSize()) {
            growFences();
        }
        long tag = columns[ViewBlock.MARKS][0] >>> PostingList.FLAG_BITS;
        fences.set(ViewTable.LONG, at, columns[ViewBlock.HASH][0]);
        fences.set(ViewTable.LONG, at + ViewTable.FENCE_ORDER, columns[ViewBlock.ORDER][0]);
        fences.set(
                ViewTable.LONG,
                at + ViewTable.FENCE_SEQ,
                tag << ViewTable.SEQ_BITS | columns[ViewBlock.SEQ][0]);
        fences.set(ViewTable.LONG, at + ViewTable.FENCE_OFFSET, writtenTo + buffered);
        fences.set(ViewTable.INT, at + ViewTable.FENCE_LENGTH, length);
        fences.set(ViewTable.INT, at + ViewTable.FENCE_CRC, crc.of(buffered, length));
    }

    private void growFences() {
        var larger = Arena.ofShared();
        var room = larger.allocate(fences.byteSize() * 2, 8);
        MemorySegment.copy(fences, 0, room, 0, fences.byteSize());
        fenceArena.close();
        fenceArena = larger;
        fences = room;
    }

    private void writeOut() {
        file.write(writtenTo, buffer.asSlice(0, buffered));
        writtenTo += buffered;
        buffered = 0;
    }
}
