package org.millrace.fault;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Content of one file in memory: what was written, and what of it a power cut would leave.
 *
 * <p>Copies share their bytes until one of them writes, so that thousands of crash images cost
 * little.
 *
 * <p><b>Threads.</b> Any; every method is synchronized.
 */
final class MemoryFile {
    private byte[] bytes;
    private int size;
    private boolean shared;

    private byte[] syncedBytes;
    private int syncedSize;
    private boolean syncedShared;

    /** Ranges {start, end} that differ from the synced bytes. */
    private final List<int[]> dirty = new ArrayList<>();

    MemoryFile() {
        this(new byte[0], 0);
    }

    private MemoryFile(byte[] bytes, int size) {
        this.bytes = bytes;
        this.size = size;
        this.shared = true;
        this.syncedBytes = bytes;
        this.syncedSize = size;
        this.syncedShared = true;
    }

    /** An independent file with this one's written bytes, all of them durable. */
    synchronized MemoryFile copyWritten() {
        shared = true;
        return new MemoryFile(bytes, size);
    }

    /** An independent file with what a power cut would leave for certain. */
    synchronized MemoryFile copySynced() {
        syncedShared = true;
        return new MemoryFile(syncedBytes, syncedSize);
    }

    synchronized int size() {
        return size;
    }

    /** False when the range is not in the file. */
    synchronized boolean read(long offset, MemorySegment to) {
        if (offset < 0 || to.byteSize() > size - offset) {
            return false;
        }
        MemorySegment.copy(
                MemorySegment.ofArray(bytes),
                ValueLayout.JAVA_BYTE,
                offset,
                to,
                ValueLayout.JAVA_BYTE,
                0,
                to.byteSize());
        return true;
    }

    synchronized void write(long offset, MemorySegment from, long fromOffset, long length) {
        int start = Math.toIntExact(offset);
        int end = Math.toIntExact(offset + length);
        own(end);
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, fromOffset, bytes, start, (int) length);
        size = Math.max(size, end);
        dirty.add(new int[] {start, end});
    }

    synchronized void fillZero(long offset, long length) {
        int start = Math.toIntExact(offset);
        int end = Math.toIntExact(offset + length);
        own(end);
        Arrays.fill(bytes, start, end, (byte) 0);
        size = Math.max(size, end);
        dirty.add(new int[] {start, end});
    }

    synchronized void truncate(long newSize) {
        int end = Math.toIntExact(newSize);
        if (end == size) {
            return;
        }
        own(end);
        int changed = Math.min(end, size);
        Arrays.fill(bytes, changed, bytes.length, (byte) 0); // bytes beyond the end read as zero
        dirty.add(new int[] {changed, Math.max(end, size)});
        size = end;
    }

    synchronized void sync() {
        if (dirty.isEmpty()) {
            return;
        }
        if (syncedShared || syncedBytes.length < bytes.length) {
            syncedBytes = bytes.clone();
            syncedShared = false;
        } else {
            for (var range : dirty) {
                int end = Math.min(range[1], bytes.length);
                if (range[0] < end) {
                    System.arraycopy(bytes, range[0], syncedBytes, range[0], end - range[0]);
                }
            }
        }
        syncedSize = size;
        dirty.clear();
    }

    private void own(int needed) {
        if (shared || needed > bytes.length) {
            int room = needed > bytes.length ? Math.max(needed + needed / 2, 512) : bytes.length;
            bytes = Arrays.copyOf(bytes, room);
            shared = false;
        }
    }
}
