package org.millrace.host;

import org.millrace.log.Cursor;
import org.millrace.log.Gather;
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
    private final boolean isLive;
    private final boolean wantsRecords;
    private final long epoch;
    private final long[] seqs = new long[ROWS_AT_ONCE];
    private int from;
    private int to;
    private boolean isOver;

    /**
     * @param epoch of the log when the view's rows were asked for
     * @param isLive whether rows may come when there were none
     * @param wantsRecords false: of rows with keys, the keys alone
     */
    RowsCursor(
            Log log,
            long epoch,
            MountedView view,
            ViewMethod.Rows rows,
            boolean isLive,
            boolean wantsRecords) {
        this.log = log;
        this.epoch = epoch;
        this.view = view;
        this.rows = rows;
        this.isLive = isLive;
        this.wantsRecords = wantsRecords;
    }

    @Override
    public int next(RecordBatch batch) {
        batch.clear();
        while (hasNext() && add(batch)) {
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
        if (from == to && !isOver) {
            from = 0;
            to = view.read(_ -> rows.next(seqs));
            isOver = to == 0 && !isLive;
            if (wantsRecords) {
                log.expect(seqs, to);
            }
        }
        return from < to;
    }

    /** False when there is no room left. */
    private boolean add(RecordBatch batch) {
        var key = rows.key(from);
        return key == null ? Gather.record(log, seqs[from], batch) : addWithKey(key, batch);
    }

    private boolean addWithKey(MemorySegment key, RecordBatch batch) {
        MemorySegment room = batch.room();
        int head = (int) (Integer.BYTES + key.byteSize());
        boolean fits = head <= room.byteSize();
        var to = fits && wantsRecords ? room.asSlice(head) : MemorySegment.NULL;
        int record = Gather.length(log, seqs[from], to);
        if (record < 0) {
            return true;
        }
        int length = head + (wantsRecords ? record : 0);
        if (length > room.byteSize()) {
            return batch.makeRoom(length) && addWithKey(key, batch);
        }
        room.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) key.byteSize());
        MemorySegment.copy(key, 0, room, Integer.BYTES, key.byteSize());
        return batch.put(seqs[from], length);
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    @Override
    public void close() {}
}
