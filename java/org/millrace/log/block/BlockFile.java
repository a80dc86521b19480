package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A file whose length is always whole blocks: a write that ends inside a new block puts zeros
 * behind itself, as the peers expect.
 *
 * <p>The records go first and the zeros second. A crash in between leaves a short last block, which
 * recovery fills up; the other way round it would leave an empty block that the peers take for a
 * record.
 *
 * <p><b>Threads.</b> As {@link StoredFile}, one writer.
 */
final class BlockFile implements StoredFile {
    private final StoredFile file;
    private final BlockFormat format;
    private final MemorySegment zeros;
    private volatile long size;
    private volatile Runnable beforeNextWrite;

    BlockFile(StoredFile file, BlockFormat format) {
        this.file = file;
        this.format = format;
        this.zeros = Arena.ofAuto().allocate(format.blockBytes(), 8).asReadOnly();
        this.size = file.size();
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public void read(long offset, MemorySegment to) {
        file.read(offset, to);
    }

    /** Has {@code task} run before the next write, once. */
    void beforeNextWrite(Runnable task) {
        beforeNextWrite = task;
    }

    @Override
    public void write(long offset, MemorySegment from) {
        var before = beforeNextWrite;
        if (before != null) {
            beforeNextWrite = null;
            before.run();
        }
        file.write(offset, from);
        long end = offset + from.byteSize();
        if (end > size) {
            pad(end);
        }
    }

    /** Puts zeros over the rest of the block that {@code end} lies in. */
    void pad(long end) {
        long whole = format.roundUp(end);
        if (whole > end) {
            file.write(end, zeros.asSlice(0, whole - end));
        }
        size = Math.max(size, whole);
    }

    /**
     * Ends the log at {@code end}: nothing but zeros behind it, and no block that is empty. By
     * truncation alone, because a disk that is full may refuse to have zeros written.
     */
    void cut(long end) {
        long whole = format.roundUp(end);
        if (file.size() > end) {
            file.truncate(end);
        }
        if (whole > end) {
            file.truncate(whole);
        }
        size = whole;
    }

    /** Zeros over a range within the file. */
    void zero(long offset, int length) {
        for (int at = 0; at < length; ) {
            int piece = (int) Math.min(length - at, zeros.byteSize());
            file.write(offset + at, zeros.asSlice(0, piece));
            at += piece;
        }
    }

    @Override
    public void sync() {
        file.sync();
    }

    @Override
    public void truncate(long newSize) {
        file.truncate(newSize);
        size = newSize;
    }

    @Override
    public void allocate(long offset, long length) {
        file.allocate(offset, length);
    }

    @Override
    public long dataFrom(long offset) {
        return file.dataFrom(offset);
    }

    @Override
    public boolean isResident(long offset, long length) {
        return file.isResident(offset, length);
    }

    @Override
    public void close() {
        file.close();
    }
}
