package org.millrace.fault;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Fails the n-th call of a kind, once or for ever, and passes everything else on.
 *
 * <p>To fail every call in turn: run the workload once without a plan, ask {@link #calls}, then run
 * it for each n.
 *
 * <p><b>Threads.</b> Any.
 */
public final class FaultyStorage implements Storage {
    /** Kinds of calls that can fail. */
    public enum Call {
        OPEN,
        READ,
        WRITE,
        SYNC,
        TRUNCATE,
        ALLOCATE,
        MOVE,
        DELETE,
        LIST,
        MAKE_DIRECTORIES,
        SYNC_DIRECTORY
    }

    /** How a call fails. A write that fails has left nothing, or half of its bytes, or all. */
    public enum Fault {
        EIO(ErrorCode.ERR_IO, 0),
        /** A call that a signal broke off for good; libc's own repetition lies below this seam. */
        EINTR(ErrorCode.ERR_IO, 0),
        ENOSPC(ErrorCode.ERR_NO_SPACE, 0),
        SHORT_WRITE(ErrorCode.ERR_NO_SPACE, 0.5),
        LATE_EIO(ErrorCode.ERR_IO, 1);

        private final ErrorCode code;
        private final double written;

        Fault(ErrorCode code, double written) {
            this.code = code;
            this.written = written;
        }
    }

    private record Plan(Call call, int nth, Fault fault, boolean forEver) {}

    private final Storage target;
    private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
    private Plan plan;
    private int fired;

    public FaultyStorage(Storage target) {
        this.target = target;
    }

    /**
     * Plans one fault, in place of the one before; calls are counted from now, the first is 1.
     *
     * @param forEver the n-th and every later call of the kind fails
     */
    public synchronized void fail(Call call, int nth, Fault fault, boolean forEver) {
        plan = new Plan(call, nth, fault, forEver);
        calls.clear();
        fired = 0;
    }

    /** The device is well again. */
    public synchronized void heal() {
        plan = null;
    }

    /** Calls of a kind since the last plan. */
    public synchronized int calls(Call call) {
        return calls.getOrDefault(call, 0);
    }

    /** How often the planned fault was met. */
    public synchronized int fired() {
        return fired;
    }

    @Override
    public StoredFile open(Path path, OpenMode mode) {
        check(Call.OPEN, path);
        return new FaultyFile(target.open(path, mode));
    }

    @Override
    public boolean exists(Path path) {
        return target.exists(path);
    }

    @Override
    public List<Path> list(Path directory) {
        check(Call.LIST, directory);
        return target.list(directory);
    }

    @Override
    public void createDirectories(Path directory) {
        check(Call.MAKE_DIRECTORIES, directory);
        target.createDirectories(directory);
    }

    @Override
    public void delete(Path path) {
        check(Call.DELETE, path);
        target.delete(path);
    }

    @Override
    public void move(Path from, Path to) {
        check(Call.MOVE, from);
        target.move(from, to);
    }

    @Override
    public void syncDirectory(Path directory) {
        check(Call.SYNC_DIRECTORY, directory);
        target.syncDirectory(directory);
    }

    @Override
    public Lock lock(Path path) {
        return target.lock(path);
    }

    private void check(Call call, Path path) {
        var fault = next(call);
        if (fault != null) {
            throw error(call, path, fault);
        }
    }

    /** The fault that this call meets, or null. */
    private synchronized Fault next(Call call) {
        int number = calls.merge(call, 1, Integer::sum);
        if (plan == null || plan.call() != call) {
            return null;
        }
        boolean meets = plan.forEver() ? number >= plan.nth() : number == plan.nth();
        if (!meets) {
            return null;
        }
        fired++;
        return plan.fault();
    }

    private static MillraceException error(Call call, Path path, Fault fault) {
        return new MillraceException(fault.code, path + ": " + call + ": planned " + fault);
    }

    private final class FaultyFile extends DelegatingFile {
        FaultyFile(StoredFile target) {
            super(target);
        }

        @Override
        public void read(long offset, MemorySegment to) {
            if (next(Call.READ) != null) {
                throw new MillraceException(
                        ErrorCode.ERR_READ_FAULT, path() + "@" + offset + ": planned fault");
            }
            target.read(offset, to);
        }

        @Override
        public void write(long offset, MemorySegment from) {
            var fault = next(Call.WRITE);
            if (fault == null) {
                target.write(offset, from);
                return;
            }
            long part = (long) (from.byteSize() * fault.written);
            if (part > 0) {
                target.write(offset, from.asSlice(0, part));
            }
            throw error(Call.WRITE, path(), fault);
        }

        @Override
        public void sync() {
            check(Call.SYNC, path());
            target.sync();
        }

        @Override
        public void truncate(long size) {
            check(Call.TRUNCATE, path());
            target.truncate(size);
        }

        @Override
        public void allocate(long offset, long length) {
            check(Call.ALLOCATE, path());
            target.allocate(offset, length);
        }
    }
}
