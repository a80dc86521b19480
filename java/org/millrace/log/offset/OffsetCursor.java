package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

/**
 * Walks an offset log: copies a block of the file into the batch, then parses the copy.
 *
 * <p>Backward it copies the block in front of its position and walks by the trailing lengths; the
 * block may begin inside a frame, which the next call then takes.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> None; nothing is allocated per record.
 */
final class OffsetCursor implements Cursor {
    /** Read at once at most, unless one frame is larger: stays in the processor's cache. */
    private static final int BLOCK_BYTES = 256 << 10;

    /** A small limit reads less: about this much per record. */
    private static final int RECORD_GUESS_BYTES = 1 << 10;

    private final OffsetLog log;
    private final OffsetReader reader;
    private final OffsetFrame frame;
    private final Range range;

    /** Forward: where the next frame starts. Backward: where it ends. -1 until it is known. */
    private long position = -1;

    private long left;

    /** Where damage stopped the walk; the next call steps over it. */
    private long damagedAt = -1;

    private boolean damageTold;
    private volatile boolean closed;

    OffsetCursor(OffsetLog log, OffsetReader reader, Range range) {
        this.log = log;
        this.reader = reader;
        this.frame = reader.frame();
        this.range = range;
        this.left = range.limit() < 0 ? Long.MAX_VALUE : range.limit();
    }

    @Override
    public int next(RecordBatch batch) {
        log.enter(closed);
        try {
            batch.clear();
            long since = log.refreshedSince();
            long end = log.end();
            if (left == 0 || since < 0 || !locate(since, end)) {
                return 0;
            }
            int count = range.reverse() ? backward(batch, end) : forward(batch, since, end);
            left -= left == Long.MAX_VALUE ? 0 : count;
            return count;
        } finally {
            log.exit();
        }
    }

