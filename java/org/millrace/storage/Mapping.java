package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Read-only mappings of one file, in windows of 1 GiB, made when first read.
 *
 * <p>A window is mapped whole, also beyond the end of the file, so that a growing file never needs
 * a new one; nobody may touch it beyond the end (the caller checks), and who does, because another
 * program cut the file, gets {@link #FAULT}.
 *
 * <p><b>Threads.</b> Any. A read takes no lock and writes no shared memory: the windows live in a
 * shared {@link Arena}, whose close stops readers and waits for copies under way before unmapping.
 *
 * <p><b>Memory.</b> Address space only, until pages are read.
 */
@SuppressWarnings("restricted") // this class is the boundary that the warning is about
final class Mapping implements AutoCloseable {
    static final int WINDOW_BITS = 30;
    static final long WINDOW_BYTES = 1L << WINDOW_BITS;
    private static final long WINDOW_MASK = WINDOW_BYTES - 1;

    /** How a copy ended. */
    static final int COPIED = 0;

    /** The pages could not be read: file cut beneath us, or a failing disk. */
    static final int FAULT = 1;

    /** No mapping to be had (address space limit, odd file system): read another way. */
    static final int UNMAPPED = 2;

    private static final Object FENCE = new Object();

    private final Path path;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private volatile MemorySegment[] windows = {};

    /** Means nothing; without it the JIT would see that {@link #touch} loads for nobody. */
    private int touched;

    Mapping(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /** Fills {@code to}; the caller has made sure that the range is in the file. */
    int read(long offset, MemorySegment to) {
        long length = to.byteSize();
        long at = offset & WINDOW_MASK;
        var window = window(offset);
        if (at + length <= WINDOW_BYTES) {
            return window == null ? UNMAPPED : copy(window, at, to, 0, length);
        }
        for (long done = 0; done < length; ) {
            window = window(offset + done);
            if (window == null) {
                return UNMAPPED;
            }
            at = (offset + done) & WINDOW_MASK;
            long part = Math.min(length - done, WINDOW_BYTES - at);
            int result = copy(window, at, to, done, part);
            if (result != COPIED) {
                return result;
            }
            done += part;
        }
        return COPIED;
    }

    /**
     * Loads one byte at each of many offsets. The loads do not depend on each other, so a processor
     * waits for their cache misses together. What goes wrong is left for the read to tell.
     */
    void touch(long[] offsets, int count, long end) {
        int sum = 0;
        try {
            for (int i = 0; i < count; i++) {
                long offset = offsets[i];
                var window = offset >= 0 && offset < end ? window(offset) : null;
                if (window != null) {
                    sum += window.get(ValueLayout.JAVA_BYTE, offset & WINDOW_MASK);
                }
            }
            Thread.holdsLock(FENCE);
        } catch (IllegalStateException | InternalError closedOrCut) {
            sum = 0;
        }
        touched = sum;
    }

    /** Address of a mapped offset, or 0; valid while the caller keeps the file open. */
    long addressOf(long offset) {
        var window = window(offset);
        return window == null ? 0 : window.address() + (offset & WINDOW_MASK);
    }

    /** True when the arena was closed; readers then throw {@link IllegalStateException}. */
    boolean isClosed() {
        return !arena.scope().isAlive();
    }

    /** Readers that come later throw; a copy under way ends first. */
    @Override
    public synchronized void close() {
        arena.close();
    }

    /**
     * One copy out of the mapping; {@link #FAULT} when a page could not be had.
     *
     * <p>The JVM turns the SIGBUS of a failed page into an InternalError, but asynchronously:
     * compiled code goes on with garbage and meets the error at its next safepoint poll, which
     * after inlining can be far away in the caller, outside this try. A call of a native method is
     * such a poll in every tier and is never inlined, so that the error is met here. {@code
     * holdsLock} is the cheapest one that does nothing. (MappingFaultTest turns red without it.)
     */
    private static int copy(
            MemorySegment window, long at, MemorySegment to, long toOffset, long length) {
        try {
            MemorySegment.copy(window, at, to, toOffset, length);
            Thread.holdsLock(FENCE);
            return COPIED;
        } catch (InternalError fault) {
            return FAULT;
        }
    }

    private MemorySegment window(long offset) {
        int index = (int) (offset >>> WINDOW_BITS);
        var seen = windows;
        if (index < seen.length && seen[index] != null) {
            return seen[index];
        }
        return map(index);
    }

    private synchronized MemorySegment map(int index) {
        var seen = windows;
        if (index < seen.length && seen[index] != null) {
            return seen[index];
        }
        if (isClosed()) {
            throw new IllegalStateException(path + " is closed");
        }
        long address = Libc.mmap(fd, (long) index << WINDOW_BITS, WINDOW_BYTES);
        if (address < 0) {
            return null;
        }
        var window =
                MemorySegment.ofAddress(address)
                        .reinterpret(WINDOW_BYTES, arena, Mapping::unmap)
                        .asReadOnly();
        var more = Arrays.copyOf(seen, Math.max(seen.length, index + 1));
        more[index] = window;
        windows = more;
        return window;
    }

    private static void unmap(MemorySegment window) {
        int result = Libc.munmap(window.address(), window.byteSize());
        if (result != 0) {
            throw new MillraceException(
                    ErrorCode.ERR_INTERNAL, "munmap failed: " + Platform.errnoName(-result));
        }
    }
}
