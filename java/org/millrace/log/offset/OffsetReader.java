package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Log;
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
    private static final int GUESS_MAX_BYTES = 1 << 10;

    private static final ThreadLocal<Window> WINDOW = ThreadLocal.withInitial(Window::new);

    /** A thread's copy of the file around the frame it looks at; freed with its thread. */
    private static final class Window {
        private static final int BYTES = GUESS_MAX_BYTES + 16;

        final MemorySegment memory = Arena.ofAuto().allocate(BYTES, 8);
        final MemorySegment trailer = Arena.ofAuto().allocate(16, 8);
        long offset;
        private long end;

        void fill(StoredFile file, long from, long to) {
            offset = from;
            end = to;
            file.read(from, memory.asSlice(0, to - from));
        }

        boolean covers(long upTo) {
            return upTo <= end;
        }
    }

    private final StoredFile file;
    private final OffsetFrame frame;
    private final StampedLock deletions = new StampedLock();
    private final List<OffsetRecovery.Damage> damages;

    /**
     * How much a get copies at once. A hint: threads overwrite each other's, which does no harm.
     */
    private int frameGuess = 256;

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
        var window = WINDOW.get();
        int length = checkedLength(seq, since, end, window);
        long start = seq + OffsetFrame.HEADER_BYTES;
        if (length > to.byteSize()) {
            return isDeleted(seq, length, window.memory) ? -1 : length;
        }
        if (window.covers(start + length)) {
            MemorySegment.copy(window.memory, start - window.offset, to, 0, length);
        } else {
            file.read(start, to.asSlice(0, length));
        }
        return OffsetFrame.isDeleted(to, 0, length) ? -1 : length;
    }

    private boolean isDeleted(long seq, int length, MemorySegment scratch) {
        for (int at = 0; at < length; at += GUESS_MAX_BYTES) {
            int piece = Math.min(GUESS_MAX_BYTES, length - at);
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
        return checkedLength(seq, since, end, WINDOW.get());
    }

    private int checkedLength(long seq, long since, long end, Window window) {
        if (seq < 0 || seq > since) {
            throw new MillraceException(
                    ErrorCode.ERR_SEQ_RANGE,
                    String.format(
                            "%s@%d: no record there; the last one starts at %d",
                            path(), seq, since));
        }
        if (seq + frame.overheadBytes() > end) {
            throw invalid(seq);
        }
        int before = seq < frame.trailerBytes() ? 0 : frame.trailerBytes();
        window.fill(file, seq - before, Math.min(end, seq + frameGuess));
        boolean chained = seq == 0 || before > 0 && frame.endsAt(window.memory, before, seq);
        long length = frame.headerLength(window.memory, before);
        long frameEnd = seq + frame.frameLength(length);
        boolean whole =
                length <= Integer.MAX_VALUE
                        && frameEnd <= end
                        && hasTrailer(length, frameEnd, window);
        if (!whole || !chained) {
            checkDoubtful(seq, end, whole);
        }
        learn((int) frame.frameLength(length));
        return (int) length;
    }

    private boolean hasTrailer(long length, long frameEnd, Window window) {
        if (window.covers(frameEnd)) {
            long at = frameEnd - window.offset;
            return frame.trailerLength(window.memory, at) == length
                    && frame.endsAt(window.memory, at, frameEnd);
        }
        int trailer = frame.trailerBytes();
        var memory = window.trailer;
        file.read(frameEnd - trailer, memory.asSlice(0, trailer));
        return frame.trailerLength(memory, trailer) == length
                && frame.endsAt(memory, trailer, frameEnd);
    }

    /** Follows the usual frame length, so that one copy brings most records and little else. */
    private void learn(int frameLength) {
        int guess = frameGuess;
        int wanted = Math.min(GUESS_MAX_BYTES, Math.max(64, frameLength));
        if (wanted > guess || wanted < guess / 4 * 3) {
            frameGuess = guess + (wanted - guess) / (wanted > guess ? 2 : 16);
        }
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
        var memory = WINDOW.get().trailer;
        file.read(seq, memory.asSlice(0, OffsetFrame.HEADER_BYTES));
        return seq + frame.frameLength(frame.headerLength(memory, 0));
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
