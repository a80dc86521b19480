package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A view in its place: its name, how far it is, and the lock between its one writer and its
 * readers.
 *
 * <p><b>Threads.</b> Reads from any thread; written by the feed; saved by one thread at a time.
 * Locks are taken in the order: saving, then the writer's.
 */
public final class MountedView {
    private final String name;
    private final View view;
    private final ViewStore store;
    private final Runnable onDamage;

    /** Somebody outside brings what it keeps, not the feed. */
    private final boolean isHosted;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Held while the store's files change. */
    private final ReentrantLock saving = new ReentrantLock();

    private final AtomicBoolean saveRequested = new AtomicBoolean();
    private final Pace pace = new Pace();
    private volatile long since;
    private volatile long recordsUnsaved;
    private volatile int beginnings;
    private volatile MillraceException failure;
    private volatile DamagedFile damage;
    private volatile RuntimeException saveFailure;
    private volatile boolean closed;

    /**
     * Brings the view back to its last good checkpoint.
     *
     * @param onDamage called when the store turns out to be damaged; then {@link #repair} it
     */
    MountedView(String name, View view, ViewStore store, Runnable onDamage) {
        this.name = name;
        this.view = view;
        this.store = store;
        this.onDamage = onDamage;
        isHosted = view instanceof HostedView;
        since = store.restore(view.version());
        pace.begin(since);
    }

    public String name() {
        return name;
    }

    /** Last sequence of the log that the view has taken in; -1 when none. */
    public long since() {
        return since;
    }

    /** True when the view failed and waits for a rebuild. */
    public boolean hasFailed() {
        return failure != null;
    }

