package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One open file of the operating system: written with pwrite, read through {@link Mapping}s.
 *
 * <p><b>Threads.</b> See {@link StoredFile}. Calls on the descriptor hold the shared half of {@link
 * #descriptorLock}, so that close cannot hand its number to another file beneath them; a mapped
 * read holds nothing.
 *
 * <p><b>Memory.</b> No buffers, except when a caller writes from the Java heap.
 */
final class PosixFile implements StoredFile {
    /** Linux writes at most 2^31 - 4096 bytes a call; smaller steps keep others waiting less. */
    private static final long WRITE_BYTES_MAX = 1 << 30;

    private static final int HEAP_CHUNK_BYTES = 64 << 10;

    private final Path path;
    private final int fd;
    private final Mapping mapping;
    private final ReentrantReadWriteLock descriptorLock = new ReentrantReadWriteLock();
    private boolean closed; // guarded by descriptorLock
    private boolean locked; // guarded by descriptorLock

    /** The file was at least this long when last seen; reads beyond it ask again. */
    private volatile long knownSize;

    PosixFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
        this.mapping = new Mapping(path, fd);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long size() {
        var lock = enter();
        try {
            return refreshSize();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void read(long offset, MemorySegment to) {
        long length = to.byteSize();
        if (offset < 0 || length > knownSize - offset) {
            requireInFile(offset, length);
        }
        int result;
        try {
            result = mapping.read(offset, to);
        } catch (IllegalStateException e) {
            throw mapping.isClosed() ? closedError() : e;
        }
        if (result == Mapping.FAULT) {
            throw fault(offset, length);
        } else if (result == Mapping.UNMAPPED) {
            readUnmapped(offset, to);
        }
    }

    @Override
    public void write(long offset, MemorySegment from) {
        if (from.isNative()) {
            writeNative(offset, from);
            return;
        }
        long length = from.byteSize();
        try (var arena = Arena.ofConfined()) {
            var chunk = arena.allocate(Math.min(length, HEAP_CHUNK_BYTES));
            for (long done = 0; done < length; done += chunk.byteSize()) {
                long part = Math.min(chunk.byteSize(), length - done);
                MemorySegment.copy(from, done, chunk, 0, part);
                writeNative(offset + done, chunk.asSlice(0, part));
            }
        }
    }

    @Override
    public void sync() {
        var lock = enter();
        try {
            check(Libc.fdatasync(fd), "fdatasync failed, what was written may be lost");
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void truncate(long size) {
        var lock = enter();
        try {
            check(Libc.ftruncate(fd, size), "truncation to " + size + " bytes failed");
            knownSize = size;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void allocate(long offset, long length) {
        if (length == 0) {
            return;
        }
        var lock = enter();
        try {
            int result = Libc.fallocate(fd, offset, length);
            if (result != -Platform.Errno.EOPNOTSUPP.number()) {
                check(result, "taking " + length + " bytes from " + offset + " failed");
            }
        } finally {
            lock.unlock();
        }
        // Written zeros make the extents real: a later fdatasync has no metadata to write.
        try (var arena = Arena.ofConfined()) {
            var zeros = arena.allocate(Math.min(length, 1 << 20));
            for (long done = 0; done < length; done += zeros.byteSize()) {
                long part = Math.min(zeros.byteSize(), length - done);
                writeNative(offset + done, zeros.asSlice(0, part));
            }
        }
    }

    @Override
    public long dataFrom(long offset) {
        var lock = enter();
        try {
            long found = Libc.nextData(fd, offset);
            if (found == -Platform.Errno.ENXIO.number()) {
                return Math.max(offset, refreshSize());
            }
            return found < 0 ? offset : found; // a file system that knows of no holes
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isResident(long offset, long length) {
        var lock = enter();
        try {
            long size = length > knownSize - offset ? refreshSize() : knownSize;
            return Residency.isResident(mapping, offset, Math.min(length, size - offset));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void expect(long[] offsets, int count, long end) {
        mapping.touch(offsets, count, end);
    }

    /** An open-file-description lock, as that of {@link PosixLock}, and for its reasons. */
    @Override
    public void lock() {
        var lock = descriptorLock.writeLock();
        lock.lock();
        try {
            if (closed) {
                throw closedError();
            }
            PosixLock.takeFile(path, fd);
            locked = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        var lock = descriptorLock.writeLock();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            mapping.close();
            if (locked) { // by word: a child being forked has the open file too
                Libc.unlockOpenFile(fd);
            }
            check(Libc.close(fd), "close failed");
        } finally {
            lock.unlock();
        }
    }

    private void writeNative(long offset, MemorySegment from) {
        long length = from.byteSize();
        var lock = enter();
        try {
            long done = 0;
            while (done < length) {
                long part = Math.min(length - done, WRITE_BYTES_MAX);
                long written = Libc.pwrite(fd, from.address() + done, part, offset + done);
                if (written > 0) {
                    done += written;
                } else if (!Libc.isInterrupted(written)) {
                    throw writeError(offset, length, done, written);
                }
            }
            if (offset + length > knownSize) {
                knownSize = offset + length;
            }
        } finally {
            lock.unlock();
            Reference.reachabilityFence(from);
        }
    }

    private MillraceException writeError(long offset, long length, long done, long negatedErrno) {
        var what = "wrote " + done + " of " + length + " bytes";
        if (negatedErrno == 0) { // a device that takes nothing and says nothing
            return StorageErrors.of(path + "@" + offset, what, -Platform.Errno.EIO.number());
        }
        return StorageErrors.of(path + "@" + offset, what, negatedErrno);
    }

    private void readUnmapped(long offset, MemorySegment to) {
        long length = to.byteSize();
        var lock = enter();
        try (var arena = Arena.ofConfined()) {
            var buffer = to.isNative() ? to : arena.allocate(length);
            long done = 0;
            while (done < length) {
                long n = Libc.pread(fd, buffer.address() + done, length - done, offset + done);
                if (n == 0 || n < 0 && !Libc.isInterrupted(n)) {
                    throw fault(offset, length);
                }
                done += Math.max(n, 0);
            }
            if (buffer != to) {
                to.copyFrom(buffer);
            }
        } finally {
            lock.unlock();
            Reference.reachabilityFence(to);
        }
    }

    private void requireInFile(long offset, long length) {
        if (offset < 0) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, path + "@" + offset + ": negative offset");
        }
        if (length > size() - offset) {
            throw beyondEnd(offset, length);
        }
    }

    private MillraceException fault(long offset, long length) {
        if (length > size() - offset) {
            return beyondEnd(offset, length);
        }
        return new MillraceException(
                ErrorCode.ERR_READ_FAULT,
                path
                        + "@"
                        + offset
                        + ": "
                        + length
                        + " bytes cannot be read, although the file is "
                        + knownSize
                        + " bytes long: the device failed, or another program cut the file and"
                        + " extended it again. The rest of the file stays readable; check the disk,"
                        + " then run `verify`.");
    }

    private MillraceException beyondEnd(long offset, long length) {
        return new MillraceException(
                ErrorCode.ERR_READ_FAULT,
                path
                        + "@"
                        + offset
                        + ": "
                        + length
                        + " bytes wanted, but the file ends at "
                        + knownSize
                        + ". If it was longer, another program cut it; what stands before the end"
                        + " stays readable. Run `verify`.");
    }

    private long refreshSize() {
        long size = Libc.size(fd);
        check(size, "its length cannot be read");
        knownSize = size;
        return size;
    }

    private Lock enter() {
        var lock = descriptorLock.readLock();
        lock.lock();
        if (closed) {
            lock.unlock();
            throw closedError();
        }
        return lock;
    }

    private MillraceException closedError() {
        return new MillraceException(
                ErrorCode.ERR_LOG_CLOSED, path + " was closed; open it again to use it");
    }

    private void check(long result, String what) {
        if (result < 0) {
            throw StorageErrors.of(path.toString(), what, result);
        }
    }
}
