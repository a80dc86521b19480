package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.log.Range;
import org.millrace.log.engine.FileCursor;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

/**
 * Walks a write-ahead log forward, segment by segment. A block is copied straight into the caller's
 * batch, framing and all, and every frame is checked there.
 *
 * <p>Damage is told once: {@code next} throws ERR_LOG_CORRUPT when it gets there, and the call
 * after that goes on with the next valid frame.
 */
final class WalCursor extends FileCursor {
    /** Copied at once at most: stays in the cache while it is parsed. */
    private static final int BLOCK_BYTES = 128 << 10;

    private final WalReader reader;
    private final BlockCrc crc = new BlockCrc();
    private boolean placed;

    /** Every frame in front of this sequence is done with. */
    private long position;

    /** Where {@link #position} stands: valid while the log still has this segment object. */
    private WalSegment segment;

    private long offset;

    WalCursor(WalLog log, WalReader reader, Range range) {
        super(log, range);
        this.reader = reader;
    }

    @Override
    protected int fill(RecordBatch batch) {
        long since = log.readableSince();
        if (!place(since)) {
            return 0;
        }
        long last = lastOf(since);
        for (int attempt = 0; ; attempt++) {
            try {
                return advance(batch, last);
            } catch (MillraceException e) {
                if (!WalLog.isReplaced(e, attempt)) {
                    throw e;
                }
                segment = null;
            }
        }
    }

    private int advance(RecordBatch batch, long last) {
        while (position <= last && left > 0 && enterSegment()) {
            int count = readBlock(batch, last);
            if (count > 0) {
                return count;
            }
        }
        return 0;
    }

    @Override
    protected boolean isResident() {
        return reader.isResident(placed ? position : range.lower(), BLOCK_BYTES);
    }

    /** Finds the start of the walk; false while the log has not reached it. */
    private boolean place(long since) {
        if (placed) {
            return true;
        }
        long lower = range.lower();
        if (lower > since) {
            return false;
        }
        var first = reader.segments().find(lower);
        boolean gone = first == null || first.isCompacted(); // or it may be: no need to find it
        position = Math.max(lower, 0);
        if (!gone && !reader.deletions().contains(lower)) {
            long bytes = reader.require(lower, since);
            position = range.lowerInclusive() ? lower : lower + bytes;
        } else if (lower >= 0 && !range.lowerInclusive()) {
            position = lower + 1; // in a compacted segment, or before the first: the next frame
        }
        placed = true;
        return true;
    }

    /** Makes {@link #segment} the one of {@link #position}; false at the end of the log. */
    private boolean enterSegment() {
        var found = reader.segments().find(position);
        if (found == null) {
            found = reader.segments().first(); // what was before it was trimmed
            position = found.firstSequence();
        }
        if (found != segment) {
            segment = found;
            offset = firstOffset(found);
        }
        while (offset >= segment.end()) {
            var next = reader.segments().after(segment);
            if (next == null) {
                return false;
            }
            segment = next;
            position = next.firstSequence();
            offset = firstOffset(next);
        }
        return true;
    }

    private long firstOffset(WalSegment in) {
        boolean frameStart = position % WalFrame.ALIGNMENT == 0;
        if (in.isCompacted() || !frameStart) {
            return WalReader.locate(in, position);
        }
        return in.offsetOf(position);
    }

    /** Fills the batch from the segment; 0 = nothing here, or only control frames so far. */
    private int readBlock(RecordBatch batch, long last) {
        long available = segment.end() - offset;
        long wanted = Math.min(Math.min(BLOCK_BYTES, batch.data().byteSize()), available);
        while (true) {
            segment.file().read(offset, batch.data().asSlice(0, wanted));
            crc.over(batch.data());
            long before = offset;
            int stop = parse(batch, wanted, last);
            if (batch.count() > 0 || stop >= 0 || offset > before) {
                return batch.count();
            }
            long bytes = stop == WalFrame.INCOMPLETE ? largeFrame(batch, wanted) : Long.MAX_VALUE;
            if (bytes > available) {
                throw stepOverDamage();
            }
            batch.ensureData(bytes);
            wanted = bytes;
        }
    }

    /** Returns why it stopped: a negative answer of {@link WalFrame#check}, or 0. */
    private int parse(RecordBatch batch, long filled, long last) {
        var data = batch.data();
        var deletions = reader.deletions();
        boolean plain = !segment.isCompacted();
        boolean anyDeleted = !deletions.isEmpty();
        int salt = segment.salt();
        long seq = position;
        long at = 0;
        long max = left;
        int stop = 0;
        while (max > 0) {
            long expected = plain ? segment.sequenceAt(offset + at) : WalFrame.ANY;
            int bytes = WalFrame.check(data, at, filled, expected, salt, crc);
            if (bytes < 0) {
                stop = bytes;
                break;
            }
            seq = WalFrame.sequence(data, at);
            if (seq > last) {
                break;
            }
            if (seq >= position && WalFrame.isRecord(data, at)) {
                boolean deleted = anyDeleted && deletions.contains(seq);
                int length = deleted ? RecordBatch.DELETED : WalFrame.length(data, at);
                if (!batch.add(seq, (int) at + WalFrame.HEADER_BYTES, length)) {
                    break;
                }
                max--;
            }
            at += bytes;
            seq = plain ? seq + bytes : seq + 1;
        }
        left = max;
        offset += at;
        position = Math.max(position, seq);
        batch.used((int) at);
        return stop;
    }

    /** Bytes to read for the frame that is larger than what was read. */
    private long largeFrame(RecordBatch batch, long filled) {
        if (filled < WalFrame.HEADER_BYTES) {
            batch.ensureData(WalFrame.HEADER_BYTES);
            return WalFrame.HEADER_BYTES;
        }
        return WalFrame.frameBytes(WalFrame.length(batch.data(), 0));
    }

    private RuntimeException stepOverDamage() {
        long damaged = offset;
        try (var walk = new WalWalk(segment)) {
            offset = walk.search(damaged + WalFrame.ALIGNMENT, segment.end());
        }
        if (!segment.isCompacted()) {
            position = segment.sequenceAt(offset);
        }
        return reader.corrupt(segment, damaged, offset);
    }
}
