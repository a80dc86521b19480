package org.millrace.host;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.view.MountedView;
import org.millrace.view.ViewMethod;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The records that a view's rows name, as a cursor: whatever streams a log streams a view. Records
 * deleted since are left out. Where rows have keys, each is {@code | key length u32 | key | record
 * |}.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> None; fills the caller's batch.
 */
final class RowsCursor implements Cursor {
    private static final int ROWS_AT_ONCE = 256;

    private final Log log;
    private final MountedView view;
    private final ViewMethod.Rows rows;
    private final boolean wantsRecords;
    private final long epoch;
    private final long[] seqs = new long[ROWS_AT_ONCE];
    private int from;
    private int to;

    /**
     * @param epoch of the log when the view's rows were asked for
     * @param wantsRecords false: of rows with keys, the keys alone
     */
    RowsCursor(Log log, long epoch, MountedView view, ViewMethod.Rows rows, boolean wantsRecords) {
        this.wantsRecords = wantsRecords;
        this.log = log;
        this.epoch = epoch;
        this.view = view;
        this.rows = rows;
    }

    @Override
    public int next(RecordBatch batch) {
        batch.clear();
        while (hasNext()) {
            int used = batch.usedBytes();
            MemorySegment room = batch.data().asSlice(used);
            int length = row(room);
            if (length > room.byteSize()) {
                if (batch.count() > 0) {
                    break;
                }
                batch.ensureData(length);
                continue;
            }
            if (length >= 0) {
                if (!batch.add(seqs[from], used, length)) {
                    break;
                }
                batch.used(used + length);
            }
            from++;
        }
        if (log.epoch() != epoch) {
            batch.clear();
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED,
                    "view %s: the log's records moved while it was read; read again"
                            .formatted(view.name()));
        }
        return batch.count();
    }

    private boolean hasNext() {
        if (from == to) {
            from = 0;
            to = view.read(read -> rows.next(seqs));
        }
        return from < to;
    }

    /** Length of the row, copied when there is room; -1 when its record was deleted. */
    private int row(MemorySegment room) {
        var key = rows.key(from);
        if (key == null) {
            return get(seqs[from], room);
        }
        int head = (int) (Integer.BYTES + key.byteSize());
        boolean fits = head <= room.byteSize();
        int length =
                get(seqs[from], fits && wantsRecords ? room.asSlice(head) : MemorySegment.NULL);
        if (length >= 0 && fits) {
            room.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) key.byteSize());
            MemorySegment.copy(key, 0, room, Integer.BYTES, key.byteSize());
        }
        return length < 0 ? length : head + (wantsRecords ? length : 0);
    }

    /** Length of the record, copied when there is room; -1 when it was deleted. */
    private int get(long seq, MemorySegment room) {
        try {
            return log.get(seq, room);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return -1;
            }
            throw e;
        }
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void close() {}
}
