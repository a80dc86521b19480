package org.millrace.log;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A log as its readers see it while deletions wait for the disk: whoever begins to read after a
 * record was hidden reads it as deleted, whatever stands in the file. Who must see the file as it
 * is, as what feeds views, reads the log itself.
 *
 * <p>A hidden record is shown again only when it is deleted in the log, which then says so itself;
 * or when records have moved, for then its sequence is another's. If its deletion fails it stays
 * hidden: nobody here has it back before the log is opened again.
 *
 * <p><b>Threads.</b> As {@link Log}; readers take no lock.
 *
 * <p><b>Memory.</b> About 50 bytes a hidden record, on the heap.
 */
public final class HidingLog implements Log {
    private final Log log;

    /**
     * Replaced when records are shown again: a reader looks into the one that was there when it
     * began, for its copy of the file may be as old as that.
     */
    private volatile Set<Long> hidden = Set.of();

    /** How often a record was hidden. */
    private volatile long hidings;

    public HidingLog(Log log) {
        this.log = log;
    }

    /** No read that begins after this gives the record's content. */
    public synchronized void hide(long seq) {
        var now = hidden;
        if (now.isEmpty()) {
            now = ConcurrentHashMap.newKeySet();
        }
        now.add(seq);
        hidden = now;
        hidings++;
    }

    /** They are deleted in the log itself now. */
    public synchronized void show(Collection<Long> deleted) {
        Set<Long> left = ConcurrentHashMap.newKeySet();
        left.addAll(hidden);
        deleted.forEach(left::remove);
        hidden = left.isEmpty() ? Set.of() : left;
    }

    /** Records have moved: what was hidden has other sequences now. */
    public synchronized void showAll() {
        hidden = Set.of();
    }

    /** Those that are hidden. */
    public Set<Long> hidden() {
        return Set.copyOf(hidden);
    }

    @Override
    public int get(long seq, MemorySegment to) {
        var hiddenThen = hidden;
        if (!hiddenThen.isEmpty() && hiddenThen.contains(seq)) {
            throw new MillraceException(
                    ErrorCode.ERR_RECORD_DELETED, "record " + seq + ": it is being deleted");
        }
        return log.get(seq, to);
    }

    @Override
    public Cursor cursor(Range range) {
        return new HidingCursor(log.cursor(range));
    }

    private boolean isDeleted(long seq) {
        return Gather.length(this, seq, MemorySegment.NULL) < 0;
    }

    /** Marks the hidden records of a batch as deleted. */
    private final class HidingCursor implements Cursor {
        private final Cursor cursor;
        private long hidingsThen;

        HidingCursor(Cursor cursor) {
            this.cursor = cursor;
        }

        @Override
        public int next(RecordBatch batch) {
            hidingsThen = hidings;
            var hiddenThen = hidden;
            int count = cursor.next(batch);
            for (int i = 0; i < count && !hiddenThen.isEmpty(); i++) {
                if (hiddenThen.contains(batch.seq(i))) {
                    batch.delete(i);
                }
            }
            return count;
        }

        /** What was hidden meanwhile may be deleted by now: only the log knows. */
        @Override
        public void recheck(RecordBatch batch) {
            for (int i = 0; i < batch.count() && hidings != hidingsThen; i++) {
                if (!batch.isDeleted(i) && isDeleted(batch.seq(i))) {
                    batch.delete(i);
                }
            }
        }

        @Override
        public boolean isReady() {
            return cursor.isReady();
        }

        @Override
        public boolean isOver() {
            return cursor.isOver();
        }

        @Override
        public void cancel() {
            cursor.cancel();
        }

        @Override
        public void close() {
            cursor.close();
        }
    }

    @Override
    public long since() {
        return log.since();
    }

    @Override
    public long durableSince() {
        return log.durableSince();
    }

    @Override
    public long append(MemorySegment record) {
        return log.append(record);
    }

    @Override
    public long append(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        return log.append(data, ends, seqs);
    }

    @Override
    public long appendWritten(MemorySegment data, MemorySegment ends, MemorySegment seqs) {
        return log.appendWritten(data, ends, seqs);
    }

    @Override
    public void expect(long[] seqs, int count) {
        log.expect(seqs, count);
    }

    @Override
    public void delete(long seq) {
        log.delete(seq);
    }

    @Override
    public void checkDelete(long seq) {
        log.checkDelete(seq);
    }

    @Override
    public void drain() {
        log.drain();
    }

    @Override
    public long requestDrain() {
        return log.requestDrain();
    }

    @Override
    public MillraceException failure() {
        return log.failure();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        return log.onChange(listener);
    }

    @Override
    public long epoch() {
        return log.epoch();
    }

    @Override
    public Moves movesSince(long epoch) {
        return log.movesSince(epoch);
    }

    @Override
    public long droppedBefore() {
        return log.droppedBefore();
    }

    @Override
    public OpenReport openReport() {
        return log.openReport();
    }

    @Override
    public void close() {
        log.close();
    }
}
