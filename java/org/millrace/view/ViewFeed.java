package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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
    private final Log log;
    private final Storage storage;
    private final Path directory;
    private final Amendments amendments;
    private final MessageReader messages;
    private final List<MountedView> views = new CopyOnWriteArrayList<>();
    private final FeedSignals signals = new FeedSignals();
    private final Feeder feeder;
    private final AtomicInteger changes = new AtomicInteger();
    private final Forgetting forgetting;

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
        long epoch = log.epoch(); // before anything is looked up by its sequence
        this.log = log;
        this.storage = storage;
        this.directory = directory;
        amendments = new Amendments(log, encoding, storage, directory, keepsRevealed);
        messages = new MessageReader(log, encoding, amendments.revealed());
        feeder = new Feeder(log, epoch, encoding, views, amendments, signals);
        forgetting = new Forgetting(views, amendments, feeder, signals, changes);
    }

    /**
     * Views are kept on disk where they belong: {@link #directoryBeside}.
     *
     * @param path of the log's file, or of a write-ahead log's directory
     */
    public static ViewFeed beside(Log log, Path path, Encoding encoding) {
        return new ViewFeed(log, encoding, new PosixStorage(), directoryBeside(path));
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
        return feeder.add(() -> make(name, factory));
    }

    /** How often records were deleted; who computes from records may have to begin anew. */
    public int deletions() {
        return amendments.deletions();
    }

    /**
     * Another number once what views answer has changed otherwise than by new records: one was
     * deleted, or decrypted.
     */
    public int changes() {
        return changes.get();
    }

    /** A record as it was decrypted; null when it was not, or is deleted. Borrowed for the call. */
    public MemorySegment revealed(long seq) {
        return amendments.deleted().contains(seq) ? null : amendments.revealed().of(seq);
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
        feeder.reveal(seq, record);
        changes.incrementAndGet();
        signals.announce();
        signals.signal();
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
            view.lifecycle().close();
        }
    }

    /** Takes a view away and removes its files. */
    public void destroy(MountedView view) {
        if (views.remove(view)) {
            view.lifecycle().destroy();
        }
    }

    /** Builds a view anew from the log's beginning. */
    public void rebuild(MountedView view) {
        feeder.rebuild(view);
    }

    /**
     * Deletes a record from the log and from what its views answer. Repeatable.
     *
     * @throws MillraceException as {@link Log#delete}
     */
    public void delete(long seq) {
        log.checkDelete(seq);
        // First, so that a crash in between leaves nothing that only the views do not know.
        forgetting.remember(seq);
        log.delete(seq);
        forgetting.forget(seq);
    }

    /** {@link #delete} in steps, for who deletes many, or waits for a disk elsewhere. */
    public Forgetting forgetting() {
        return forgetting;
    }

    /** Saves all views now. */
    public void checkpoint() {
        views.forEach(view -> view.saving().run());
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
        return signals.onChange(listener);
    }

    /**
     * Tries to bring a view up to a sequence on the caller's thread.
     *
     * @return false when that would take long: then {@link #await}, or wait for {@link #onChange}
     */
    public boolean reach(MountedView view, long seq) {
        return feeder.reach(view, seq);
    }

    /**
     * Waits until the view has taken in {@code seq}; what it then answers, an error included, is
     * the view's.
     */
    public void await(MountedView view, long seq) throws InterruptedException {
        while (!reach(view, seq)) {
            signals.waitFor(view, seq);
            if (signals.isClosed()) {
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
        if (!signals.isClosed()) {
            signals.close();
            feeder.close();
        }
    }

    /** A hosted view has moved; {@link Feeder#brought}. */
    void brought(MountedView view, boolean isWhole) {
        feeder.brought(view, isWhole);
    }

    private MountedView make(String name, View.Factory factory) {
        if (views.stream().anyMatch(view -> view.name().equals(name))) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "a view " + name + " is there already");
        }
        var store = new ViewStore(messages, amendments.deleted());
        var view = factory.create(store);
        var known = new KnownLog(log, amendments.deleted());
        var files = storage == null ? null : new ViewFiles(storage, directory.resolve(name));
        var checkpoints = new Checkpoints(view, store, known, amendments.revealed(), files);
        return new MountedView(name, view, store, checkpoints, signals::signal);
    }
}
