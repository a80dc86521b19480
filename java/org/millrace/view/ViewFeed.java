package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings a log's records to its views and lets readers wait for them.
 *
 * <p>Views at the same position are fed together. A view that was mounted late catches up batch by
 * batch between those at the front, which never wait for it.
 *
 * <p><b>Threads.</b> One daemon thread feeds; a reader whose view is a little behind feeds it on
 * its own thread instead of waiting for a wake-up. Safe from any thread.
 *
 * <p><b>Memory.</b> One batch of {@value #BATCH_BYTES} bytes, whatever the log's size.
 */
public final class ViewFeed implements AutoCloseable {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_RECORDS = 4096;

    /** So many batches a reader feeds on its own thread before it waits instead. */
    private static final int READER_BATCHES_MAX = 2;

    private final Log log;
    private final ViewSet set;
    private final List<MountedView> views = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Held by whoever feeds; guards the batch, the cursor and the set. */
    private final ReentrantLock feeding = new ReentrantLock();

    private final ReentrantLock state = new ReentrantLock();
    private final Condition moved = state.newCondition();
    private final RecordBatch batch = RecordBatch.allocate(BATCH_BYTES, BATCH_RECORDS);
    private final AutoCloseable subscription;
    private final Thread thread;
    private Cursor cursor;
    private long cursorAt;
    private boolean work;
    private volatile boolean closed;

    public ViewFeed(Log log, Encoding encoding) {
        this.log = log;
        set = new ViewSet(encoding);
        subscription = log.onChange(this::signal);
        thread = Thread.ofPlatform().daemon().name("millrace-views").start(this::run);
    }

    /** Adds a view; it begins to catch up at once. */
    public MountedView mount(String name, View view) {
        var mounted = new MountedView(name, view);
        views.add(mounted);
        signal();
        return mounted;
    }

    /** Takes a view away and closes it. */
    public void unmount(MountedView view) {
        if (views.remove(view)) {
            view.close();
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
            if (!view.isAlive() || !feeding.tryLock()) {
                break;
            }
            try {
                step(view.since());
            } finally {
                feeding.unlock();
            }
        }
        return view.since() >= seq || !view.isAlive();
    }

    /**
     * Waits until the view has taken in {@code seq}; what it then answers, an error included, is
     * the view's.
     */
    public void await(MountedView view, long seq) throws InterruptedException {
        while (!reach(view, seq)) {
            state.lock();
            try {
                if (view.since() < seq && view.isAlive() && !closed) {
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

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        signal();
        joinThread();
        feeding.lock();
        try {
            subscription.close();
            views.forEach(MountedView::close);
            closeCursor();
            batch.close();
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
                    progress = stepFront() | stepBack();
                } catch (Throwable thrown) {
                    progress = false;
                    failAll(thrown);
                } finally {
                    feeding.unlock();
                }
            }
        }
    }

    /**
     * Feeds those that are furthest, so that a late view does not keep them from the newest
     * records.
     */
    private boolean stepFront() {
        long front = Long.MIN_VALUE;
        for (var view : views) {
            if (view.isAlive()) {
                front = Math.max(front, view.since());
            }
        }
        return front != Long.MIN_VALUE && front < log.since() && step(front);
    }

    private boolean stepBack() {
        long back = Long.MAX_VALUE;
        for (var view : views) {
            if (view.isAlive()) {
                back = Math.min(back, view.since());
            }
        }
        return back < log.since() && step(back);
    }

    /** Feeds one batch behind {@code from} to every view that stands there. */
    private boolean step(long from) {
        if (closed) {
            return false;
        }
        if (cursor == null || cursorAt != from) {
            closeCursor();
            cursor = log.cursor(Range.after(from));
            cursorAt = from;
        }
        if (cursor.next(batch) == 0) {
            return false;
        }
        cursorAt = batch.seq(batch.count() - 1);
        set.apply(batch, at(from, cursorAt));
        announce();
        return true;
    }

    /** Views between {@code from} and the batch's end can all use it. */
    private List<MountedView> at(long from, long last) {
        var lagging = new ArrayList<MountedView>(views.size());
        for (var view : views) {
            if (view.isAlive() && view.since() >= from && view.since() < last) {
                lagging.add(view);
            }
        }
        return lagging;
    }

    private void failAll(Throwable thrown) {
        for (var view : views) {
            if (view.since() < log.since()) {
                view.failReading(thrown);
            }
        }
        closeCursor();
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

    private void joinThread() {
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeCursor() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
