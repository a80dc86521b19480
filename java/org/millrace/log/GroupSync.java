package org.millrace.log;

import org.millrace.memory.ErrorCode;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Many waiting appenders, one fdatasync: whoever finds no sync under way leads the next one, the
 * others wait for it. Those who come while one runs gather in the next round, so a thread is woken
 * once, when its own records are durable (or to lead).
 *
 * <p><b>Threads.</b> Any; the tail's lock must not be held.
 *
 * <p><b>Durability.</b> A failed sync poisons the log for good: nothing may be assumed of any write
 * since the last good one, also if a later sync succeeded. It is never tried again.
 */
final class GroupSync {
    private final ReentrantLock lock = new ReentrantLock();
    private final Runnable sync;
    private final Progress progress;
    private final Health health;
    private final Listeners listeners;
    private Round running;
    private Round next = new Round();

    /** One sync and those who wait for it. */
    private final class Round {
        final Condition changed = lock.newCondition();
        boolean done;

        /** The last sequence that this round covers; set when it starts. */
        long seq;
    }

    /**
     * @param sync makes everything written before the call durable
     */
    GroupSync(Runnable sync, Progress progress, Health health, Listeners listeners) {
        this.sync = sync;
        this.progress = progress;
        this.health = health;
        this.listeners = listeners;
    }

    /** Waits until a written sequence is durable; returns at once when it is. */
    void await(long seq) {
        if (progress.durableSeq() >= seq) {
            return;
        }
        join(seq, false);
    }

    /** Syncs whatever was written before the call, also what has no sequence (deletions). */
    void force() {
        join(progress.writtenSeq(), true);
    }

    private void join(long seq, boolean fresh) {
        Round lead = null;
        lock.lock();
        try {
            var mine = !fresh && running != null && running.seq >= seq ? running : next;
            while (!mine.done) {
                if (mine == next && running == null) {
                    lead = next;
                    running = lead;
                    next = new Round();
                    lead.seq = progress.writtenSeq();
                    break;
                }
                mine.changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        if (lead != null) {
            lead(lead);
        }
        if (health.syncFailed() && (fresh || progress.durableSeq() < seq)) {
            health.check();
        }
    }

    private void lead(Round round) {
        try {
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
            lock.lock();
            try {
                running = null;
                round.done = true;
                round.changed.signalAll();
                next.changed.signal();
            } finally {
                lock.unlock();
            }
        }
        listeners.fire();
    }
}
