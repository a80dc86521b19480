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

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean work;
    private volatile boolean closed;

    AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Views have moved, or failed. */
    void announce() {
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
        for (var listener : listeners) {
            listener.run();
        }
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
            if (!view.isSettled(seq) && !closed) {
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
