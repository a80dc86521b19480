package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A view in its place, as its readers see it: its name, how far it is, and what it answers. The
 * feed works with its parts.
 *
 * <p><b>Threads.</b> Any; the view's one writer waits for reads, and they for him.
 */
public final class MountedView {
    private final String name;
    private final View view;

    /** Somebody outside brings what it keeps, not the feed. */
    private final boolean isHosted;

    private final Progress progress;
    private final Standing standing;
    private final Saving saving;
    private final ViewWriter writer;
    private final Lifecycle lifecycle;
    private final Lock reading;

    /**
     * Brings the view back to its last good checkpoint.
     *
     * @param store the view's
     * @param checkpoints of that
     * @param onDamage called when the view must be repaired, or has to follow its log
     */
    MountedView(
            String name, View view, ViewStore store, Checkpoints checkpoints, Runnable onDamage) {
        this.name = name;
        this.view = view;
        isHosted = view instanceof HostedView;
        var lock = new ReentrantReadWriteLock();
        reading = lock.readLock();
        progress = new Progress(checkpoints.restore());
        standing = new Standing(name, checkpoints.log(), progress, onDamage);
        saving = new Saving(store, checkpoints, progress, standing, lock.writeLock());
        writer = new ViewWriter(view, store, progress, standing, lock);
        lifecycle = new Lifecycle(view, checkpoints, progress, standing, saving);
    }

    public String name() {
        return name;
    }

    /** Last sequence of the log that the view has taken in; -1 when none. */
    public long since() {
        return progress.since();
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

    /** How often it was begun anew, or went back. */
    public int beginnings() {
        return progress.beginnings();
    }

    /** How far and how fast, with the log at {@code target}. */
    public ViewProgress progress(long target) {
        return progress.report(name, target);
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
        reading.lock();
        try {
            standing.check();
            return read.apply(view);
        } catch (DamagedFile found) {
            throw standing.damaged(found);
        } finally {
            reading.unlock();
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
        reading.lock();
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
            reading.unlock();
        }
    }

    /** What a value method says, as JSON. */
    public String value(String method, Map<String, String> options) {
        var found = method(method, ViewMethod.Value.class);
        return read(_ -> found.read(options));
    }

    /**
     * Sequence of the record that a key leads to; -1 when there is none.
     *
     * @param key its bytes, a text's in UTF-8; borrowed for the call
     */
    public long find(String method, MemorySegment key) {
        return find(method(method, ViewMethod.Lookup.class), key);
    }

    /** The sequences that a source method gives, at most so many. */
    public List<Long> rows(String method, Map<String, String> options, int max) {
        var found = method(method, ViewMethod.Source.class);
        var rows = read(_ -> found.open(options));
        var seqs = new ArrayList<Long>();
        while (seqs.size() < max) {
            var some = new long[Math.min(256, max - seqs.size())];
            int count = read(_ -> rows.next(some));
            if (count == 0) {
                break;
            }
            for (int i = 0; i < count; i++) {
                seqs.add(some[i]);
            }
        }
        return seqs;
    }

    /** {@link ViewMethod.Lookup#find} without an object per call. */
    public long find(ViewMethod.Lookup lookup, MemorySegment key) {
        reading.lock();
        try {
            standing.check();
            return lookup.find(key);
        } catch (DamagedFile found) {
            throw standing.damaged(found);
        } finally {
            reading.unlock();
        }
    }

    /** Whether the feed has something to do here. */
    boolean isFed() {
        return !isHosted && standing.isAlive();
    }

    Standing standing() {
        return standing;
    }

    Saving saving() {
        return saving;
    }

    ViewWriter writer() {
        return writer;
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }
}
