package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The work behind a {@link ViewFeed}: reads the log batch by batch, takes each to the views that
 * lack it, repairs views and begins them anew, and says when they are to be saved.
 *
 * <p><b>Threads.</b> Its own daemon thread, and readers in {@link #reach}: one at a time feeds, who
 * holds the lock.
 */
final class Feeder implements AutoCloseable {
    /** So many batches a reader feeds on its own thread before it waits instead. */
    private static final int READER_BATCHES_MAX = 2;

    /** And no more after this time: what is not compiled yet is slow. */
    private static final long READER_NANOS_MAX = 2_000_000;

    /** A view that has caught up is saved when a crash would cost it more than these records. */
    private static final int RECORDS_UNSAVED_MAX = 10_000;

    private final Log log;
    private final List<MountedView> views;
    private final Amendments amendments;
    private final FeedSignals signals;
    private final ViewSet set;
    private final FeedCursor cursor;
    private final Checkpointer checkpointer;
    private final AutoCloseable subscription;
    private final Thread thread;

    /** Held by whoever feeds; guards the cursor, the set and the epoch. */
    private final ReentrantLock feeding = new ReentrantLock();

    /** The log's, as the views were built. */
    private long epoch;

    /**
     * @param epoch of the log, before anything was looked up by its sequence
     * @param views as they are at any time; safe to go through while some are added
     * @param amendments closed with this
     */
    Feeder(
            Log log,
            long epoch,
            Encoding encoding,
            List<MountedView> views,
            Amendments amendments,
            FeedSignals signals) {
        this.log = log;
        this.epoch = epoch;
        this.views = views;
        this.amendments = amendments;
        this.signals = signals;
        set = new ViewSet(encoding, amendments.revealed());
        cursor = new FeedCursor(log);
        checkpointer = new Checkpointer(views);
        subscription = log.onChange(signals::signal);
        thread = Thread.ofPlatform().daemon().name("millrace-views").start(this::run);
    }

    /** Runs something while nothing is fed. */
    <T> T exclusively(Supplier<T> work) {
        feeding.lock();
        try {
            return work.get();
        } finally {
            feeding.unlock();
        }
    }

    /** {@link ViewFeed#reveal}, but for telling of it. */
    void reveal(long seq, MemorySegment record) {
        feeding.lock();
        try {
            followTheLog();
            if (amendments.late().add(seq, record)) {
                views.forEach(this::bringLate);
            }
        } finally {
            feeding.unlock();
        }
    }

    /** By who holds the feed: brings to a view what was decrypted since it was saved. */
    void bringLate(MountedView view) {
        if (!amendments.late().bringTo(view)) {
            view.clear();
        }
    }

    void rebuild(MountedView view) {
        feeding.lock();
        try {
            view.clear();
        } finally {
            feeding.unlock();
        }
        signals.signal();
    }

    /** {@link ViewFeed#reach}. */
    boolean reach(MountedView view, long seq) {
        long begun = System.nanoTime();
        for (int i = 0; view.since() < seq && i <= READER_BATCHES_MAX; i++) {
            boolean isLong = i > 0 && System.nanoTime() - begun > READER_NANOS_MAX;
            if (isLong || !view.isFed() || needsRoom() || !feeding.tryLock()) {
                break;
            }
            try {
                step(view.since());
                signals.settle();
            } finally {
                feeding.unlock();
            }
        }
        boolean isSettled = view.isSettled(seq);
        if (!isSettled) {
            view.noteReader();
        }
        return isSettled;
    }

    /** Feeding would have to wait until something is on disk. */
    private boolean needsRoom() {
        for (var view : views) {
            if (view.fullness() >= 2) {
                return true;
            }
        }
        return false;
    }

    /**
     * A hosted view has moved.
     *
     * @param isWhole what came is all of it, and comes seldom enough to be saved each time
     */
    void brought(MountedView view, boolean isWhole) {
        boolean isDue =
                (isWhole || view.since() >= log.since())
                        && view.recordsUnsaved() > RECORDS_UNSAVED_MAX;
        if (view.fullness() >= 1 || isDue) {
            checkpointer.request(view);
        }
        signals.announce();
    }

    /** After the signals: ends the threads, saves and closes the views. */
    @Override
    public void close() {
        Threads.join(thread);
        checkpointer.close();
        feeding.lock();
        try {
            subscription.close();
            views.forEach(MountedView::close);
            cursor.close();
            amendments.close();
        } catch (MillraceException e) {
            throw e;
        } catch (Exception thrown) {
            throw new MillraceException(ErrorCode.ERR_INTERNAL, "closing views: " + thrown, thrown);
        } finally {
            feeding.unlock();
        }
    }

    private void run() {
        while (!signals.isClosed()) {
            signals.waitForWork();
            boolean progress = true;
            while (progress && !signals.isClosed()) {
                feeding.lock();
                try {
                    followTheLog();
                    repairDamaged();
                    progress = stepFront() | stepBack();
                } catch (Throwable thrown) {
                    progress = false;
                    failAll(thrown);
                } finally {
                    feeding.unlock();
                }
            }
            signals.settle();
            saveIfWorthIt();
        }
    }

    /**
     * Feeds those that are furthest, so that a late view does not keep them from the newest
     * records.
     */
    private boolean stepFront() {
        long front = Long.MIN_VALUE;
        for (var view : views) {
            if (view.isFed()) {
                front = Math.max(front, view.since());
            }
        }
        return front != Long.MIN_VALUE && front < log.since() && step(front);
    }

    private boolean stepBack() {
        long back = Long.MAX_VALUE;
        for (var view : views) {
            if (view.isFed()) {
                back = Math.min(back, view.since());
            }
        }
        return back < log.since() && step(back);
    }

    /** Feeds one batch behind {@code from} to every view that stands there. */
    private boolean step(long from) {
        if (signals.isClosed()) {
            return false;
        }
        followTheLog();
        long begun = System.nanoTime();
        RecordBatch batch = cursor.next(from);
        if (batch.count() == 0) {
            return false;
        }
        long last = batch.seq(batch.count() - 1);
        var lagging = at(from, last);
        lagging.forEach(this::makeRoom);
        set.apply(batch, lagging);
        boolean isThere = last >= log.since();
        if (isThere) {
            lagging.forEach(MountedView::prepareForReaders);
        }
        signals.announceProgress(isThere);
        cursor.took(System.nanoTime() - begun);
        return true;
    }

    /** Views between {@code from} and the batch's end can all use it. */
    private List<MountedView> at(long from, long last) {
        var lagging = new ArrayList<MountedView>(views.size());
        for (var view : views) {
            if (view.isFed() && view.since() >= from && view.since() < last) {
                lagging.add(view);
            }
        }
        return lagging;
    }

    /** The bound of a view's memory: first it is saved in the background, then waited for. */
    private void makeRoom(MountedView view) {
        if (view.fullness() >= 2) {
            view.checkpoint();
            if (view.fullness() >= 2) {
                view.failSaving();
            }
        } else if (view.fullness() >= 1) {
            checkpointer.request(view);
        }
    }

    private void saveIfWorthIt() {
        for (var view : views) {
            if (view.recordsUnsaved() > RECORDS_UNSAVED_MAX) {
                checkpointer.request(view);
            }
        }
    }

    private void repairDamaged() {
        for (var view : views) {
            if (view.isDamaged()) {
                cursor.reset();
                view.repair();
                bringLate(view);
                signals.announce();
            }
        }
    }

    /**
     * By whoever holds the feed. When records have moved, what was computed from their sequences
     * counts no more; when some were dropped, no view answers with those.
     */
    private void followTheLog() {
        long now = log.epoch();
        if (now != epoch) {
            cursor.reset();
            amendments.moved();
            views.forEach(MountedView::clear);
            epoch = now;
            signals.announce();
        }
        long first = log.droppedBefore();
        if (first != amendments.deleted().droppedBefore()) {
            amendments.dropBefore(first);
            views.forEach(MountedView::dropped);
            signals.announce();
        }
    }

    private void failAll(Throwable thrown) {
        for (var view : views) {
            if (view.isFed() && view.since() < log.since()) {
                view.failReading(thrown);
            }
        }
        cursor.reset();
        signals.announce();
    }
}
