package org.millrace.view;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who waits at a feed: its thread for work, readers for their view, listeners for any.
 *
 * <p><b>Threads.</b> Any.
 */
final class FeedSignals {
    private static final long READER_WAIT_MS = 100;

    /** While views catch up, listeners hear of it so often: each call may wake another thread. */
    private static final long PROGRESS_NANOS = 8_000_000;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean work;
    private volatile boolean closed;

    /** When listeners were told last; {@link System#nanoTime}. */
    private volatile long announced;

    /** Views have moved and listeners do not know. */
    private volatile boolean isOwed;

    AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /**
     * By who feeds: views have moved. Listeners are told at once when these have arrived at the
     * log's end, else now and then; {@link #settle} tells them what they have not heard.
     */
    void announceProgress(boolean isThere) {
        isOwed = true;
        if (isThere || System.nanoTime() - announced > PROGRESS_NANOS) {
            announce();
        }
    }

    /** By who feeds, and now stops feeding. */
    void settle() {
        if (isOwed) {
            announce();
        }
    }

    /** Views have moved, or failed. */
    void announce() {
        isOwed = false;
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
        for (var listener : listeners) {
            listener.run();
        }
        announced = System.nanoTime();
    }

    /** There is something to feed. */
    void signal() {
        lock.lock();
        try {
            work = true;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns at once when there was a signal since the last call. */
    void waitForWork() {
        lock.lock();
        try {
            while (!work && !closed) {
                moved.awaitUninterruptibly();
            }
            work = false;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until views move, but not long; not at all when the view has settled. */
    void waitFor(MountedView view, long seq) throws InterruptedException {
        lock.lock();
        try {
            if (!view.standing().isSettled(seq) && !closed) {
                moved.await(READER_WAIT_MS, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Nobody waits any more. */
    void close() {
        closed = true;
        signal();
    }
}
