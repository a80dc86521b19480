package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.TableHeader;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes a table: blocks of entries that come in order, then their fences, the header last.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> {@value #BUFFER_BYTES} bytes of blocks, and the fences.
 */
abstract class StoredTableWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;

    final MemorySegment buffer;

    /** Where in the buffer the next byte goes. */
    long at;

    private final StoredFile file;
    private final TableHeader.Kind kind;
    private final Arena arena = Arena.ofShared();
    private final BlockCrc crc;
    private Arena fenceArena = Arena.ofShared();
    private MemorySegment fences = fenceArena.allocate(64 * 1024, 8);
    private int fencesBytes;
    private int blocks;
    private long entries;
    private long writtenTo = TableHeader.BYTES;
    private long firstSeq = Long.MAX_VALUE;
    private long lastSeq = -1;

    StoredTableWriter(StoredFile file, TableHeader.Kind kind) {
        this.file = file;
        this.kind = kind;
        buffer = arena.allocate(BUFFER_BYTES, 8);
        crc = new BlockCrc().over(buffer);
    }

    /** Ends the block under way, if there is one. */
    abstract void endBlock();

    /** One more entry was added. */
    final void added(long seq) {
        firstSeq = Math.min(firstSeq, seq);
        lastSeq = Math.max(lastSeq, seq);
        entries++;
    }

    /** Before a block of at most so many bytes is put at {@link #at}. */
    final void roomForBlock(int bytesMax) {
        if (at + bytesMax > BUFFER_BYTES) {
            writeOut();
        }
    }

    /** Where in the file a byte of the buffer will stand. */
    final long offsetOf(long inBuffer) {
        return writtenTo + inBuffer;
    }

    final int crc(long inBuffer, int length) {
        return crc.of(inBuffer, length);
    }

    /** The fence of the block at hand, to be filled before the next one is asked for. */
    final MemorySegment newFence(int bytes) {
        if (fencesBytes + (long) bytes > fences.byteSize()) {
            var larger = Arena.ofShared();
            var room = larger.allocate(Math.max(fences.byteSize() * 2, fencesBytes + bytes), 8);
            MemorySegment.copy(fences, 0, room, 0, fencesBytes);
            fenceArena.close();
            fenceArena = larger;
            fences = room;
        }
        var fence = fences.asSlice(fencesBytes, bytes);
        fencesBytes += bytes;
        blocks++;
        return fence;
    }

    /**
     * Writes what is left and makes the file durable.
     *
     * @return checksum of the header
     */
    final int finish() {
        endBlock();
        writeOut();
        var used = fences.asSlice(0, fencesBytes);
        file.write(writtenTo, used);
        var header =
                new TableHeader(
                        kind,
                        entries,
                        blocks,
                        BlockCrc.ofAll(used),
                        firstSeq,
                        lastSeq,
                        writtenTo,
                        fencesBytes);
        int headerCrc = header.put(buffer);
        file.write(0, buffer.asSlice(0, TableHeader.BYTES));
        file.sync();
        return headerCrc;
    }

    @Override
    public void close() {
        arena.close();
        fenceArena.close();
    }

    private void writeOut() {
        file.write(writtenTo, buffer.asSlice(0, at));
        writtenTo += at;
        at = 0;
    }
}
