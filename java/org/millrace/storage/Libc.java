package org.millrace.storage;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.millrace.storage.Platform.Errno;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's file calls, as raw as they come: a result below zero is a negated errno.
 *
 * <p>All calls go through one downcall shape, {@code long f(long, long, long, long, long, long)}:
 * every distinct shape costs 10 to 20 ms when the program starts, and on x86-64 and AArch64 an
 * argument too many in a register harms nobody. Calls never go through {@code FileChannel}, which
 * an interrupt of the calling thread closes for everybody.
 *
 * <p><b>Threads.</b> Any. errno is captured into a few bytes that belong to the thread.
 *
 * <p><b>Memory.</b> Addresses are the caller's, who keeps them alive during the call.
 */
@SuppressWarnings("restricted") // this class is the boundary that the warning is about
final class Libc {
    private static final int EINTR = -Errno.EINTR.number();

    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MethodHandle CALL = LINKER.downcallHandle(SHAPE, ERRNO);
    private static final MethodHandle VARIADIC_CALL =
            Platform.VARIADIC_ON_STACK
                    ? LINKER.downcallHandle(SHAPE, ERRNO, Linker.Option.firstVariadicArg(2))
                    : CALL;

    private static final MemorySegment OPEN = find("open");
    private static final MemorySegment CLOSE = find("close");
    private static final MemorySegment PREAD = find("pread");
    private static final MemorySegment PWRITE = find("pwrite");
    private static final MemorySegment LSEEK = find("lseek");
    private static final MemorySegment FSYNC = find("fsync");
    private static final MemorySegment FDATASYNC =
            Platform.F_FULLFSYNC == 0 ? find("fdatasync") : MemorySegment.NULL;
    private static final MemorySegment FTRUNCATE = find("ftruncate");
    private static final MemorySegment FALLOCATE =
            Platform.HAS_FALLOCATE ? find("fallocate") : MemorySegment.NULL;
    private static final MemorySegment FCNTL = find("fcntl");
    private static final MemorySegment MMAP = find("mmap");
    private static final MemorySegment MUNMAP = find("munmap");
    private static final MemorySegment MINCORE = find("mincore");
    private static final MemorySegment GETENTROPY = find("getentropy");

    /** Where the linker puts errno: this thread's own bytes. */
    private static final ThreadLocal<MemorySegment> CALL_STATE =
            ThreadLocal.withInitial(
                    () -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    private Libc() {}

    /** Opens a file, close-on-exec. */
    static int open(String path, int flags) {
        try (var arena = Arena.ofConfined()) {
            long name = arena.allocateFrom(path).address();
            long result;
            do {
                result =
                        intResult(
                                VARIADIC_CALL,
                                OPEN,
                                name,
                                flags | Platform.O_CLOEXEC,
                                Platform.FILE_PERMISSIONS,
                                0);
            } while (result == EINTR);
            return (int) result;
        }
    }

    /** Never repeated: the descriptor is gone, whatever the result. */
    static int close(int fd) {
        return intResult(CALL, CLOSE, fd, 0, 0, 0);
    }

    static long pread(int fd, long to, long length, long offset) {
        return call(CALL, PREAD, fd, to, length, offset, 0, 0);
    }

    static long pwrite(int fd, long from, long length, long offset) {
        return call(CALL, PWRITE, fd, from, length, offset, 0, 0);
    }

    /** Length of the file. */
    static long size(int fd) {
        return call(CALL, LSEEK, fd, 0, Platform.SEEK_END, 0, 0, 0);
    }

    /** Start of the next data; ENXIO when only a hole follows. */
    static long nextData(int fd, long offset) {
        return call(CALL, LSEEK, fd, offset, Platform.SEEK_DATA, 0, 0, 0);
    }

    /** Data, and the metadata needed to find it, on the device. Never repeated after an error. */
    static int fdatasync(int fd) {
        return Platform.F_FULLFSYNC == 0
                ? intResult(CALL, FDATASYNC, fd, 0, 0, 0)
                : intResult(VARIADIC_CALL, FCNTL, fd, Platform.F_FULLFSYNC, 0, 0);
    }

    static int fsync(int fd) {
        return intResult(CALL, FSYNC, fd, 0, 0, 0);
    }

    static int ftruncate(int fd, long size) {
        int result;
        do {
            result = intResult(CALL, FTRUNCATE, fd, size, 0, 0);
        } while (result == EINTR);
        return result;
    }

    /** Takes space; EOPNOTSUPP where the file system or the platform cannot. */
    static int fallocate(int fd, long offset, long length) {
        if (!Platform.HAS_FALLOCATE) {
            return -Errno.EOPNOTSUPP.number();
        }
        int result;
        do {
            result = intResult(CALL, FALLOCATE, fd, 0, offset, length);
        } while (result == EINTR);
        return result;
    }

    /** Takes an exclusive lock that belongs to the open file, without waiting. */
    static int lockOpenFile(int fd) {
        return setLock(fd, Platform.F_WRLCK);
    }

    /** Lets go of it, whoever else still has a descriptor of the open file. */
    static int unlockOpenFile(int fd) {
        return setLock(fd, Platform.F_UNLCK);
    }

    private static int setLock(int fd, short type) {
        try (var arena = Arena.ofConfined()) {
            var flock = arena.allocate(Platform.FLOCK_BYTES, 8);
            Platform.fillLock(flock, type);
            return intResult(VARIADIC_CALL, FCNTL, fd, Platform.F_OFD_SETLK, flock.address(), 0);
        }
    }

    /** Maps for reading, shared; the address, or a negated errno. */
    static long mmap(int fd, long offset, long length) {
        return call(CALL, MMAP, 0, length, Platform.PROT_READ, Platform.MAP_SHARED, fd, offset);
    }

    static int munmap(long address, long length) {
        return intResult(CALL, MUNMAP, address, length, 0, 0);
    }

    /** One byte per page into {@code residents}: bit 0 = in memory. */
    static int mincore(long address, long length, long residents) {
        return intResult(CALL, MINCORE, address, length, residents, 0);
    }

    /** At most 256 random bytes. */
    static int getentropy(long to, long length) {
        return intResult(CALL, GETENTROPY, to, length, 0, 0);
    }

    static boolean isInterrupted(long result) {
        return result == EINTR;
    }

    /** A C int comes back in the lower half of the register; the upper half means nothing. */
    private static int intResult(
            MethodHandle shape, MemorySegment function, long a, long b, long c, long d) {
        var state = CALL_STATE.get();
        int result = (int) invoke(shape, function, state, a, b, c, d, 0, 0);
        return result == -1 ? -state.get(JAVA_INT, 0) : result;
    }

    private static long call(
            MethodHandle shape,
            MemorySegment function,
            long a,
            long b,
            long c,
            long d,
            long e,
            long f) {
        var state = CALL_STATE.get();
        long result = invoke(shape, function, state, a, b, c, d, e, f);
        return result == -1 ? -state.get(JAVA_INT, 0) : result;
    }

    private static long invoke(
            MethodHandle shape,
            MemorySegment function,
            MemorySegment state,
            long a,
            long b,
            long c,
            long d,
            long e,
            long f) {
        try {
            return (long) shape.invokeExact(function, state, a, b, c, d, e, f);
        } catch (Throwable impossible) {
            throw new AssertionError("a downcall throws nothing", impossible);
        }
    }

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }
}
