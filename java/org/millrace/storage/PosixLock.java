package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Platform.Errno;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The one-writer lock: an open-file-description lock over a small file that holds the pid of its
 * holder.
 *
 * <p>Such a lock belongs to the open file, not to the process: it is lost neither when somebody
 * else in this process opens and closes the same file (a POSIX lock is), nor kept when the process
 * dies. The system cannot name the holder of one, hence the pid in the file. The file is never
 * unlinked: a second opener could otherwise lock a file of the same name that nobody else sees.
 */
final class PosixLock implements Storage.Lock {
    private static final int PID_BYTES_MAX = 20;

    private final Path path;
    private int fd;

    private PosixLock(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    static PosixLock take(Path path, int fd) {
        var lock = new PosixLock(path, fd);
        try {
            int result = Libc.lockOpenFile(fd);
            if (isHeld(result)) {
                throw lock.heldByOther();
            }
            lock.check(result, "the lock cannot be taken");
            lock.writePid();
            return lock;
        } catch (MillraceException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /** Locks a log's own file, whose holder has written its pid beside another of its names. */
    static void takeFile(Path path, int fd) {
        int result = Libc.lockOpenFile(fd);
        if (isHeld(result)) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_LOCKED,
                    path
                            + ": the log is open for writing by another of its names (a hard link,"
                            + " or what it was called before). Close it there, or open it read-only"
                            + " here.");
        }
        if (result < 0) {
            throw StorageErrors.of(path.toString(), "the lock cannot be taken", result);
        }
    }

    private static boolean isHeld(int result) {
        return result == -Errno.EAGAIN.number() || result == -Errno.EACCES.number();
    }

    /**
     * Empties the file, so that no stale pid stays, and lets go: by word, since a child that this
     * process is just forking has the open file too until it executes its program.
     */
    @Override
    public synchronized void close() {
        if (fd >= 0) {
            Libc.ftruncate(fd, 0);
            Libc.unlockOpenFile(fd);
            int result = Libc.close(fd);
            fd = -1;
            check(result, "close failed");
        }
    }

    private void writePid() {
        try (var arena = Arena.ofConfined()) {
            var pid = arena.allocateFrom(Long.toString(ProcessHandle.current().pid()));
            pid.set(ValueLayout.JAVA_BYTE, pid.byteSize() - 1, (byte) '\n');
            check(Libc.pwrite(fd, pid.address(), pid.byteSize(), 0), "the pid cannot be written");
            // What a longer pid of a crashed holder left behind.
            check(Libc.ftruncate(fd, pid.byteSize()), "the pid cannot be written");
        }
    }

    private MillraceException heldByOther() {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(PID_BYTES_MAX);
            long read = Libc.pread(fd, bytes.address(), PID_BYTES_MAX, 0);
            return new MillraceException(
                    ErrorCode.ERR_LOG_LOCKED,
                    path
                            + ": the log is open for writing in "
                            + holder(bytes.asSlice(0, Math.max(read, 0)))
                            + ". Close it there, or open it read-only here.");
        }
    }

    private static String holder(MemorySegment bytes) {
        var text =
                new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII).strip();
        if (text.isEmpty()) { // between its lock and its write
            return "another process (pid not written yet)";
        }
        boolean here = text.equals(Long.toString(ProcessHandle.current().pid()));
        return "process " + text + (here ? " (this process)" : "");
    }

    private void check(long result, String what) {
        if (result < 0) {
            throw StorageErrors.of(path.toString(), what, result);
        }
    }
}
