package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.log.Moves;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A view in its place: its name, how far it is, and the lock between its one writer and its
 * readers.
 *
 * <p><b>Threads.</b> Reads from any thread; written by the feed; saved by one thread at a time.
 */
public final class MountedView {
    private final String name;
    private final View view;
    private final ViewStore store;

    /** Somebody outside brings what it keeps, not the feed. */
    private final boolean isHosted;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Standing standing;
    private final Saving saving;
    private final Pace pace = new Pace();

    /** A reader waits, on a thread that should not have to index what came. */
    private volatile boolean isAwaited;

    /**
     * Brings the view back to its last good checkpoint.
     *
     * @param onDamage called when the store turns out to be damaged; then {@link #repair} it
     */
    MountedView(String name, View view, ViewStore store, Runnable onDamage) {
        this.name = name;
        this.view = view;
        this.store = store;
        isHosted = view instanceof HostedView;
        standing = new Standing(name, store, restored(), onDamage);
        saving = new Saving(store, standing, lock.writeLock());
        pace.begin(standing.since());
    }

    public String name() {
        return name;
    }

    /** Last sequence of the log that the view has taken in; -1 when none. */
    public long since() {
        return standing.since();
    }

    /** {@link #since}; -1 while it is to be repaired or built anew, and answers nothing. */
    public long answersUpTo() {
        return standing.isSettled(-1) ? since() : -1;
    }

    /** True when the view failed and waits for a rebuild. */
    public boolean hasFailed() {
        return standing.hasFailed();
    }

    /** Why the last checkpoint could not be written; null when it could. */
    public RuntimeException saveFailure() {
        return saving.failure();
    }

    public Map<String, ViewMethod> methods() {
        return view.methods();
    }

