package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.SortedBlock;
import org.millrace.format.SortedHeader;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes a table of sorted keys: entries come in order. The header is written last.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> {@value #BUFFER_BYTES} bytes of blocks, two keys, and the fences.
 */
final class SortedTableWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final StoredFile file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private final MemorySegment previous = arena.allocate(SortedBlock.KEY_BYTES_MAX, 8);
    private final BlockCrc crc = new BlockCrc().over(buffer);
    private Arena fenceArena = Arena.ofShared();
    private MemorySegment fences = fenceArena.allocate(64 * 1024, 8);
    private int fencesBytes;
    private int blocks;
    private int previousLength;
    private int inBlock;
    private long blockAt;
    private long at;
    private long entries;
    private long writtenTo = SortedHeader.BYTES;
    private long firstSeq = Long.MAX_VALUE;
    private long lastSeq = -1;

    SortedTableWriter(StoredFile file) {
        this.file = file;
    }

    void add(SortedWalk entry) {
        if (inBlock == 0) {
            beginBlock(entry);
        }
        int length = entry.keyLength();
        int shared =
                inBlock == 0
                        ? 0
                        : KeyOrder.shared(
                                previous, 0, previousLength, entry.block(), entry.keyAt(), length);
        at = SortedBlock.put(buffer, at, entry.block(), entry.keyAt(), length, shared, entry.seq());
        MemorySegment.copy(entry.block(), entry.keyAt(), previous, 0, length);
        previousLength = length;
        firstSeq = Math.min(firstSeq, entry.seq());
        lastSeq = Math.max(lastSeq, entry.seq());
        entries++;
        inBlock++;
        if (at - blockAt >= SortedBlock.BYTES_WANTED) {
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
        var used = fences.asSlice(0, fencesBytes);
        file.write(writtenTo, used);
        var header =
                new SortedHeader(
                        entries,
                        blocks,
                        BlockCrc.ofAll(used),
                        firstSeq,
                        lastSeq,
                        writtenTo,
                        fencesBytes);
        int headerCrc = header.put(buffer);
        file.write(0, buffer.asSlice(0, SortedHeader.BYTES));
        file.sync();
        return headerCrc;
    }

    @Override
    public void close() {
        arena.close();
        fenceArena.close();
    }

    private void beginBlock(SortedWalk first) {
        if (at + SortedBlock.BYTES_MAX > BUFFER_BYTES) {
            writeOut();
        }
        blockAt = at;
        at += SortedBlock.HEADER_BYTES;
        int length = first.keyLength();
        roomForFence(SortedHeader.FENCE_KEY + length);
        fences.set(SortedHeader.LONG, fencesBytes, writtenTo + blockAt);
        fences.set(SortedHeader.LONG, fencesBytes + SortedHeader.FENCE_SEQ, first.seq());
        fences.set(SortedHeader.INT, fencesBytes + SortedHeader.FENCE_KEY_LENGTH, length);
        MemorySegment.copy(
                first.block(), first.keyAt(), fences, fencesBytes + SortedHeader.FENCE_KEY, length);
    }

    private void endBlock() {
        SortedBlock.putCount(buffer, blockAt, inBlock);
        int length = (int) (at - blockAt);
        fences.set(SortedHeader.INT, fencesBytes + SortedHeader.FENCE_LENGTH, length);
        fences.set(SortedHeader.INT, fencesBytes + SortedHeader.FENCE_CRC, crc.of(blockAt, length));
        fencesBytes +=
                SortedHeader.FENCE_KEY
                        + fences.get(SortedHeader.INT, fencesBytes + SortedHeader.FENCE_KEY_LENGTH);
        blocks++;
        inBlock = 0;
    }

    private void roomForFence(int bytes) {
        if (fencesBytes + (long) bytes > fences.byteSize()) {
            var larger = Arena.ofShared();
            var room = larger.allocate(Math.max(fences.byteSize() * 2, fencesBytes + bytes), 8);
            MemorySegment.copy(fences, 0, room, 0, fencesBytes);
            fenceArena.close();
            fenceArena = larger;
            fences = room;
        }
    }

    private void writeOut() {
        file.write(writtenTo, buffer.asSlice(0, at));
        writtenTo += at;
        at = 0;
    }
}
