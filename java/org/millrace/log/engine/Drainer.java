package org.millrace.log.engine;

import org.millrace.memory.MillraceException;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The background thread of one log: writes what level memory left in the tail within a bounded
 * time, and makes the log durable on request. A daemon, started when first needed.
 *
 * <p>The time runs from the first unwritten append and is not moved by later ones, so a steady
 * trickle cannot put the write off for ever. A failed write is tried again after the same time.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Drainer {
    /** What the thread does; both run without a lock of the drainer's. */
    public interface Work {
        /** Hands the tail to the operating system. */
        void write();

        /** The same, and fdatasync. */
        void sync();
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final String name;
    private final long timeoutNanos;
    private final Work work;
    private Thread thread;
    private boolean syncWanted;
    private boolean stopped;
    private long writeAt;
    private volatile boolean writeWanted;

    /**
     * @param name of the log, for the thread's name
     * @param timeoutMs longest time from an append to its write
     */
    public Drainer(String name, long timeoutMs, Work work) {
        this.name = name;
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        this.work = work;
    }

    /** An append left bytes in memory. Cheap when that is known already. */
    public void writeSoon() {
        if (writeWanted) {
            return;
        }
        lock.lock();
        try {
            if (!writeWanted) {
                writeAt = System.nanoTime() + timeoutNanos;
                writeWanted = true;
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    public void syncNow() {
        lock.lock();
        try {
            syncWanted = true;
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread and waits for what it has under way; what is wanted is dropped. */
    public void stop() {
        Thread ending;
        lock.lock();
        try {
            stopped = true;
            ending = thread;
            changed.signal();
        } finally {
            lock.unlock();
        }
        while (ending != null && ending.isAlive() && ending != Thread.currentThread()) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void wake() {
        if (thread == null && !stopped) {
            thread = new Thread(this::run, "millrace-drain " + name);
            thread.setDaemon(true);
            thread.start();
        }
        changed.signal();
    }

    private void run() {
        for (var todo = await(); todo != null; todo = await()) {
            try {
                todo.run();
            } catch (MillraceException e) {
                // The log remembers it (Health); a full disk is tried again when due.
            }
        }
    }

    /** The next thing to do, or null when stopped. */
    private Runnable await() {
        lock.lock();
        try {
            while (!stopped) {
                if (syncWanted) {
                    syncWanted = false;
                    writeWanted = false;
                    return work::sync;
                }
                long wait = writeAt - System.nanoTime();
                if (writeWanted && wait <= 0) {
                    // Before the write, so that an append behind it arms the clock again.
                    writeWanted = false;
                    return work::write;
                }
                waitFor(writeWanted ? wait : Long.MAX_VALUE);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void waitFor(long nanos) {
        try {
            changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            // Nobody has a reason to interrupt this thread, and file I/O must not be interrupted.
            Thread.interrupted();
        }
    }
}