    /** The view's method, of the kind that the caller can use. */
    public <M extends ViewMethod> M method(String method, Class<M> kind) {
        var found = view.methods().get(method);
        if (!kind.isInstance(found)) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_UNKNOWN,
                    "view %s has no %s method %s; it has %s"
                            .formatted(
                                    name,
                                    kind.getSimpleName().toLowerCase(Locale.ROOT),
                                    method,
                                    view.methods().keySet()));
        }
        return kind.cast(found);
    }

    /**
     * Runs a read while the view stands still.
     *
     * @throws MillraceException ERR_VIEW_FAILED, ERR_LOG_CLOSED
     */
    public <T> T read(Function<View, T> read) {
        lock.readLock().lock();
        try {
            standing.check();
            return read.apply(view);
        } catch (DamagedFile found) {
            throw standing.damaged(found);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Runs a read if the view is at {@code seq}.
     *
     * @return false when it is behind, perhaps because it was rebuilt since somebody waited for it,
     *     or turned out to be damaged: wait for it again
     * @throws MillraceException ERR_VIEW_FAILED, ERR_LOG_CLOSED
     */
    public boolean read(long seq, Consumer<View> read) {
        lock.readLock().lock();
        try {
            if (standing.isBefore(seq)) {
                return false;
            }
            standing.check();
            read.accept(view);
            return true;
        } catch (DamagedFile found) {
            standing.noteDamage(found);
            return false;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** {@link ViewMethod.Lookup#find} without an object per call. */
    public long find(ViewMethod.Lookup lookup, MemorySegment key) {
        lock.readLock().lock();
        try {
            standing.check();
            return lookup.find(key);
        } catch (DamagedFile found) {
            throw standing.damaged(found);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** How often it was begun anew, or went back. */
    public int beginnings() {
        return standing.beginnings();
    }

    /** How far and how fast, with the log at {@code target}. */
    public ViewProgress progress(long target) {
        return pace.progress(name, since(), target);
    }

    /** For the feed: from here to {@link #endWriting} no reader looks. */
    void beginWriting() {
        lock.writeLock().lock();
    }

    void endWriting(long upTo, int records) {
        store.endBatch();
        if (isAlive()) {
            standing.since(upTo);
            saving.took(records);
            pace.took(records, upTo);
        }
        lock.writeLock().unlock();
    }

    /** A reader was told to wait. */
    void noteReader() {
        isAwaited = true;
    }

    /** For the feed: whoever waits for the view is about to be told that it is there. */
    void prepareForReaders() {
        if (isAwaited) {
            isAwaited = false;
            lock.readLock().lock();
            try {
                store.index().prepareForReaders();
            } finally {
                lock.readLock().unlock();
            }
        }
    }

    /** For the feed, between begin and end: one message. */
    void append(long seq, Message message) {
        try {
            view.append(seq, message);
        } catch (Throwable thrown) {
            standing.fail("at sequence " + seq, thrown);
        }
    }

    /** For the feed: a record that was taken in before has been decrypted. */
    void appendAgain(long seq, Message before, Message after) {
        beginWriting();
        var index = store.index();
        index.beginAgain();
        try {
            append(seq, before);
            index.nextAgain();
            append(seq, after);
        } finally {
            index.endAgain();
            endWriting(since(), 1);
        }
    }

    boolean isRepeatable() {
        return view.isRepeatable();
    }

    /** How many of the decrypted records it has taken in. */
    int revealedTaken() {
        return store.revealedTaken();
    }

    void revealedTaken(int entries) {
        lock.writeLock().lock();
        try {
            store.revealedTaken(entries);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Whether the feed has something to do here. */
    boolean isFed() {
        return isAlive() && !isHosted;
    }

    /** Whether it is still of the log as it was before its records moved, and answers nothing. */
    boolean hasMoved() {
        return store.hasMoved();
    }

    /**
     * By the feed: keeps what it knows, with the sequences that records have now, or begins anew.
     */
    void move(Moves moves) {
        boolean canMove = moves != null && view.isMovable() && view.forgets();
        if (!canMove || !saving.move(moves, this::goOnAt)) {
            clear();
        }
    }

    /** Within {@link Saving#move}. */
    private void goOnAt(long seq) {
        view.clear();
        beginAt(seq);
    }

    /** Whether deleting this record means that the view must be built anew. */
    boolean losesBy(long seq) {
        return !view.forgets() && seq <= since();
    }

    boolean wants(long seq) {
        return seq > since() && isAlive();
    }

    boolean isAlive() {
        return standing.isAlive();
    }

    /** Whether waiting for a sequence is over: it is there, or will not come. */
    boolean isSettled(long seq) {
        return standing.isSettled(seq);
    }

    /** Records that a crash would make it take in again. */
    long recordsUnsaved() {
        return store.isPersistent() ? saving.recordsUnsaved() : 0;
    }

    /** At 1 it should be saved, at 2 it must be. */
    double fullness() {
        return store.isPersistent() ? store.fullness() : 0;
    }

    /** False when it is asked for already. */
    boolean beginRequest() {
        return saving.beginRequest();
    }

    /** Saves the view if it has changed; readers and the feed go on meanwhile. */
    void checkpoint() {
        saving.run();
    }

    /** Its memory is full and cannot be saved. */
    void failSaving() {
        standing.fail("saving what it holds in memory", saving.failure());
    }

    void deleted(long seq) {
        lock.writeLock().lock();
        try {
            view.deleted(seq);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The log has dropped its oldest records. */
    void dropped() {
        if (!view.forgets()) {
            clear();
            return;
        }
        lock.writeLock().lock();
        try {
            view.clear();
            store.dropped();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Goes back to the last checkpoint that does without the damaged file. */
    void repair() {
        saving.exclusively(
                () -> {
                    var found = standing.damage();
                    view.clear();
                    if (found != null) {
                        store.drop(found);
                    }
                    beginAt(found == null ? since() : restored());
                });
    }

    void clear() {
        saving.exclusively(
                () -> {
                    beginAt(-1); // first: who looks without the lock never sees it as it was
                    view.clear();
                    store.clear();
                });
    }

    /** Saves the view if it can be, and closes it. */
    void close() {
        checkpoint();
        saving.exclusively(
                () -> {
                    standing.close();
                    view.close();
                    store.close();
                });
    }

    /** Closes the view and removes its files. */
    void destroy() {
        saving.exclusively(
                () -> {
                    standing.close();
                    view.close();
                    store.destroy();
                });
    }

    /** For the feed: the log cannot be read behind {@link #since}. */
    void failReading(Throwable thrown) {
        standing.fail("reading the log behind sequence " + since(), thrown);
    }

    boolean isDamaged() {
        return standing.damage() != null;
    }

    private long restored() {
        return store.restore(view.version(), view.forgets());
    }

    /** While nobody saves, reads or writes. */
    private void beginAt(long seq) {
        standing.beginAt(seq);
        saving.reset();
        pace.begin(seq);
    }
}
