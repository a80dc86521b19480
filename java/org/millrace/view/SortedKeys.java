package org.millrace.view;

import org.millrace.format.SortedBlock;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.KeyOrder.Place;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys in order, each leading to a record: what a view's {@code map} emits. Beside {@link Index},
 * which hashes its keys, this one keeps them, so that ranges can be read.
 *
 * <p>What came since the last checkpoint is in memory; the rest in immutable tables on disk, a few
 * of them, merged as they grow. A key that was emitted twice leads to the newest of its records
 * that is not deleted.
 *
 * <p><b>Threads.</b> {@link #add} by one thread, never beside a read; many readers.
 *
 * <p><b>Memory.</b> Off-heap; {@value #BYTES_MAX} bytes, twice that while a table is written.
 *
 * <p><b>Limits.</b> A key: 32 KiB.
 */
public final class SortedKeys {
    /** When so much is in memory it is time for a table. */
    static final int BYTES_MAX = 4 << 20;

    /** What each walk of a read unpacks its blocks into, by the walk's number. */
    private static final ThreadLocal<List<SortedBlock>> READERS =
            ThreadLocal.withInitial(ArrayList::new);

    private final Deleted deleted;
    private SortedRun active = new SortedRun();
    private SortedRun frozen;
    private List<SortedTable> tables = List.of();

    SortedKeys(Deleted deleted) {
        this.deleted = deleted;
    }

    /**
     * A key that somebody else has made.
     *
     * @throws MillraceException ERR_ARGUMENT: it is too long
     */
    static MemorySegment checked(MemorySegment key) {
        if (key.byteSize() > SortedBlock.KEY_BYTES_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "key of " + key.byteSize() + " bytes; at most 32768");
        }
        return key;
    }

    /** Adds a key of at most 32 KiB; readers see it when the batch has ended. */
    public void add(MemorySegment key, long seq) {
        active.add(key, seq);
    }

    /** Sequence of the newest record of a key; -1 when there is none. */
    public long newest(MemorySegment key) {
        var range = KeyRange.newestOf(key);
        for (var walk = walk(range.from(), true);
                walk.isOpen() && range.holds(walk);
                walk.advance()) {
            if (!deleted.contains(walk.seq())) {
                return walk.seq();
            }
        }
        return -1;
    }

    /**
     * The records of the keys that are wanted, in order; {@link ViewMethod.Rows#key} has the key.
     */
    public ViewMethod.Rows rows(KeyRange wanted) {
        return new SortedRows(this, wanted);
    }

    /** All entries behind a place; the walk ends before the thread begins another. */
    SortedWalk walk(Place from, boolean reverse) {
        var walks = new ArrayList<SortedWalk>();
        var readers = READERS.get();
        while (readers.size() < tables.size()) {
            readers.add(new SortedBlock());
        }
        for (int i = 0; i < tables.size(); i++) {
            walks.add(tables.get(i).walk(from, reverse, readers.get(i)));
        }
        if (frozen != null) {
            frozen.addWalks(from, reverse, walks);
        }
        active.addWalks(from, reverse, walks);
        return new SortedMerge(walks, reverse);
    }

    /** All of a table, for merging. */
    static SortedWalk walk(SortedTable table) {
        return table.walk(Place.END, false, new SortedBlock());
    }

    boolean isDeleted(long seq) {
        return deleted.contains(seq);
    }

    /** Before readers may look again: what was added is there. */
    void endBatch() {
        active.endBatch();
    }

    long inMemoryBytes() {
        return active.usedBytes();
    }

    void restore(List<SortedTable> found) {
        clear();
        tables = List.copyOf(found);
    }

    SortedRun freeze() {
        if (frozen == null) {
            frozen = active;
            active = new SortedRun();
        }
        return frozen;
    }

    /** What was frozen is in these tables; those that are not among them are closed. */
    void replace(List<SortedTable> written) {
        for (var table : tables) {
            if (!written.contains(table)) {
                table.close();
            }
        }
        tables = List.copyOf(written);
        if (frozen != null) {
            frozen.close();
            frozen = null;
        }
    }

    List<SortedTable> tables() {
        return tables;
    }

    void clear() {
        replace(List.of());
        active.close();
        active = new SortedRun();
    }

    void close() {
        replace(List.of());
        active.close();
    }
}
