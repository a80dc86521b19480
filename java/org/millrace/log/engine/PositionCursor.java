package org.millrace.log.engine;

import org.millrace.log.Range;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.StoredFile;

/**
 * A cursor over a log that is one file and whose sequences are offsets in it: finds where the walk
 * starts, knows how much to read, and tells of damage once before it steps over it.
 */
public abstract class PositionCursor extends FileCursor {
    /** Read at once at most, unless one frame is larger: stays in the processor's cache. */
    protected static final int BLOCK_BYTES = 256 << 10;

    /** A small limit reads less: about this much per record. */
    private static final int RECORD_GUESS_BYTES = 1 << 10;

    /** Forward: where the next record starts. Backward: where it ends. -1 until it is known. */
    protected long position = -1;

    /** Where damage stopped the walk; the next call steps over it. -1 = none. */
    protected long damagedAt = -1;

    private boolean damageTold;
    private final StoredFile file;

    protected PositionCursor(FileLog log, Range range, StoredFile file) {
        super(log, range);
        this.file = file;
    }

    /**
     * Where the frame of a record ends, after checking that one starts there.
     *
     * @throws MillraceException ERR_SEQ_RANGE, ERR_SEQ_INVALID, ERR_LOG_CORRUPT
     */
    protected abstract long frameEnd(long seq, long since, long end);

    protected abstract MillraceException corrupt(long offset);

    @Override
    protected final boolean isResident() {
        long end = log.readableEnd();
        long start = position >= 0 ? position : startFrom(end);
        if (range.reverse()) {
            start = Math.max(0, start - BLOCK_BYTES);
        }
        long length = Math.min(BLOCK_BYTES, end - start);
        return length <= 0 || file.isResident(start, length);
    }

    /** About where the first call will read, of a log that ends there. */
    private long startFrom(long end) {
        return range.reverse() ? Math.min(range.upper(), end) : Math.max(range.lower(), 0);
    }

    /** Finds the start of the walk; false while the log has not reached it. */
    protected final boolean locate(long since, long end) {
        if (position >= 0) {
            return true;
        }
        if (range.reverse()) {
            position = reverseStart(since, end);
        } else if (range.lower() < 0) {
            position = 0;
        } else if (range.lower() > since) {
            return false;
        } else {
            long behind = frameEnd(range.lower(), since, end);
            position = range.lowerInclusive() ? range.lower() : behind;
        }
        return true;
    }

    private long reverseStart(long since, long end) {
        if (range.upper() < 0) {
            return 0;
        }
        if (range.upper() > since || range.upper() == since && range.upperInclusive()) {
            return lastFrameEnd(since, end);
        }
        long behind = frameEnd(range.upper(), since, end);
        return range.upperInclusive() ? behind : range.upper();
    }

    /** Where the last record ends, which the log itself vouches for. */
    protected long lastFrameEnd(long since, long end) {
        return frameEnd(since, since, end);
    }

    /** First sequence that a backward walk may hand out. */
    protected final long lowest() {
        return range.lower() < 0 ? 0 : range.lower() + (range.lowerInclusive() ? 0 : 1);
    }

    /** How much to read for a batch, of {@code available} bytes. */
    protected final long wanted(RecordBatch batch, long available, long recordBytesMax) {
        long most = Math.min(BLOCK_BYTES, batch.data().byteSize());
        if (left < BLOCK_BYTES / RECORD_GUESS_BYTES) {
            long guess = Math.max(left * RECORD_GUESS_BYTES, recordBytesMax);
            most = Math.min(most, guess);
        }
        return Math.min(most, available);
    }

    /**
     * Stops at damage.
     *
     * @param tell false when records before it are handed out first: then the next call tells
     */
    protected final void noteDamage(long at, boolean tell) {
        damagedAt = at;
        damageTold = tell;
        if (tell) {
            throw corrupt(at);
        }
    }

    /** True when there is damage to be stepped over, which was told; tells it when it was not. */
    protected final boolean isBehindDamage() {
        if (damagedAt < 0) {
            return false;
        }
        if (!damageTold) {
            damageTold = true;
            throw corrupt(damagedAt);
        }
        return true;
    }

    protected final void count(int records) {
        left -= left == Long.MAX_VALUE ? 0 : records;
    }
}
