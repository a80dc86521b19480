package org.millrace.host;

import org.millrace.log.HidingLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.ViewFeed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Deletions that a host's thread begins and other threads take to the disk. Once {@link #hide} has
 * returned nobody reads the record; once its {@link Batch} is carried out it is deleted at the
 * log's level, which is when the host is told.
 *
 * <p><b>Threads.</b> {@link #hide} and {@link #take} on the host's thread, which waits for no disk
 * there, but in {@code hide} for whoever is moving the records; all else on any, one at a time.
 *
 * <p><b>Limits.</b> Those of the host, which takes a batch when the one before is over.
 */
final class HostDeletions {
    /** What is carried out together. */
    static final class Batch {
        private final List<Long> seqs = new ArrayList<>();
        private boolean isOver;
        private RuntimeException failure;
    }

    private final HidingLog log;
    private final Supplier<Collection<ViewFeed>> mounted;
    private final Supplier<Collection<ViewFeed>> all;

    /** Held while a record is hidden, and while records move: its sequence stays its own. */
    private final ReentrantLock hiding = new ReentrantLock();

    /** Held while batches are carried out, and while records move. Taken before {@link #hiding}. */
    private final ReentrantLock working = new ReentrantLock();

    // Guarded by `due`, which is never held for long:
    private Batch next = new Batch();
    private final Deque<Batch> due = new ArrayDeque<>();

    /**
     * @param mounted the feeds there are now
     * @param all those that there are only on disk too, opened
     */
    HostDeletions(
            HidingLog log,
            Supplier<Collection<ViewFeed>> mounted,
            Supplier<Collection<ViewFeed>> all) {
        this.log = log;
        this.mounted = mounted;
        this.all = all;
    }

    /** Nobody reads the record any more; with the next batch it is deleted. */
    void hide(long seq) {
        hiding.lock();
        try {
            log.checkDelete(seq);
            log.hide(seq);
            mounted.get().forEach(feed -> feed.forgetting().hide(seq));
            synchronized (due) {
                next.seqs.add(seq);
            }
        } finally {
            hiding.unlock();
        }
    }

    /** What was hidden since the last one was taken. */
    Batch take() {
        synchronized (due) {
            var taken = next;
            next = new Batch();
            due.add(taken);
            return taken;
        }
    }

    /**
     * Deletes the records of a batch, unless that was done, and throws what was met then. After an
     * error some of them may be deleted; all stay hidden.
     */
    void carryOut(Batch batch) {
        working.lock();
        try {
            if (!batch.isOver) {
                attempt(batch);
            }
        } finally {
            working.unlock();
        }
        if (batch.failure != null) {
            throw batch.failure;
        }
    }

    /** Carries out everything that was hidden before. Each error is told of its batch too. */
    void finish() {
        take();
        RuntimeException failure = null;
        for (var batch = first(); batch != null; batch = first()) {
            try {
                carryOut(batch);
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Runs what may move records, when everything hidden before is deleted. */
    void beforeMoving(Runnable work) {
        working.lock();
        hiding.lock();
        try {
            finish();
            long epoch = log.epoch();
            try {
                work.run();
            } finally {
                if (log.epoch() != epoch) {
                    log.showAll();
                    mounted.get().forEach(feed -> feed.forgetting().showAll());
                }
            }
        } finally {
            hiding.unlock();
            working.unlock();
        }
    }

    private void attempt(Batch batch) {
        try {
            delete(batch.seqs.stream().mapToLong(seq -> seq).distinct().toArray());
            log.show(batch.seqs);
        } catch (RuntimeException e) {
            batch.failure = e;
        } catch (Error e) {
            batch.failure = new MillraceException(ErrorCode.ERR_INTERNAL, "deleting: " + e, e);
        } finally {
            batch.isOver = true;
            synchronized (due) {
                due.remove(batch);
            }
        }
    }

    private void delete(long[] seqs) {
        if (seqs.length == 0) {
            return;
        }
        var feeds = all.get();
        // First, so that a crash in between leaves nothing that only the views do not know.
        feeds.forEach(feed -> feed.forgetting().remember(seqs));
        for (long seq : seqs) {
            log.delete(seq);
        }
        feeds.forEach(feed -> feed.forgetting().forget(seqs));
    }

    private Batch first() {
        synchronized (due) {
            return due.peek();
        }
    }
}
