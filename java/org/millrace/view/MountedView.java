package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * A view in its place: its name, how far it is, and the lock between its one writer and its
 * readers.
 *
 * <p><b>Threads.</b> Reads from any thread; written by the feed only.
 */
public final class MountedView {
    private final String name;
    private final View view;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile long since = -1;
    private volatile MillraceException failure;
    private volatile boolean closed;

    MountedView(String name, View view) {
        this.name = name;
        this.view = view;
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
        } finally {
            lock.readLock().unlock();
        }
    }

    /** For the feed: from here to {@link #endWriting} no reader looks. */
    void beginWriting() {
        lock.writeLock().lock();
    }

    void endWriting(long upTo) {
        if (failure == null) {
            since = upTo;
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

    boolean wants(long seq) {
        return seq > since && isAlive();
    }

    boolean isAlive() {
        return failure == null && !closed;
    }

    void clear() {
        lock.writeLock().lock();
        try {
            view.clear();
            failure = null;
            since = -1;
        } finally {
            lock.writeLock().unlock();
        }
    }

    void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                view.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** For the feed: the log cannot be read behind {@link #since}. */
    void failReading(Throwable thrown) {
        fail("reading the log behind sequence " + since, thrown);
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
        var failed = failure;
        if (failed != null) {
            throw new MillraceException(failed.code(), failed.detail(), failed.getCause());
        }
    }
}
