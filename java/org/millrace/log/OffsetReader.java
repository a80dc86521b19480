package org.millrace.log;

import org.millrace.format.OffsetFrame;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.StampedLock;

/**
 * Reads single records of an offset log and proves that a sequence is a record's start; what its
 * cursors share.
 *
 * <p><b>Threads.</b> Any, without a lock. A reader that a deletion overtook reads again, so it sees
 * a record whole or deleted.
 *
 * <p><b>Limits.</b> The format has no mark that says where frames start: a sequence inside a record
 * whose author put a perfect forged frame there cannot be told from a true one.
 */
final class OffsetReader {
    private static final int SCRATCH_BYTES = 512;

    /** Off-heap, freed with its thread: a read needs somewhere to put a header. */
    private static final ThreadLocal<MemorySegment> SCRATCH =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SCRATCH_BYTES, 8));

    private final StoredFile file;
    private final OffsetFrame frame;
    private final StampedLock deletions = new StampedLock();
    private final List<OffsetRecovery.Damage> damages;

    OffsetReader(StoredFile file, OffsetFrame frame, List<OffsetRecovery.Damage> damages) {
        this.file = file;
        this.frame = frame;
        this.damages = new CopyOnWriteArrayList<>(damages);
    }

    StoredFile file() {
        return file;
    }

    OffsetFrame frame() {
        return frame;
    }

    StampedLock deletions() {
        return deletions;
    }

    Path path() {
        return file.path();
    }

    /** {@link Log#get}, for a log whose readable frames end at or before {@code end}. */
    int get(long seq, MemorySegment to, long since, long end) {
        while (true) {
            long stamp = deletions.tryOptimisticRead();
            if (stamp == 0) {
                Thread.onSpinWait();
                continue;
            }
            int length = copy(seq, to, since, end);
            if (deletions.validate(stamp)) {
                if (length < 0) {
                    throw new MillraceException(
                            ErrorCode.ERR_RECORD_DELETED,
                            path() + "@" + seq + ": the record was deleted");
                }
                return length;
            }
        }
    }

    /** Copies a record when it fits; its length, or -1 when it was deleted. */
    private int copy(long seq, MemorySegment to, long since, long end) {
        var scratch = SCRATCH.get();
        int length = checkedLength(seq, since, end, scratch);
        boolean fits = length <= to.byteSize();
        if (fits) {
            var target = length == to.byteSize() ? to : to.asSlice(0, length);
            file.read(seq + OffsetFrame.HEADER_BYTES, target);
            return OffsetFrame.isDeleted(target, 0, length) ? -1 : length;
        }
        return isDeleted(seq, length, scratch) ? -1 : length;
    }

    private boolean isDeleted(long seq, int length, MemorySegment scratch) {
        for (int at = 0; at < length; at += SCRATCH_BYTES) {
            int piece = Math.min(SCRATCH_BYTES, length - at);
            file.read(seq + OffsetFrame.HEADER_BYTES + at, scratch.asSlice(0, piece));
            if (!OffsetFrame.isDeleted(scratch, 0, piece)) {
                return false;
            }
        }
        return length > 0;
    }

    /**
     * The length of the record at {@code seq}, after checking its frame and that the frame before
     * it ends there.
     *
     * @throws MillraceException ERR_SEQ_RANGE, ERR_SEQ_INVALID, ERR_LOG_CORRUPT
     */
    int checkedLength(long seq, long since, long end) {
        return checkedLength(seq, since, end, SCRATCH.get());
    }

    private int checkedLength(long seq, long since, long end, MemorySegment scratch) {
        if (seq < 0 || seq > since) {
            throw new MillraceException(
                    ErrorCode.ERR_SEQ_RANGE,
                    String.format(
                            "%s@%d: no record there; the last one starts at %d",
                            path(), seq, since));
        }
        int before = seq == 0 ? 0 : frame.trailerBytes();
        int head = before + OffsetFrame.HEADER_BYTES;
        if (seq - before < 0 || seq + frame.overheadBytes() > end) {
            throw invalid(seq);
        }
        file.read(seq - before, scratch.asSlice(0, head));
        boolean chained = before == 0 || frame.endsAt(scratch, before, seq);
        long length = frame.headerLength(scratch, before);
        long frameEnd = seq + frame.frameLength(length);
        boolean whole = length <= Integer.MAX_VALUE && frameEnd <= end;
        if (whole) {
            int trailer = frame.trailerBytes();
            file.read(frameEnd - trailer, scratch.asSlice(0, trailer));
            whole =
                    frame.trailerLength(scratch, trailer) == length
                            && frame.endsAt(scratch, trailer, frameEnd);
        }
        if (!whole || !chained) {
            checkDoubtful(seq, end, whole);
        }
        return (int) length;
    }

    /**
     * Tells a sequence inside a record from a damaged frame, and a good frame behind a damaged one
     * from one that a record imitates: by walking back from the end. Slow, and only for these.
     */
    private void checkDoubtful(long seq, long end, boolean whole) {
        for (var damage : damages) {
            if (whole && damage.end() == seq) {
                return;
            }
            if (damage.offset() == seq) {
                throw corrupt(seq);
            }
        }
        try (var scan = new OffsetScan(file, frame)) {
            long reached = scan.backward(end, seq);
            if (reached == seq && whole) {
                return;
            }
            boolean startsThere = scan.forward(0, -1, seq) || scan.end() == seq;
            throw reached > seq && startsThere ? corrupt(seq) : invalid(seq);
        }
    }

    /** Zeroes a record. The frame stays, so sequences do not move. */
    void delete(long seq, long since, long end) {
        long stamp = deletions.writeLock();
        try {
            int length = checkedLength(seq, since, end);
            try (var arena = Arena.ofConfined()) {
                var zeros = arena.allocate(Math.max(1, Math.min(length, 64 << 10)), 8);
                for (long at = 0; at < length; at += zeros.byteSize()) {
                    long piece = Math.min(zeros.byteSize(), length - at);
                    file.write(seq + OffsetFrame.HEADER_BYTES + at, zeros.asSlice(0, piece));
                }
            }
        } finally {
            deletions.unlockWrite(stamp);
        }
    }

    /** End of the frame of a sequence that the log itself vouches for. */
    long frameEnd(long seq) {
        var scratch = SCRATCH.get();
        file.read(seq, scratch.asSlice(0, OffsetFrame.HEADER_BYTES));
        return seq + frame.frameLength(frame.headerLength(scratch, 0));
    }

    /**
     * The damage that starts at or covers {@code offset}; found out by walking back from the end of
     * the log when it is new.
     */
    OffsetRecovery.Damage damageAt(long offset, long end) {
        for (var damage : damages) {
            if (damage.offset() <= offset && offset < damage.end()) {
                return damage;
            }
        }
        try (var scan = new OffsetScan(file, frame)) {
            var damage = new OffsetRecovery.Damage(offset, scan.backward(end, offset + 1));
            damages.add(damage);
            return damage;
        }
    }

    /**
     * Where frames end in front of the damage that {@code offset} is the end of, walking from the
     * start of the log when it is new.
     */
    long beforeDamage(long offset) {
        for (var damage : damages) {
            if (damage.offset() < offset && offset <= damage.end()) {
                return damage.offset();
            }
        }
        try (var scan = new OffsetScan(file, frame)) {
            scan.forward(0, -1, offset);
            damages.add(new OffsetRecovery.Damage(scan.end(), offset));
            return scan.end();
        }
    }

    MillraceException corrupt(long offset) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        "%s@%d: lengths or end of the frame disagree. Records before and behind it"
                                + " stay readable; run verify, or restore.",
                        path(), offset));
    }

    private MillraceException invalid(long seq) {
        return new MillraceException(
                ErrorCode.ERR_SEQ_INVALID,
                path()
                        + "@"
                        + seq
                        + ": no record starts there; use a sequence that the log gave out");
    }
}
