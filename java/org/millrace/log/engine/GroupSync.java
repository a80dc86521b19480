package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Many waiting appenders, one fdatasync: whoever finds no sync under way leads one, the others wait
 * for it. Those who come while one runs gather in the next round, whose leader starts it when the
 * running one ends. A waiting thread is woken once, and needs no lock to go on.
 *
 * <p><b>Threads.</b> Any; the tail's lock must not be held.
 *
 * <p><b>Durability.</b> A failed sync poisons the log for good: nothing may be assumed of any write
 * since the last good one, also if a later sync succeeded. It is never tried again.
 */
public final class GroupSync {
    private final ReentrantLock lock = new ReentrantLock();
    private final Runnable sync;
    private final Progress progress;
    private final Health health;
    private final Listeners listeners;
    // Guarded by the lock:
    private Round running;
    private Round next = new Round();

    /** One sync and those who wait for it. */
    private static final class Round {
        /** Guarded by the lock; complete once the round is done. */
        final List<Thread> waiting = new ArrayList<>();

        /** Once it has started it covers what was written before, and nobody else may join. */
        boolean started;

        long seq;
        volatile Thread leader;
        volatile boolean done;
    }

    /**
     * @param sync makes everything written before the call durable
     */
    public GroupSync(Runnable sync, Progress progress, Health health, Listeners listeners) {
        this.sync = sync;
        this.progress = progress;
        this.health = health;
        this.listeners = listeners;
    }

    /** Waits until a written sequence is durable; returns at once when it is. */
    public void await(long seq) {
        if (progress.durableSeq() >= seq) {
            return;
        }
        join(seq, false);
    }

    /** Syncs whatever was written before the call, also what has no sequence (deletions). */
    public void force() {
        join(progress.writtenSeq(), true);
    }

    /** Runs {@code action} while no sync is under way and none begins. */
    public void alone(Runnable action) {
        var mine = new Round();
        mine.started = true;
        mine.seq = Long.MIN_VALUE;
        for (var busy = takeTurn(mine); busy != null; busy = takeTurn(mine)) {
            awaitTurn(busy, Thread.currentThread());
        }
        try {
            action.run();
        } finally {
            end(mine);
        }
    }

    /** Makes {@code mine} the running round, or returns the one that runs, to be waited for. */
    private Round takeTurn(Round mine) {
        lock.lock();
        try {
            if (running == null) {
                running = mine;
                return null;
            }
            running.waiting.add(Thread.currentThread());
            return running;
        } finally {
            lock.unlock();
        }
    }

    private void join(long seq, boolean fresh) {
        var me = Thread.currentThread();
        Round round;
        lock.lock();
        try {
            if (running == null) {
                round = turn();
                round.leader = me;
            } else {
                boolean covers = !running.started || !fresh && running.seq >= seq;
                round = covers ? running : next;
                round.waiting.add(me);
            }
        } finally {
            lock.unlock();
        }
        if (awaitTurn(round, me)) {
            lead(round);
        }
        if (health.syncFailed() && (fresh || progress.durableSeq() < seq)) {
            health.check();
        }
    }

    /** Makes the next round the running one. */
    private Round turn() {
        running = next;
        next = new Round();
        return running;
    }

    /** Waits until the round is done, or is this thread's to lead: then true. */
    private static boolean awaitTurn(Round round, Thread me) {
        boolean interrupted = false;
        while (!round.done && round.leader != me) {
            LockSupport.park(round);
            // An interrupt must not break off file I/O; it is handed back afterwards.
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            me.interrupt();
        }
        return !round.done;
    }

    private void lead(Round round) {
        try {
            lock.lock();
            try {
                round.started = true;
                round.seq = progress.writtenSeq();
            } finally {
                lock.unlock();
            }
            if (!health.syncFailed()) {
                long end = progress.writtenEnd();
                sync.run();
                if (round.seq > progress.durableSeq()) {
                    progress.durable(round.seq, end);
                }
            }
        } catch (RuntimeException | Error e) {
            health.fail(
                    ErrorCode.ERR_LOG_SYNC_FAILED,
                    "after "
                            + progress.durableSeq()
                            + " nothing is known to be on disk: "
                            + e.getMessage()
                            + ". Read-only up to there; reopen the log, which checks its tail.",
                    e);
        } finally {
            end(round);
        }
        listeners.fire();
    }

    /** Hands over to the next round first, so that the disk does not wait for the woken. */
    private void end(Round round) {
        Thread leader = null;
        lock.lock();
        try {
            round.done = true;
            running = null;
            if (!next.waiting.isEmpty()) {
                var handed = turn();
                leader = handed.waiting.removeLast();
                handed.leader = leader;
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(leader);
        round.waiting.forEach(LockSupport::unpark);
    }
}
