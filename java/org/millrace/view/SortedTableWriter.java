package org.millrace.view;

import org.millrace.format.SortedBlock;
import org.millrace.format.SortedFence;
import org.millrace.format.TableHeader;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes a table of sorted keys, which come in order.
 *
 * <p><b>Memory.</b> As {@link StoredTableWriter}, and a key.
 */
final class SortedTableWriter extends StoredTableWriter {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment previous = arena.allocate(SortedBlock.KEY_BYTES_MAX, 8);
    private MemorySegment fence;
    private int previousLength;
    private int inBlock;
    private long blockAt;

    SortedTableWriter(StoredFile file) {
        super(file, TableHeader.Kind.KEYS);
    }

    /** Adds a key that leads to the record at {@code seq} now. */
    void add(SortedWalk entry, long seq) {
        if (inBlock == 0) {
            beginBlock(entry, seq);
        }
        int length = entry.keyLength();
        int shared =
                inBlock == 0
                        ? 0
                        : KeyOrder.shared(
                                previous, 0, previousLength, entry.block(), entry.keyAt(), length);
        at = SortedBlock.put(buffer, at, entry.block(), entry.keyAt(), length, shared, seq);
        MemorySegment.copy(entry.block(), entry.keyAt(), previous, 0, length);
        previousLength = length;
        added(seq);
        inBlock++;
        if (at - blockAt >= SortedBlock.BYTES_WANTED) {
            endBlock();
        }
    }

    private void beginBlock(SortedWalk first, long seq) {
        roomForBlock(SortedBlock.BYTES_MAX);
        blockAt = at;
        at += SortedBlock.HEADER_BYTES;
        int length = first.keyLength();
        fence = newFence(SortedFence.KEY + length);
        fence.set(SortedFence.LONG, SortedFence.OFFSET, offsetOf(blockAt));
        fence.set(SortedFence.LONG, SortedFence.SEQ, seq);
        fence.set(SortedFence.INT, SortedFence.KEY_LENGTH, length);
        MemorySegment.copy(first.block(), first.keyAt(), fence, SortedFence.KEY, length);
    }

    @Override
    void endBlock() {
        if (inBlock == 0) {
            return;
        }
        SortedBlock.putCount(buffer, blockAt, inBlock);
        int length = (int) (at - blockAt);
        fence.set(SortedFence.INT, SortedFence.LENGTH, length);
        fence.set(SortedFence.INT, SortedFence.CRC, crc(blockAt, length));
        inBlock = 0;
    }

    @Override
    public void close() {
        super.close();
        arena.close();
    }
}
