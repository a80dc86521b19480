package org.millrace.log.wal;

import org.millrace.log.engine.Health;
import org.millrace.log.engine.Listeners;
import org.millrace.log.engine.Progress;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Group commit: many waiting appenders, one write, one fdatasync.
 *
 * <p>An append joins the current round while it holds the tail's lock. Whoever waits and finds
 * nobody leading leads: it ends the round, writes everything that belongs to it, syncs, and wakes
 * the others. Those who come meanwhile are the next round. A failure is that of the whole round:
 * what could not be written is taken out of the tail again, so nothing is acknowledged or kept by
 * accident.
 *
 * <p>Before it ends a round, a leader waits for as many appenders as the last rounds had, at most
 * as long as a sync takes and never longer than {@code groupWaitMicros}; a lone appender waits 0.
 *
 * <p><b>Threads.</b> Any. <b>Durability.</b> A failed sync is never tried again: {@link Health}.
 */
final class WalCommit {
    /** What the round does; called by one leader at a time. */
    interface Work {
        /**
         * Hands everything committed to the operating system and publishes it; tail's lock held.
         */
        void write();

        /** Makes it durable; no lock held. */
        void sync();
    }

    /** Appenders that become durable together. */
    static final class Round {
        private final AtomicReference<Waiter> waiters = new AtomicReference<>();
        private volatile int size;
        private volatile boolean done;
        private MillraceException failure;
    }

    private record Waiter(Thread thread, Waiter next) {}

    private final TailWriter tail;
    private final Work work;
    private final Progress progress;
    private final Health health;
    private final Listeners listeners;
    private final long waitNanosMax;
    private final AtomicBoolean leading = new AtomicBoolean();

    /** Changed under the tail's lock. */
    private volatile Round current = new Round();

    private volatile Thread gathering;
    private volatile int gatherTarget;

    // Of the leader only.
    private int lastSize;
    private int sizeBefore;
    private long syncNanos;

    WalCommit(
            TailWriter tail,
            Work work,
            Progress progress,
            Health health,
            Listeners listeners,
            int waitMicros) {
        this.tail = tail;
        this.work = work;
        this.progress = progress;
        this.health = health;
        this.listeners = listeners;
        this.waitNanosMax = waitMicros * 1_000L;
    }

    /** Joins the round of what was just committed; the tail's lock is held. */
    Round join(int appends) {
        var round = current;
        int size = round.size + appends;
        round.size = size;
        var leader = gathering;
        if (leader != null && size >= gatherTarget) {
            LockSupport.unpark(leader);
        }
        return round;
    }

    /** Fails everybody who waits for what was taken back; the tail's lock is held. */
    void failCurrent(MillraceException failure) {
        var round = current;
        current = new Round();
        finish(round, failure);
    }

    /** Waits until a round is durable. Without the tail's lock. */
    void await(Round round) {
        if (!round.done) {
            var me = Thread.currentThread();
            round.waiters.updateAndGet(first -> new Waiter(me, first));
            boolean interrupted = false;
            while (!round.done) {
                if (leading.compareAndSet(false, true)) {
                    leadUnless(round);
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
            if (interrupted) {
                me.interrupt();
            }
        }
        if (round.failure != null) {
            throw new MillraceException(
                    round.failure.code(), round.failure.detail(), round.failure);
        }
    }

    private void leadUnless(Round round) {
        Round led = null;
        MillraceException failure = null;
        try {
            if (!round.done) {
                gather();
                led = endRound();
                if (!led.done) {
                    sync();
                }
            }
        } catch (RuntimeException | Error e) {
            failure = coded(e);
        } finally {
            leading.set(false);
            var next = current.waiters.get();
            if (next != null) {
                LockSupport.unpark(next.thread());
            }
            if (led == null && failure != null) {
                led = round;
            }
            if (led != null) {
                finish(led, failure);
                listeners.fire();
            }
        }
    }

    /** Waits, for a bounded time, for those who usually come. */
    private void gather() {
        int expected = Math.max(lastSize, sizeBefore);
        if (expected <= 1 || current.size >= expected) {
            return;
        }
        long deadline = System.nanoTime() + Math.min(waitNanosMax, syncNanos);
        gatherTarget = expected;
        gathering = Thread.currentThread();
        while (current.size < expected) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            LockSupport.parkNanos(this, left);
        }
        gathering = null;
    }

    /** Writes the round; it takes nobody else from here on. */
    private Round endRound() {
        tail.lock();
        try {
            var round = current;
            health.check();
            work.write(); // fails the current round itself
            current = new Round();
            sizeBefore = lastSize;
            lastSize = round.size;
            return round;
        } catch (RuntimeException | Error e) {
            failCurrent(coded(e));
            throw e;
        } finally {
            tail.unlock();
        }
    }

    private void sync() {
        long target = progress.writtenSeq();
        long end = progress.writtenEnd();
        long start = System.nanoTime();
        try {
            work.sync();
        } catch (RuntimeException | Error e) {
            throw health.fail(
                    ErrorCode.ERR_LOG_SYNC_FAILED,
                    "after "
                            + progress.durableSeq()
                            + " nothing is known to be on disk: "
                            + e.getMessage()
                            + ". Read-only up to there; reopen the log, which checks its tail.",
                    e);
        }
        syncNanos = System.nanoTime() - start;
        if (target > progress.durableSeq()) {
            progress.durable(target, end);
        }
    }

    private static MillraceException coded(Throwable e) {
        return e instanceof MillraceException m
                ? m
                : new MillraceException(ErrorCode.ERR_INTERNAL, "group commit: " + e, e);
    }

    private static void finish(Round round, MillraceException failure) {
        if (round.done) {
            return;
        }
        round.failure = failure;
        round.done = true;
        for (var w = round.waiters.get(); w != null; w = w.next()) {
            LockSupport.unpark(w.thread());
        }
    }
}
