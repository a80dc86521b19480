package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Brings a log's records to its views, saves them, and lets readers wait for them.
 *
 * <p>Views at the same position are fed together. A view that was mounted late catches up batch by
 * batch between those at the front, which never wait for it.
 *
 * <p><b>Threads.</b> One daemon thread feeds, one saves; a reader whose view is a little behind
 * feeds it on its own thread instead of waiting for a wake-up. Safe from any thread.
 *
 * <p><b>Memory.</b> One batch, whatever the log's size, and what each {@link Index} states.
 *
 * <p><b>Durability.</b> A view is saved every ten seconds, after catching up, when its memory is
 * full, and on close; never before the log is durable up to there. After a crash it goes on from
 * what was saved.
 */
public final class ViewFeed implements AutoCloseable {
    /** So many batches a reader feeds on its own thread before it waits instead. */
    private static final int READER_BATCHES_MAX = 2;

    /** A view that has caught up is saved when a crash would cost it more than these records. */
    private static final int RECORDS_UNSAVED_MAX = 10_000;

    private final Log log;
    private final Storage storage;
    private final Path directory;
    private final LogIdentity identity;
    private final Deleted deleted;
    private final Revealed revealed;
    private final LateRecords late;
    private final MessageReader messages;
    private final ViewSet set;
    private final List<MountedView> views = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Held by whoever feeds; guards the cursor and the set. */
    private final ReentrantLock feeding = new ReentrantLock();

    private final ReentrantLock state = new ReentrantLock();
    private final Condition moved = state.newCondition();
    private final FeedCursor cursor;
    private final Checkpointer checkpointer;
    private final AutoCloseable subscription;
    private final Thread thread;
    private boolean work;

    /** The log's, as the views were built. */
    private volatile long epoch;

    private volatile int deletions;
    private volatile boolean closed;

    /** Views live in memory only. */
    public ViewFeed(Log log, Encoding encoding) {
        this(log, encoding, null, null, false);
    }

    /**
     * Views are kept on disk.
     *
     * @param directory of this log's views alone; see {@link #directoryBeside}. One process at a
     *     time: who may write the log
     */
    public ViewFeed(Log log, Encoding encoding, Storage storage, Path directory) {
        this(log, encoding, storage, directory, false);
    }

    /**
     * @param keepsRevealed whether {@link #reveal} may put plaintext on disk
     */
    public ViewFeed(
            Log log, Encoding encoding, Storage storage, Path directory, boolean keepsRevealed) {
        this.log = log;
        epoch = log.epoch();
        this.storage = storage;
        this.directory = directory;
        identity = new LogIdentity(log);
        deleted =
                storage == null
                        ? Deleted.inMemory()
                        : Deleted.open(storage, directory.resolve("deleted"), identity);
        if (deleted.wasDamaged()) {
            forgetCheckpoints();
        }
        revealed =
                storage == null
                        ? Revealed.inMemory()
                        : Revealed.open(
                                storage, directory.resolve("revealed"), identity, keepsRevealed);
        late = new LateRecords(log, encoding, revealed, keepsRevealed);
        late.findAgain();
        messages = new MessageReader(log, encoding, revealed);
        set = new ViewSet(encoding, revealed);
        cursor = new FeedCursor(log);
        checkpointer = new Checkpointer(views);
        subscription = log.onChange(this::signal);
        thread = Thread.ofPlatform().daemon().name("millrace-views").start(this::run);
    }

    /** Where the views of a log in this file, or directory, belong. */
    public static Path directoryBeside(Path log) {
        return log.resolveSibling("millrace").resolve(log.getFileName()).resolve("views");
    }

