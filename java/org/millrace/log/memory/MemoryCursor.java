package org.millrace.log.memory;

import org.millrace.log.Cursor;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

/** Walks a {@link MemoryLog} by record index, either way. */
final class MemoryCursor implements Cursor {
    private final MemoryLog log;
    private final MemoryRecords records;
    private final Range range;
    private final long lowest;
    private final long highest;
    private long next;
    private boolean started;
    private long left;
    private boolean closed;

    MemoryCursor(MemoryLog log, MemoryRecords records, Range range) {
        this.log = log;
        this.records = records;
        this.range = range;
        this.lowest = Math.max(0, lowest(range));
        this.highest = range.upperInclusive() ? range.upper() : range.upper() - 1;
        this.left = range.limit() < 0 ? Long.MAX_VALUE : range.limit();
    }

    @Override
    public int next(RecordBatch batch) {
        if (closed) {
            throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, "cursor: it is closed");
        }
        log.checkOpen();
        batch.clear();
        long since = log.since();
        if (!started) {
            started = true;
            next = range.reverse() ? Math.min(highest, since) : lowest;
        }
        try {
            return fill(batch, Math.min(highest, since));
        } catch (IllegalStateException e) {
            throw log.closedMeanwhile(e);
        }
    }

    private static long lowest(Range range) {
        boolean asItIs = range.lowerInclusive() || range.lower() == Long.MAX_VALUE;
        return asItIs ? range.lower() : range.lower() + 1;
    }

    private int fill(RecordBatch batch, long last) {
        int used = 0;
        while (left > 0 && next >= lowest && next <= last && batch.count() < batch.capacity()) {
            int length = records.length(next);
            if (length != RecordBatch.DELETED) {
                if (batch.count() == 0) {
                    batch.ensureData(length);
                } else if (used + (long) length > batch.data().byteSize()) {
                    break;
                }
                if (!records.copy(next, length, batch.data(), used)) {
                    length = RecordBatch.DELETED;
                }
            }
            batch.add(next, used, length);
            used += length == RecordBatch.DELETED ? 0 : length;
            next += range.reverse() ? -1 : 1;
            left--;
        }
        batch.used(used);
        return batch.count();
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
    }
}
