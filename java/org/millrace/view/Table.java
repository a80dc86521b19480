package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewBlock;
import org.millrace.format.ViewManifest;
import org.millrace.format.ViewTable;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An immutable file of sorted postings, read block by block where a reader needs them.
 *
 * <p>A posting's place in the sorted order, its rank, says in which block it stands; so a range is
 * a pair of ranks, and counting it reads two blocks.
 *
 * <p><b>Threads.</b> Many readers.
 *
 * <p><b>Memory.</b> Owns the file and a copy of its fences: 40 bytes for each 256 postings.
 *
 * <p><b>Errors.</b> Every block is checked when it is first read: {@link DamagedFile}.
 */
final class Table implements Run, StoredTable {
    private static final int BLOCK_BITS = 8;

    private final StoredFile file;
    private final ViewManifest.TableEntry entry;
    private final ViewTable header;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment fences;

    /** One byte a block: 1 = its checksum was right. */
    private final byte[] checked;

    private Table(StoredFile file, ViewManifest.TableEntry entry, ViewTable header) {
        this.file = file;
        this.entry = entry;
        this.header = header;
        this.checked = new byte[header.blocks()];
        this.fences = arena.allocate((long) header.blocks() * ViewTable.FENCE_BYTES, 8);
    }

    /** Takes over the file; null when it is not the one that the manifest means. */
    static Table open(StoredFile file, ViewManifest.TableEntry entry) {
        ViewTable header = null;
        try (var arena = Arena.ofConfined()) {
            if (file.size() == entry.bytes() && entry.bytes() >= ViewTable.HEADER_BYTES) {
                var bytes = arena.allocate(ViewTable.HEADER_BYTES, 8);
                file.read(0, bytes);
                header = ViewTable.get(bytes, entry.headerCrc());
            }
        }
        if (header == null || header.fileBytes() != entry.bytes()) {
            file.close();
            return null;
        }
        var table = new Table(file, entry, header);
        file.read(header.fencesOffset(), table.fences);
        if (BlockCrc.ofAll(table.fences) != header.fencesCrc()) {
            table.close();
            return null;
        }
        return table;
    }

    @Override
    public ViewManifest.TableEntry entry() {
        return entry;
    }

    @Override
    public long size() {
        return header.postings();
    }

    @Override
    public long lastSeq() {
        return header.lastSeq();
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
        long at = (long) block * ViewTable.FENCE_BYTES;
        try {
            int length = fences.get(ViewTable.INT, at + ViewTable.FENCE_LENGTH);
            var bytes = to.asSlice(0, length);
            file.read(fences.get(ViewTable.LONG, at + ViewTable.FENCE_OFFSET), bytes);
            if (checked[block] == 0) {
                int crc = fences.get(ViewTable.INT, at + ViewTable.FENCE_CRC);
                if (BlockCrc.ofAll(bytes) != crc) {
                    throw damaged(": wrong checksum of block " + block, null);
                }
                checked[block] = 1;
            }
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_READ_FAULT || e.code() == ErrorCode.ERR_IO) {
                throw damaged(": block " + block + " cannot be read", e);
            }
            throw e;
        }
        as.over(to);
    }

    @Override
    public void close() {
        file.close();
        arena.close();
    }

    private DamagedFile damaged(String what, Throwable cause) {
        return new DamagedFile(entry.number(), file.path() + what, cause);
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
        long at = (long) block * ViewTable.FENCE_BYTES;
        int byHash = Long.compareUnsigned(fences.get(ViewTable.LONG, at), key.hash());
        if (byHash != 0) {
            return byHash > 0;
        }
        long place = fences.get(ViewTable.LONG, at + ViewTable.FENCE_SEQ);
        int byTag = Long.compare(place >>> ViewTable.SEQ_BITS, key.tag());
        if (byTag != 0) {
            return byTag > 0;
        }
        long fenceOrder = fences.get(ViewTable.LONG, at + ViewTable.FENCE_ORDER);
        long fenceSeq = place & (1L << ViewTable.SEQ_BITS) - 1;
        return fenceOrder > order || fenceOrder == order && fenceSeq > seq;
    }
}