    /**
     * Adds a view; it goes on from where it was saved, at once.
     *
     * @param name also of its directory: letters, digits, {@code - _ .}
     * @throws MillraceException ERR_ARGUMENT for a bad name or one that is taken
     */
    public MountedView mount(String name, View.Factory factory) {
        if (!name.matches("(?!(deleted|revealed)$)[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "view name " + name + ": letters, digits and - _ . only, at most 100");
        }
        feeding.lock();
        try {
            if (views.stream().anyMatch(view -> view.name().equals(name))) {
                throw new MillraceException(
                        ErrorCode.ERR_ARGUMENT, "a view " + name + " is there already");
            }
            var files = storage == null ? null : new ViewFiles(storage, directory.resolve(name));
            var store = new ViewStore(log, messages, deleted, revealed, files);
            var mounted = new MountedView(name, factory.create(store), store, this::signal);
            bringLate(mounted);
            views.add(mounted);
            return mounted;
        } finally {
            feeding.unlock();
            signal();
        }
    }

    /** How often a record was deleted; who computes from records may have to begin anew. */
    public int deletions() {
        return deletions;
    }

    /** A record as it was decrypted; null when it was not. Borrowed for the call. */
    public MemorySegment revealed(long seq) {
        return revealed.of(seq);
    }

    /**
     * Keeps a record whose content was decrypted, in a side log in plaintext, and brings it to the
     * views that have taken it in encrypted; whoever builds a view later sees it decrypted at once.
     * Repeatable. The log keeps what it has, and hands that out.
     *
     * @param record the whole record, in the clear, in the views' encoding; borrowed for the call
     * @throws MillraceException ERR_ARGUMENT: plaintext is not wanted here; it is no message, or
     *     another one than the log's; the log's is not encrypted; it was revealed otherwise.
     *     ERR_RECORD_DELETED and what else {@link Log#get} throws
     */
    public void reveal(long seq, MemorySegment record) {
        feeding.lock();
        try {
            beginAnewIfMoved();
            if (late.add(seq, record)) {
                views.forEach(this::bringLate);
            }
        } finally {
            feeding.unlock();
        }
        announce();
        signal();
    }

    public Log log() {
        return log;
    }

    /** All that are mounted. */
    public List<MountedView> views() {
        return List.copyOf(views);
    }

    /** Adds a view that keeps nothing in a store. */
    public MountedView mount(String name, View view) {
        return mount(name, _ -> view);
    }

    /** Saves a view, takes it away and closes it. */
    public void unmount(MountedView view) {
        if (views.remove(view)) {
            view.close();
        }
    }

    /** Takes a view away and removes its files. */
    public void destroy(MountedView view) {
        if (views.remove(view)) {
            view.destroy();
        }
    }

    /** Builds a view anew from the log's beginning. */
    public void rebuild(MountedView view) {
        feeding.lock();
        try {
            view.clear();
        } finally {
            feeding.unlock();
        }
        signal();
    }

    /**
     * Deletes a record from the log and from what its views answer. Repeatable.
     *
     * @throws MillraceException as {@link Log#delete}
     */
    public void delete(long seq) {
        if (seq < 0) {
            log.delete(seq); // the log's own error
        }
        // First, so that a crash in between leaves nothing that only the views do not know.
        deleted.add(seq, identity.crc(seq));
        log.delete(seq);
        revealed.erase(seq);
        deletions++;
        for (var view : views) {
            if (view.losesBy(seq)) {
                rebuild(view);
            } else {
                view.deleted(seq);
            }
        }
        announce();
    }

    /** Saves all views now. */
    public void checkpoint() {
        views.forEach(MountedView::checkpoint);
    }

    /** The log's last sequence, which all views strive for. */
    public long target() {
        return log.since();
    }

    /** How far each view is. */
    public List<ViewProgress> progress() {
        long target = log.since();
        return views.stream().map(view -> view.progress(target)).toList();
    }

    /**
     * Calls {@code listener} after views moved or failed, on the feeding thread; it must return at
     * once.
     */
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /**
     * Tries to bring a view up to a sequence on the caller's thread.
     *
     * @return false when that would take long: then {@link #await}, or wait for {@link #onChange}
     */
    public boolean reach(MountedView view, long seq) {
        for (int i = 0; view.since() < seq && i <= READER_BATCHES_MAX; i++) {
            if (!view.isFed() || !feeding.tryLock()) {
                break;
            }
            try {
                step(view.since());
            } finally {
                feeding.unlock();
            }
        }
        return view.isSettled(seq);
    }

    /**
     * Waits until the view has taken in {@code seq}; what it then answers, an error included, is
     * the view's.
     */
    public void await(MountedView view, long seq) throws InterruptedException {
        while (!reach(view, seq)) {
            state.lock();
            try {
                if (!view.isSettled(seq) && !closed) {
                    moved.await(100, TimeUnit.MILLISECONDS);
                }
            } finally {
                state.unlock();
            }
            if (closed) {
                throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, "views closed while waiting");
            }
        }
    }

    /** Waits for a sequence and reads; a damaged view is repaired meanwhile. */
    public <T> T read(MountedView view, long seq, Function<View, T> read)
            throws InterruptedException {
        var answer = new AtomicReference<T>();
        do {
            await(view, seq);
        } while (!view.read(seq, at -> answer.set(read.apply(at))));
        return answer.get();
    }

