package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.format.WalIndexEntry;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Frame boundaries of one segment, every few KiB: where to start when reading backwards, and where
 * a sequence stands in a compacted segment. Made when first needed: read from the index frame of a
 * sealed segment, else walked; that of a growing segment is walked on.
 *
 * <p><b>Threads.</b> Any; readers wait for one another only while it is being made.
 *
 * <p><b>Memory.</b> 16 bytes an entry, freed with this object by the garbage collector, because
 * readers may still hold a segment that was replaced.
 */
final class WalIndex {
    /** Distance of entries in a segment whose frames stand where their sequence says. */
    static final int SPARSE_BYTES = 32 << 10;

    /** Distance of entries in a compacted segment, where every get walks from one. */
    static final int DENSE_BYTES = 4 << 10;

    private final WalSegment segment;
    private MemorySegment entries = MemorySegment.NULL;
    private int count;

    /** How far {@link #entries} reaches. */
    private long walkedOffset = WalHeader.BYTES;

    WalIndex(WalSegment segment) {
        this.segment = segment;
    }

    /**
     * Offset of the last boundary whose frame's sequence is at most this; the first one, if none.
     */
    synchronized long floor(long sequence) {
        complete();
        int at = search(sequence);
        return at < 0
                ? WalHeader.BYTES
                : WalIndexEntry.offset(entries, (long) at * WalIndexEntry.BYTES);
    }

    /** Offset of the boundary behind this one; the end of the segment, if none. */
    synchronized long after(long offset) {
        complete();
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (WalIndexEntry.offset(entries, (long) middle * WalIndexEntry.BYTES) <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < count
                ? WalIndexEntry.offset(entries, (long) low * WalIndexEntry.BYTES)
                : segment.end();
    }

    /** All entries, as they stand in the index frame. */
    synchronized MemorySegment entries() {
        complete();
        return entries.asSlice(0, (long) count * WalIndexEntry.BYTES);
    }

    /** Adds a boundary when it is far enough from the last; called in ascending order. */
    synchronized void offer(long sequence, long offset) {
        int every = segment.isCompacted() ? DENSE_BYTES : SPARSE_BYTES;
        long last =
                count == 0
                        ? Long.MIN_VALUE / 2
                        : WalIndexEntry.offset(entries, (count - 1L) * WalIndexEntry.BYTES);
        if (offset - last < every) {
            return;
        }
        long at = (long) count * WalIndexEntry.BYTES;
        if (at + WalIndexEntry.BYTES > entries.byteSize()) {
            var larger = Arena.ofAuto().allocate(Math.max(1024, 2 * entries.byteSize()), 8);
            entries = larger.copyFrom(entries).asSlice(0);
        }
        WalIndexEntry.put(entries, at, sequence, offset);
        count++;
    }

    /** Everything up to here was offered. */
    synchronized void walked(long offset) {
        walkedOffset = Math.max(walkedOffset, offset);
    }

    private int search(long sequence) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (WalIndexEntry.sequence(entries, (long) middle * WalIndexEntry.BYTES) <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private void complete() {
        long end = segment.end();
        if (walkedOffset >= end || count == 0 && load(end)) {
            return;
        }
        try (var walk = new WalWalk(segment)) {
            // The last frames may be in the middle of being written at level memory's end.
            while (walkedOffset < end) {
                var stop =
                        walk.run(
                                walkedOffset,
                                end,
                                (block, at, offset, _) ->
                                        offer(WalFrame.sequence(block, at), offset));
                walkedOffset = walk.offset();
                if (stop != WalWalk.Stop.LIMIT) {
                    walkedOffset = walk.search(walkedOffset + WalFrame.ALIGNMENT, end);
                }
            }
        }
    }

    /** Reads the index frame of a sealed segment; false when there is none or it is damaged. */
    private boolean load(long end) {
        if (!segment.isSealed()) {
            return false;
        }
        try (var walk = new WalWalk(segment)) {
            if (!walk.isFrame(end, segment.file().size())
                    || (WalFrame.flags(walk.block(), 0) & WalFrame.INDEX) == 0) {
                return false;
            }
            int bytes = WalFrame.length(walk.block(), 0);
            entries = Arena.ofAuto().allocate(bytes, 8);
            MemorySegment.copy(walk.block(), WalFrame.HEADER_BYTES, entries, 0, bytes);
            count = bytes / WalIndexEntry.BYTES;
            walkedOffset = end;
            return true;
        }
    }
}
