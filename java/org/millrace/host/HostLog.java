package org.millrace.host;

import org.millrace.log.Durability;
import org.millrace.log.Log;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A log as its host sees it: the engine, the wakes about it, and drains that do not block the host.
 *
 * <p><b>Threads.</b> Hot calls from the host's thread; wakes from any.
 */
final class HostLog implements AutoCloseable {
    private final Environment environment;
    private final Log log;
    private final Durability level;
    private final long handle;
    private final AutoCloseable subscription;

    /** Drains asked for; the one that took it from 0 runs them all. */
    private final AtomicInteger drains = new AtomicInteger();

    /**
     * The host's thread while it appends or deletes: what it changes itself it needs no wake for.
     */
    private volatile Thread changing;

    private volatile Throwable failure;

    HostLog(Environment environment, Log log, Durability level) {
        this.environment = environment;
        this.log = log;
        this.level = level;
        this.handle = environment.add(this);
        this.subscription = log.onChange(this::changed);
    }

    long handle() {
        return handle;
    }

    Log log() {
        return log;
    }

    Environment environment() {
        return environment;
    }

    boolean isFailed() {
        return failure != null;
    }

    void append(long call) {
        changing = Thread.currentThread();
        try {
            var ends = CallPage.index(call);
            var seqs = CallPage.seqs(call, ends.byteSize() / Integer.BYTES);
            CallPage.set(call, CallPage.SEQ, log.append(CallPage.data(call), ends, seqs));
        } finally {
            changing = null;
        }
        state(call);
    }

    void delete(long call) {
        changing = Thread.currentThread();
        try {
            log.delete(CallPage.number(call, CallPage.SEQ));
        } finally {
            changing = null;
        }
    }

    void state(long call) {
        CallPage.set(call, CallPage.SINCE, log.since());
        CallPage.set(call, CallPage.DURABLE_SINCE, log.durableSince());
        CallPage.set(call, CallPage.FLAGS, isFailed() ? CallPage.FLAG_FAILED : 0);
    }

    /** Drains on another thread; wakes the host when done. Many asks become one or two drains. */
    void drain(long call) {
        state(call);
        if (drains.getAndIncrement() == 0) {
            Background.run(this::drainAll);
        }
    }

    private void drainAll() {
        int asked;
        do {
            asked = drains.get();
            try {
                log.drain();
                failure = null;
            } catch (Throwable thrown) {
                failure = thrown;
            }
            environment.wake(handle);
        } while (drains.addAndGet(-asked) > 0);
    }

    private void changed() {
        if (changing != Thread.currentThread()) {
            environment.wake(handle);
        }
    }

    /** Drains a log whose appends were acknowledged before they were written. */
    @Override
    public void close() {
        unsubscribe();
        try (log) {
            if (level == Durability.MEMORY && log.durableSince() >= 0) {
                log.drain();
            }
        }
    }

    private void unsubscribe() {
        try {
            subscription.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