    /** Saves and closes the views; the log must be open still. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        signal();
        Threads.join(thread);
        checkpointer.close();
        feeding.lock();
        try {
            subscription.close();
            views.forEach(MountedView::close);
            cursor.close();
            deleted.close();
            revealed.close();
        } catch (MillraceException e) {
            throw e;
        } catch (Exception thrown) {
            throw new MillraceException(ErrorCode.ERR_INTERNAL, "closing views: " + thrown, thrown);
        } finally {
            feeding.unlock();
        }
    }

    private void run() {
        while (!closed) {
            waitForWork();
            boolean progress = true;
            while (progress && !closed) {
                feeding.lock();
                try {
                    beginAnewIfMoved();
                    repairDamaged();
                    progress = stepFront() | stepBack();
                } catch (Throwable thrown) {
                    progress = false;
                    failAll(thrown);
                } finally {
                    feeding.unlock();
                }
            }
            saveIfWorthIt();
        }
    }

    /**
     * Feeds those that are furthest, so that a late view does not keep them from the newest
     * records.
     */
    private boolean stepFront() {
        long front = Long.MIN_VALUE;
        for (var view : views) {
            if (view.isFed()) {
                front = Math.max(front, view.since());
            }
        }
        return front != Long.MIN_VALUE && front < log.since() && step(front);
    }

    private boolean stepBack() {
        long back = Long.MAX_VALUE;
        for (var view : views) {
            if (view.isFed()) {
                back = Math.min(back, view.since());
            }
        }
        return back < log.since() && step(back);
    }

    /** A hosted view has moved. */
    void brought(MountedView view) {
        boolean isDue = view.since() >= log.since() && view.recordsUnsaved() > RECORDS_UNSAVED_MAX;
        if (view.fullness() >= 1 || isDue) {
            checkpointer.request(view);
        }
        announce();
    }

    /** Feeds one batch behind {@code from} to every view that stands there. */
    private boolean step(long from) {
        if (closed) {
            return false;
        }
        beginAnewIfMoved();
        RecordBatch batch = cursor.next(from);
        if (batch.count() == 0) {
            return false;
        }
        var lagging = at(from, batch.seq(batch.count() - 1));
        lagging.forEach(this::makeRoom);
        set.apply(batch, lagging);
        announce();
        return true;
    }

    /** Views between {@code from} and the batch's end can all use it. */
    private List<MountedView> at(long from, long last) {
        var lagging = new ArrayList<MountedView>(views.size());
        for (var view : views) {
            if (view.isFed() && view.since() >= from && view.since() < last) {
                lagging.add(view);
            }
        }
        return lagging;
    }

    /** The bound of a view's memory: first it is saved in the background, then waited for. */
    private void makeRoom(MountedView view) {
        if (view.fullness() >= 2) {
            view.checkpoint();
            if (view.fullness() >= 2) {
                view.failSaving();
            }
        } else if (view.fullness() >= 1) {
            checkpointer.request(view);
        }
    }

    private void saveIfWorthIt() {
        for (var view : views) {
            if (view.recordsUnsaved() > RECORDS_UNSAVED_MAX) {
                checkpointer.request(view);
            }
        }
    }

    private void repairDamaged() {
        for (var view : views) {
            if (view.isDamaged()) {
                cursor.reset();
                view.repair();
                bringLate(view);
                announce();
            }
        }
    }

    /** By whoever holds the feed: what was computed from the records' sequences counts no more. */
    private void beginAnewIfMoved() {
        long now = log.epoch();
        if (now == epoch) {
            return;
        }
        cursor.reset();
        deleted.clear();
        revealed.lose();
        late.findAgain();
        views.forEach(MountedView::clear);
        epoch = now;
        announce();
    }

    private void bringLate(MountedView view) {
        if (!late.bringTo(view)) {
            view.clear();
        }
    }

    private void forgetCheckpoints() {
        for (var name : storage.list(directory)) {
            if (!name.toString().startsWith("deleted") && !name.toString().equals("revealed")) {
                new ViewFiles(storage, directory.resolve(name)).deleteAllBut(List.of());
            }
        }
    }

    private void failAll(Throwable thrown) {
        for (var view : views) {
            if (view.isFed() && view.since() < log.since()) {
                view.failReading(thrown);
            }
        }
        cursor.reset();
        announce();
    }

    private void announce() {
        state.lock();
        try {
            moved.signalAll();
        } finally {
            state.unlock();
        }
        for (var listener : listeners) {
            listener.run();
        }
    }

    private void signal() {
        state.lock();
        try {
            work = true;
            moved.signalAll();
        } finally {
            state.unlock();
        }
    }

    private void waitForWork() {
        state.lock();
        try {
            while (!work && !closed) {
                moved.awaitUninterruptibly();
            }
            work = false;
        } finally {
            state.unlock();
        }
    }
}