    /** Why the last checkpoint could not be written; null when it could. */
    public RuntimeException saveFailure() {
        return saveFailure;
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
            check();
            return read.apply(view);
        } catch (DamagedFile found) {
            throw damaged(found);
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
            if (damage != null || isOutdated() || since < seq && isAlive()) {
                return false;
            }
            check();
            read.accept(view);
            return true;
        } catch (DamagedFile found) {
            noteDamage(found);
            return false;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** {@link ViewMethod.Lookup#find} without an object per call. */
    public long find(ViewMethod.Lookup lookup, MemorySegment key) {
        lock.readLock().lock();
        try {
            check();
            return lookup.find(key);
        } catch (DamagedFile found) {
            throw damaged(found);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** How often it was begun anew, or went back. */
    public int beginnings() {
        return beginnings;
    }

    /** How far and how fast, with the log at {@code target}. */
    public ViewProgress progress(long target) {
        return pace.progress(name, since, target);
    }

    /** For the feed: from here to {@link #endWriting} no reader looks. */
    void beginWriting() {
        lock.writeLock().lock();
    }

    void endWriting(long upTo, int records) {
        store.endBatch();
        if (isAlive()) {
            since = upTo;
            recordsUnsaved += records;
            pace.took(records, upTo);
        }
        lock.writeLock().unlock();
    }

    /** For the feed, between begin and end: one message. */
    void append(long seq, Message message) {
        try {
            view.append(seq, message);
        } catch (Throwable thrown) {
            fail("at sequence " + seq, thrown);
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
            endWriting(since, 1);
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

    /** Whether deleting this record means that the view must be built anew. */
    boolean losesBy(long seq) {
        return !view.forgets() && seq <= since;
    }

    boolean wants(long seq) {
        return seq > since && isAlive();
    }

    boolean isAlive() {
        return failure == null && damage == null && !closed;
    }

    /** Whether waiting for a sequence is over: it is there, or will not come. */
    boolean isSettled(long seq) {
        return closed || failure != null || damage == null && since >= seq && !isOutdated();
    }

    /** Records that a crash would make it take in again. */
    long recordsUnsaved() {
        return store.isPersistent() ? recordsUnsaved : 0;
    }

    /** At 1 it should be saved, at 2 it must be. */
    double fullness() {
        return store.isPersistent() ? store.fullness() : 0;
    }

    /** False when it is asked for already. */
    boolean beginRequest() {
        return saveRequested.compareAndSet(false, true);
    }

    /** Saves the view if it has changed; readers and the feed go on meanwhile. */
    void checkpoint() {
        saving.lock();
        try {
            saveRequested.set(false);
            if (standingStill(this::freeze)) {
                store.save();
                standingStill(this::publish);
            }
            saveFailure = null;
        } catch (DamagedFile found) {
            noteDamage(found);
        } catch (RuntimeException e) {
            saveFailure = e;
        } finally {
            saving.unlock();
        }
    }

    /** Its memory is full and cannot be saved. */
    void failSaving() {
        fail("saving what it holds in memory", saveFailure);
    }

    void deleted(long seq) {
        lock.writeLock().lock();
        try {
            view.deleted(seq);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Goes back to the last checkpoint that does without the damaged file. */
    void repair() {
        beginAnew(
                () -> {
                    var found = damage;
                    if (found != null) {
                        store.drop(found);
                        return store.restore(view.version());
                    }
                    return since;
                });
    }

    void clear() {
        beginAnew(
                () -> {
                    store.clear();
                    return -1L;
                });
    }

    /** Saves the view if it can be, and closes it. */
    void close() {
        checkpoint();
        saving.lock();
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                view.close();
                store.close();
            }
        } finally {
            lock.writeLock().unlock();
            saving.unlock();
        }
    }

    /** Closes the view and removes its files. */
    void destroy() {
        saving.lock();
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                view.close();
                store.destroy();
            }
        } finally {
            lock.writeLock().unlock();
            saving.unlock();
        }
    }

    /** For the feed: the log cannot be read behind {@link #since}. */
    void failReading(Throwable thrown) {
        fail("reading the log behind sequence " + since, thrown);
    }

    boolean isDamaged() {
        return damage != null;
    }

    private interface Step {
        boolean run();
    }

    private boolean standingStill(Step step) {
        lock.writeLock().lock();
        try {
            return step.run();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private boolean freeze() {
        if (!isAlive() || !store.isUnsaved(since)) {
            return false;
        }
        store.freeze(since);
        recordsUnsaved = 0;
        return true;
    }

    private boolean publish() {
        store.publish();
        return true;
    }

    private interface Beginning {
        long since();
    }

    private void beginAnew(Beginning beginning) {
        saving.lock();
        lock.writeLock().lock();
        try {
            if (!closed) {
                view.clear();
                since = beginning.since();
                beginnings++;
                damage = null;
                failure = null;
                recordsUnsaved = 0;
                pace.begin(since);
            }
        } finally {
            lock.writeLock().unlock();
            saving.unlock();
        }
    }

    /** Whether the log's records have moved since it was built; then it is built anew. */
    private boolean isOutdated() {
        if (store.isCurrent()) {
            return false;
        }
        onDamage.run();
        return true;
    }

    private void noteDamage(DamagedFile found) {
        damage = found;
        onDamage.run();
    }

    private MillraceException damaged(DamagedFile found) {
        noteDamage(found);
        return beingRepaired(found);
    }

    private MillraceException beingRepaired(DamagedFile found) {
        return new MillraceException(
                ErrorCode.ERR_VIEW_FAILED,
                "view %s: %s. It goes back to its last good checkpoint; wait for it and read again."
                        .formatted(name, found.getMessage()),
                found);
    }

    private void fail(String where, Throwable thrown) {
        if (failure == null) {
            failure =
                    new MillraceException(
                            ErrorCode.ERR_VIEW_FAILED,
                            "view %s failed %s: %s. It stands at %d; rebuild it."
                                    .formatted(name, where, thrown, since),
                            thrown);
        }
    }

    private void check() {
        if (closed) {
            throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, "view " + name + " is closed");
        }
        var found = damage;
        if (found != null) {
            throw beingRepaired(found);
        }
        if (isOutdated()) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED,
                    "view %s: the log's records have moved. It is built anew; wait for it and read again."
                            .formatted(name));
        }
        var failed = failure;
        if (failed != null) {
            throw new MillraceException(failed.code(), failed.detail(), failed.getCause());
        }
    }
}
