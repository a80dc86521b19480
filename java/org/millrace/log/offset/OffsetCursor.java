package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.Range;
import org.millrace.log.engine.PositionCursor;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

/**
 * Walks an offset log: copies a block of the file into the batch, then parses the copy.
 *
 * <p>Backward it copies the block in front of its position and walks by the trailing lengths; the
 * block may begin inside a frame, which the next call then takes.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> None; nothing is allocated per record.
 */
final class OffsetCursor extends PositionCursor {
    private final OffsetReader reader;
    private final OffsetFrame frame;

    OffsetCursor(OffsetLog log, OffsetReader reader, Range range) {
        super(log, range, reader.file());
        this.reader = reader;
        this.frame = reader.frame();
    }

    @Override
    protected int fill(RecordBatch batch) {
        long since = log.readableSince();
        long end = log.readableEnd();
        if (left == 0 || since < 0 || !locate(since, end)) {
            return 0;
        }
        int count = range.reverse() ? backward(batch, end) : forward(batch, since, end);
        count(count);
        return count;
    }

    @Override
    protected long frameEnd(long seq, long since, long end) {
        return seq + frame.frameLength(reader.checkedLength(seq, since, end));
    }

    @Override
    protected long lastFrameEnd(long since, long end) {
        return reader.frameEnd(since);
    }

    @Override
    protected MillraceException corrupt(long offset) {
        return reader.corrupt(offset);
    }

    private int forward(RecordBatch batch, long since, long end) {
        stepOverDamage(end);
        long last = lastOf(since);
        if (position > last) {
            return 0;
        }
        long want = wanted(batch, end - position, 0);
        while (true) {
            read(batch, position, want);
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
                if (length == OffsetFrame.INVALID) {
                    noteDamage(base + at, count == 0);
                }
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
            noteDamage(position, true);
        }
        batch.ensureData(bytes);
        return bytes;
    }

    private int backward(RecordBatch batch, long end) {
        stepOverDamage(end);
        if (position <= 0 || position <= range.lower() && range.lower() >= 0) {
            return 0;
        }
        long want = wanted(batch, position, 0);
        while (true) {
            read(batch, position - want, want);
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
        long first = lowest();
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
                noteDamage(base + at, count == 0);
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
            noteDamage(position, true);
        }
        batch.ensureData(bytes);
        return bytes;
    }

    private boolean add(RecordBatch batch, long seq, long start, long length) {
        boolean deleted = OffsetFrame.isDeleted(batch.data(), start, length);
        return batch.add(seq, (int) start, deleted ? RecordBatch.DELETED : (int) length);
    }

    /** Copies a range of the file into the batch; again when a deletion overtook the copy. */
    private void read(RecordBatch batch, long offset, long length) {
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

    private void stepOverDamage(long end) {
        if (isBehindDamage()) {
            position =
                    range.reverse()
                            ? reader.beforeDamage(damagedAt)
                            : reader.damageAt(damagedAt, end).end();
            damagedAt = -1;
        }
    }
}
