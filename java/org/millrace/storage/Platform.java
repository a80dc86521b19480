package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * Everything about the operating system that is a number or a habit: flags, errno values, the
 * layout of struct flock, how variadic calls pass their arguments.
 *
 * <p>Tested: Linux on x86-64, glibc. Written from the headers and <b>untested</b>: Linux on
 * AArch64, macOS. What differs there:
 *
 * <ul>
 *   <li>macOS on ARM passes variadic arguments (open, fcntl) on the stack: {@link
 *       #VARIADIC_ON_STACK} makes {@link Libc} link a second shape for them.
 *   <li>macOS has no fdatasync that reaches the platter; fcntl F_FULLFSYNC does.
 *   <li>macOS has no fallocate; space is taken by writing zeros only.
 *   <li>macOS numbers the open-file-description locks differently, and orders struct flock
 *       differently.
 *   <li>Windows has none of these calls (it needs CreateFileW, OVERLAPPED reads and writes,
 *       FlushFileBuffers, CreateFileMapping, LockFileEx; it cannot truncate a mapped file) and is
 *       refused by name.
 * </ul>
 */
final class Platform {
    private static final String OS = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    private static final boolean MAC = OS.startsWith("mac");
    private static final boolean SUPPORTED = MAC || OS.startsWith("linux");

    static final boolean VARIADIC_ON_STACK = MAC && System.getProperty("os.arch").equals("aarch64");

    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CREAT = MAC ? 0x200 : 0x40;
    static final int O_CLOEXEC = MAC ? 0x100_0000 : 0x8_0000;

    /** rw-rw-rw-, which the umask narrows, as every program does. */
    static final int FILE_PERMISSIONS = 0666;

    /**
     * Where pages are larger (some AArch64 kernels) mincore refuses, and the hint is "resident".
     */
    static final long PAGE_BYTES = 4096;

    static final int SEEK_END = 2;
    static final int SEEK_DATA = MAC ? 4 : 3;
    static final int PROT_READ = 1;
    static final int MAP_SHARED = 1;

    static final int F_OFD_SETLK = MAC ? 90 : 37;

    /** On macOS the sync is this fcntl; 0 elsewhere: fdatasync. */
    static final int F_FULLFSYNC = MAC ? 51 : 0;

    static final boolean HAS_FALLOCATE = !MAC;

    static final int FLOCK_BYTES = 32;
    static final short F_WRLCK = (short) (MAC ? 3 : 1);
    static final short F_UNLCK = 2;

    private Platform() {}

    static void requireSupported() {
        if (!SUPPORTED) {
            throw new MillraceException(
                    ErrorCode.ERR_IO,
                    "storage on '"
                            + OS
                            + "' is not supported: its file calls are not written yet. Use Linux"
                            + " (tested) or macOS (untested).");
        }
    }

    /** Fills a struct flock for the whole file; its pid must be 0 for a lock of an open file. */
    static void fillLock(MemorySegment flock, short type) {
        flock.fill((byte) 0);
        // Linux: type @0, whence @2, start @8, length @16, pid @24
        // macOS: start @0, length @8, pid @16, type @20, whence @22
        flock.set(ValueLayout.JAVA_SHORT, MAC ? 20 : 0, type);
    }

    /** An errno value, as people know it. */
    static String errnoName(int errno) {
        var known = Errno.of(errno);
        return known == null ? "errno " + errno : known + " (" + known.meaning + ")";
    }

    /** The errno values that mean something to us or are likely enough to be read by a person. */
    enum Errno {
        EPERM(1, 1, "operation not permitted", ErrorCode.ERR_FILE_PERMISSION),
        ENOENT(2, 2, "no such file or directory", ErrorCode.ERR_FILE_NOT_FOUND),
        EINTR(4, 4, "interrupted by a signal", ErrorCode.ERR_IO),
        EIO(5, 5, "the device reported an error", ErrorCode.ERR_IO),
        ENXIO(6, 6, "no such device", ErrorCode.ERR_IO),
        EBADF(9, 9, "bad file descriptor", ErrorCode.ERR_IO),
        EAGAIN(11, 35, "held by somebody else", ErrorCode.ERR_IO),
        ENOMEM(12, 12, "out of memory or address space", ErrorCode.ERR_OUT_OF_MEMORY),
        EACCES(13, 13, "permission denied", ErrorCode.ERR_FILE_PERMISSION),
        EFAULT(14, 14, "bad address", ErrorCode.ERR_IO),
        EBUSY(16, 16, "busy", ErrorCode.ERR_IO),
        EEXIST(17, 17, "already exists", ErrorCode.ERR_IO),
        ENODEV(19, 19, "not possible on this device", ErrorCode.ERR_IO),
        ENOTDIR(20, 20, "not a directory", ErrorCode.ERR_FILE_KIND),
        EISDIR(21, 21, "is a directory", ErrorCode.ERR_FILE_KIND),
        EINVAL(22, 22, "invalid argument", ErrorCode.ERR_IO),
        ENFILE(23, 23, "too many open files in the system", ErrorCode.ERR_IO),
        EMFILE(24, 24, "too many open files; raise ulimit -n", ErrorCode.ERR_IO),
        ETXTBSY(26, 26, "text file busy", ErrorCode.ERR_IO),
        EFBIG(27, 27, "larger than the file system or ulimit -f allows", ErrorCode.ERR_IO),
        ENOSPC(28, 28, "no space left on the device", ErrorCode.ERR_NO_SPACE),
        EROFS(30, 30, "read-only file system", ErrorCode.ERR_FILE_PERMISSION),
        ENAMETOOLONG(36, 63, "name too long", ErrorCode.ERR_ARGUMENT),
        ENOLCK(37, 77, "the file system has no locks", ErrorCode.ERR_IO),
        ELOOP(40, 62, "too many symbolic links", ErrorCode.ERR_IO),
        EOPNOTSUPP(95, 102, "not supported by the file system", ErrorCode.ERR_IO),
        ESTALE(116, 70, "stale file handle", ErrorCode.ERR_IO),
        EDQUOT(122, 69, "over quota", ErrorCode.ERR_NO_SPACE);

        private final int linux;
        private final int mac;
        private final String meaning;
        final ErrorCode code;

        Errno(int linux, int mac, String meaning, ErrorCode code) {
            this.linux = linux;
            this.mac = mac;
            this.meaning = meaning;
            this.code = code;
        }

        int number() {
            return MAC ? mac : linux;
        }

        /** Null for a value that is not listed. */
        static Errno of(int number) {
            for (var errno : values()) {
                if (errno.number() == number) {
                    return errno;
                }
            }
            return null;
        }
    }
}
