package org.millrace.view;

import org.millrace.storage.Entropy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Key -> its postings, in order: the one mechanism behind every built-in view. A posting is an
 * order (a number the view chooses: a timestamp, a feed's message number, or 0), a sequence of the
 * log, and 10 flags.
 *
 * <p>What came since the last checkpoint is in memory; the rest in immutable tables on disk, a few
 * of them, merged as they grow. Postings of deleted records are never seen.
 *
 * <p><b>Threads.</b> {@link #add} by the feed only, never beside a read; many readers.
 *
 * <p><b>Memory.</b> Off-heap; at most {@value #POSTINGS_MAX} postings, twice that while a table is
 * written.
 */
public final class Index {
    /** When so many are in memory it is time for a table. */
    static final int POSTINGS_MAX = 131_072;

    private final Deleted deleted;
    private long hashSeed = Entropy.nextLong();
    private long tagSeed = Entropy.nextLong();
    private MemoryRun active = new MemoryRun();
    private MemoryRun frozen;
    private List<Table> tables = List.of();

    /**
     * While a record comes again: what it had added the first time; null = it is an ordinary one.
     */
    private Set<Posting> before;

    private boolean isNoting;

    /** A posting of the record at hand. */
    private record Posting(long hash, int tag, long order) {}

    Index(Deleted deleted) {
        this.deleted = deleted;
    }

    /** A key to be filled; one per thread. */
    public IndexKey key() {
        return new IndexKey(this);
    }

    /** Adds a posting to a key. One of the same key, order and sequence gets these flags too. */
    public void add(IndexKey key, long order, long seq, long flags) {
        if (before != null) {
            var posting = new Posting(key.hash(), key.tag(), order);
            if (isNoting) {
                before.add(posting);
                return;
            }
            if (before.contains(posting)) {
                return;
            }
        }
        active.add(key.hash(), key.tag(), order, seq, flags);
    }

    /**
     * From here to {@link #endAgain} a record comes twice: as it came before, then as it is now.
     */
    void beginAgain() {
        before = new HashSet<>();
        isNoting = true;
    }

    /** Now it comes as it is: only what is new counts. */
    void nextAgain() {
        isNoting = false;
    }

    void endAgain() {
        before = null;
    }

    /** For the feed, before readers may look again: what was added is there. */
    void endBatch() {
        active.endBatch();
    }

    /**
     * For who feeds, beside readers: what the first of them would have to do, which can be much.
     */
    void prepareForReaders() {
        active.link();
    }

    /** How much of that there is, in postings. */
    int unprepared() {
        return active.unlinked();
    }

    /** Sequence of the newest posting of a key whose postings all have order 0; -1 when none. */
    public long newest(IndexKey key) {
        long seq = active.newest(key, deleted);
        if (frozen != null && frozen.lastSeq() > seq) {
            seq = Math.max(seq, frozen.newest(key, deleted));
        }
        for (int i = tables.size() - 1; i >= 0; i--) {
            var table = tables.get(i);
            if (table.lastSeq() > seq) { // what was decrypted late is in a later table
                seq = Math.max(seq, table.newest(key, deleted));
            }
        }
        return seq;
    }

    /** How many postings of a key are wanted. */
    public long count(IndexKey key, Selection wanted) {
        long count = 0;
        for (Run run : runs()) {
            count += run.count(key, wanted, deleted);
        }
        return count;
    }

    /** The sequences that are wanted, in order; live ones as they come. */
    public ViewMethod.Rows rows(IndexKey key, Selection wanted) {
        return new IndexRows(this, key, wanted);
    }

    /**
     * Fills {@code to} with what is wanted of a key, in the order asked for.
     *
     * @param max so many at most, the first ones
     */
    public void collect(IndexKey key, Selection wanted, int max, PostingList to) {
        to.clear();
        for (Run run : runs()) {
            run.collect(key, wanted, deleted, max, to);
        }
        to.sort(0);
        to.keep(0, max, wanted.reverse);
        if (wanted.reverse) {
            to.reverseFrom(0);
        }
    }

    /** Largest sequence that any posting has; -1 when empty. */
    public long lastSeq() {
        long last = -1;
        for (Run run : runs()) {
            last = Math.max(last, run.lastSeq());
        }
        return last;
    }

    /** Looks one key up; for lookups by users' bytes. */
    public long newest(int space, MemorySegment part) {
        return newest(key().space(space).add(part));
    }

    long hashSeed() {
        return hashSeed;
    }

    long tagSeed() {
        return tagSeed;
    }

    int inMemory() {
        return active.size();
    }

    /** Tables that exist. */
    void restore(List<Table> found) {
        clear();
        tables = List.copyOf(found);
    }

    /** Those that everything in it was hashed with; while it is empty. */
    void seeds(long hash, long tag) {
        hashSeed = hash;
        tagSeed = tag;
    }

    /** Sets the postings in memory aside, to be written; later ones go elsewhere. */
    MemoryRun freeze() {
        if (frozen == null) {
            frozen = active;
            active = new MemoryRun();
        }
        return frozen;
    }

    /** What was frozen is in these tables; those that are not among them are closed. */
    void replace(List<Table> written) {
        var before = tables;
        tables = List.copyOf(written);
        for (var table : before) {
            if (!written.contains(table)) {
                table.close();
            }
        }
        closeFrozen();
    }

    List<Table> tables() {
        return tables;
    }

    /** Forgets everything; closes the tables. */
    void clear() {
        replace(List.of());
        active.close();
        active = new MemoryRun();
    }

    void close() {
        replace(List.of());
        active.close();
    }

    private void closeFrozen() {
        if (frozen != null) {
            frozen.close();
            frozen = null;
        }
    }

    private List<Run> runs() {
        var runs = new ArrayList<Run>(tables.size() + 2);
        runs.addAll(tables);
        if (frozen != null) {
            runs.add(frozen);
        }
        runs.add(active);
        return runs;
    }
}
