package org.millrace.log.memory;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Records in growing off-heap blocks, found by their index; what {@link MemoryLog} stands on.
 *
 * <p>A record stands in one block, so that reading is one copy; one too large for the usual block
 * gets a block of its own.
 *
 * <p><b>Threads.</b> One writer. Readers without locks; they may only ask for records whose number
 * the writer has published to them by a volatile write.
 *
 * <p><b>Memory.</b> Owns everything; freed by {@code close}, given back by nothing else.
 */
final class MemoryRecords implements AutoCloseable {
    /** Bytes a record costs beside its payload. */
    static final int ENTRY_BYTES = 16;

    private static final int BLOCK_BYTES = 1 << 20;
    private static final int ENTRIES_SHIFT = 12;
    private static final int ENTRIES = 1 << ENTRIES_SHIFT;

    // An index entry, 16 bytes:
    //  0       4       8        12
    //  | block | start | length | unused
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final Arena arena = Arena.ofShared();
    private volatile MemorySegment[] blocks = {};
    private volatile MemorySegment[] index = {};
    private long usedInBlock = BLOCK_BYTES;

    /** Writer: copies a payload and fills the index entry of {@code record}. */
    void put(long record, MemorySegment data, long start, int length) {
        if (usedInBlock + length > BLOCK_BYTES) {
            addBlock(Math.max(length, BLOCK_BYTES));
        }
        int block = blocks.length - 1;
        MemorySegment.copy(data, start, blocks[block], usedInBlock, length);
        var entries = entries(record);
        long at = at(record);
        INT.set(entries, at, block);
        INT.set(entries, at + 4, (int) usedInBlock);
        INT.set(entries, at + 8, length);
        usedInBlock += length;
    }

    /** Length in bytes, or {@link RecordBatch#DELETED}. */
    int length(long record) {
        return (int) INT.getAcquire(index[(int) (record >>> ENTRIES_SHIFT)], at(record) + 8);
    }

    /**
     * Copies a record of {@code length} bytes.
     *
     * @return false when it was deleted meanwhile: the bytes copied mean nothing
     */
    boolean copy(long record, int length, MemorySegment to, long toOffset) {
        var entries = index[(int) (record >>> ENTRIES_SHIFT)];
        int block = (int) INT.get(entries, at(record));
        int start = (int) INT.get(entries, at(record) + 4);
        MemorySegment.copy(blocks[block], start, to, toOffset, length);
        VarHandle.loadLoadFence();
        return length(record) != RecordBatch.DELETED;
    }

    /** Writer: marks the record deleted, then zeroes its bytes; a reader in between looks again. */
    void delete(long record) {
        int length = length(record);
        if (length == RecordBatch.DELETED) {
            return;
        }
        var entries = index[(int) (record >>> ENTRIES_SHIFT)];
        INT.setVolatile(entries, at(record) + 8, RecordBatch.DELETED);
        VarHandle.fullFence();
        int start = (int) INT.get(entries, at(record) + 4);
        blocks[(int) INT.get(entries, at(record))].asSlice(start, length).fill((byte) 0);
    }

    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment entries(long record) {
        int chunk = (int) (record >>> ENTRIES_SHIFT);
        if (chunk == index.length) {
            index = with(index, allocate((long) ENTRIES * ENTRY_BYTES));
        }
        return index[chunk];
    }

    private void addBlock(long bytes) {
        blocks = with(blocks, allocate(bytes));
        usedInBlock = 0;
    }

    private MemorySegment allocate(long bytes) {
        try {
            return arena.allocate(bytes, 8);
        } catch (OutOfMemoryError e) {
            throw new MillraceException(
                    ErrorCode.ERR_OUT_OF_MEMORY,
                    "memory log: no room for a block of "
                            + bytes
                            + " bytes; nothing was appended. Lower bytesMax or raise the limit of"
                            + " native memory.",
                    e);
        }
    }

    /** Array with one more element; doubling would buy nothing, it grows once per block. */
    private static MemorySegment[] with(MemorySegment[] old, MemorySegment added) {
        var grown = Arrays.copyOf(old, old.length + 1);
        grown[old.length] = added;
        return grown;
    }

    private static long at(long record) {
        return (record & (ENTRIES - 1)) * ENTRY_BYTES;
    }
}