    @Override
    public boolean isReady() {
        log.enter(closed);
        try {
            long start = range.reverse() ? Math.max(0, position - BLOCK_BYTES) : position;
            long length = Math.min(BLOCK_BYTES, log.end() - start);
            return position < 0 || length <= 0 || reader.file().isResident(start, length);
        } finally {
            log.exit();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Finds the start of the walk; false while the log has not reached it. */
    private boolean locate(long since, long end) {
        if (position >= 0) {
            return true;
        }
        if (range.reverse()) {
            position = reverseStart(since, end);
            return true;
        }
        if (range.lower() < 0) {
            position = 0;
            return true;
        }
        if (range.lower() > since) {
            return false;
        }
        int length = reader.checkedLength(range.lower(), since, end);
        position = range.lower() + (range.lowerInclusive() ? 0 : frame.frameLength(length));
        return true;
    }

    private long reverseStart(long since, long end) {
        if (range.upper() < 0) {
            return 0;
        }
        boolean whole = range.upper() > since || range.upper() == since && range.upperInclusive();
        if (whole) {
            return reader.frameEnd(since);
        }
        int length = reader.checkedLength(range.upper(), since, end);
        return range.upper() + (range.upperInclusive() ? frame.frameLength(length) : 0);
    }

    private int forward(RecordBatch batch, long since, long end) {
        stepOverDamage(end);
        long last = Math.min(since, range.upperInclusive() ? range.upper() : range.upper() - 1);
        if (position > last) {
            return 0;
        }
        long want = wanted(batch, end - position);
        while (true) {
            fill(batch, position, want);
            int count = parseForward(batch, want, last);
            if (count > 0) {
                return count;
            }
            want = largeFrame(batch, want, end);
        }
    }

    private int parseForward(RecordBatch batch, long filled, long last) {
        var data = batch.data();
        long base = position;
        long max = left;
        long at = 0;
        long count = 0;
        while (base + at <= last && count < max) {
            long length = frame.checkAt(data, at, filled, base + at);
            if (length < 0) {
                noteDamage(length == OffsetFrame.INVALID, base + at, count == 0);
                break;
            }
            if (!add(batch, base + at, at + OffsetFrame.HEADER_BYTES, length)) {
                break;
            }
            at += frame.frameLength(length);
            count++;
        }
        position = base + at;
        batch.used((int) at);
        return (int) count;
    }

    /** The frame at the position is larger than what was read: how much to read instead. */
    private long largeFrame(RecordBatch batch, long filled, long end) {
        if (filled < OffsetFrame.HEADER_BYTES && position + filled < end) {
            batch.ensureData(OffsetFrame.HEADER_BYTES);
            return OffsetFrame.HEADER_BYTES;
        }
        long bytes =
                filled < OffsetFrame.HEADER_BYTES
                        ? Long.MAX_VALUE
                        : frame.frameLength(frame.headerLength(batch.data(), 0));
        if (bytes > end - position || bytes <= filled || bytes > Integer.MAX_VALUE) {
            noteDamage(true, position, true);
        }
        batch.ensureData(bytes);
        return bytes;
    }

    private int backward(RecordBatch batch, long end) {
        stepOverDamage(end);
        if (position <= 0 || position <= range.lower() && range.lower() >= 0) {
            return 0;
        }
        long want = wanted(batch, position);
        while (true) {
            fill(batch, position - want, want);
            long before = position;
            int count = parseBackward(batch, want);
            if (count > 0 || position == 0 || before == position && isBelowRange(batch, want)) {
                return count;
            }
            want = largeFrameBefore(batch, want);
        }
    }

    private int parseBackward(RecordBatch batch, long filled) {
        var data = batch.data();
        long base = position - filled;
        long first = range.lower() < 0 ? 0 : range.lower() + (range.lowerInclusive() ? 0 : 1);
        long max = left;
        long at = filled;
        long count = 0;
        while (at >= frame.overheadBytes() && count < max) {
            long start = at - frame.frameLength(frame.trailerLength(data, at));
            boolean ends = frame.endsAt(data, at, base + at);
            if (ends && start < 0 && base + start >= 0) {
                break;
            }
            if (!ends
                    || start < 0
                    || frame.headerLength(data, start) != frame.trailerLength(data, at)) {
                noteDamage(true, base + at, count == 0);
                break;
            }
            long length = at - start - frame.overheadBytes();
            if (base + start < first
                    || !add(batch, base + start, start + OffsetFrame.HEADER_BYTES, length)) {
                break;
            }
            at = start;
            count++;
        }
        position = base + at;
        batch.used((int) filled);
        return (int) count;
    }

    /** True when the frame before the position is there and in front of the range. */
    private boolean isBelowRange(RecordBatch batch, long filled) {
        if (range.lower() < 0 || filled < frame.trailerBytes()) {
            return false;
        }
        long start = position - frame.frameLength(frame.trailerLength(batch.data(), filled));
        return start < range.lower() || start == range.lower() && !range.lowerInclusive();
    }

    private long largeFrameBefore(RecordBatch batch, long filled) {
        int trailer = frame.trailerBytes();
        if (filled < trailer && filled < position) {
            batch.ensureData(trailer);
            return trailer;
        }
        long bytes =
                filled < trailer
                        ? Long.MAX_VALUE
                        : frame.frameLength(frame.trailerLength(batch.data(), filled));
        if (bytes > position || bytes <= filled || bytes > Integer.MAX_VALUE) {
            noteDamage(true, position, true);
        }
        batch.ensureData(bytes);
        return bytes;
    }

    private boolean add(RecordBatch batch, long seq, long start, long length) {
        boolean deleted = OffsetFrame.isDeleted(batch.data(), start, length);
        return batch.add(seq, (int) start, deleted ? RecordBatch.DELETED : (int) length);
    }

    /** How much to read for a batch, of {@code available} bytes. */
    private long wanted(RecordBatch batch, long available) {
        long most = Math.min(BLOCK_BYTES, batch.data().byteSize());
        if (left < BLOCK_BYTES / RECORD_GUESS_BYTES) {
            most = Math.min(most, left * RECORD_GUESS_BYTES);
        }
        return Math.min(most, available);
    }

    /** Copies a range of the file into the batch; again when a deletion overtook the copy. */
    private void fill(RecordBatch batch, long offset, long length) {
        var to = batch.data().asSlice(0, length);
        var deletions = reader.deletions();
        while (true) {
            long stamp = deletions.tryOptimisticRead();
            if (stamp != 0) {
                reader.file().read(offset, to);
                if (deletions.validate(stamp)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    private void noteDamage(boolean damaged, long at, boolean tell) {
        if (!damaged) {
            return;
        }
        damagedAt = at;
        damageTold = tell;
        if (tell) {
            throw reader.corrupt(at);
        }
    }

    /** Tells of damage that ended the last batch early; told already: goes on behind it. */
    private void stepOverDamage(long end) {
        if (damagedAt < 0) {
            return;
        }
        if (!damageTold) {
            damageTold = true;
            throw reader.corrupt(damagedAt);
        }
        position =
                range.reverse()
                        ? reader.beforeDamage(damagedAt)
                        : reader.damageAt(damagedAt, end).end();
        damagedAt = -1;
    }
}
