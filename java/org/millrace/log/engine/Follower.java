package org.millrace.log.engine;

import org.millrace.memory.MillraceException;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Keeps a read-only log up with the process that writes it: whenever somebody asks, new whole
 * records become readable; one half written is left for the next look.
 *
 * <p><b>Threads.</b> Any; whoever finds another one looking goes on with what is known.
 */
public final class Follower {
    private static final long POLL_NANOS = 50_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final String name;
    private final Listeners listeners;
    private final BooleanSupplier look;
    private boolean watching;

    /** Something new was found, perhaps by a reader on its way, and no listener knows of it. */
    private volatile boolean untold;

    /**
     * @param name of the log, for the thread's name
     * @param look publishes what is new; true when there was something; one thread at a time
     */
    public Follower(String name, Listeners listeners, BooleanSupplier look) {
        this.name = name;
        this.listeners = listeners;
        this.look = look;
    }

    /** Looks for new records. */
    void refresh() {
        if (!lock.tryLock()) {
            return;
        }
        try {
            if (look.getAsBoolean()) {
                untold = true;
            }
        } finally {
            lock.unlock();
        }
    }

    /** From now on a daemon thread looks and tells the listeners, until the log is closed. */
    void watch(CloseGuard guard) {
        lock.lock();
        try {
            if (!watching) {
                watching = true;
                Thread.ofPlatform()
                        .daemon()
                        .name("millrace-follow " + name)
                        .start(() -> poll(guard));
            }
        } finally {
            lock.unlock();
        }
    }

    private void poll(CloseGuard guard) {
        while (guard.tryEnter()) {
            try {
                refresh();
            } catch (MillraceException _) {
                // Whoever reads there meets it too, and has somebody to tell.
            } finally {
                guard.exit();
            }
            if (untold) {
                untold = false;
                listeners.fire();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
