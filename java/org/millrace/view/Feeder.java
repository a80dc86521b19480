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

    private final Following following;

    /** Held by whoever feeds; guards the cursor and the set. */
    private final ReentrantLock feeding = new ReentrantLock();

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
        following = new Following(log, epoch, amendments);
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

    private void exclusively(Runnable work) {
        feeding.lock();
        try {
            work.run();
        } finally {
            feeding.unlock();
        }
    }

    /** {@link ViewFeed#reveal}, but for telling of it. */
    void reveal(long seq, MemorySegment record) {
        exclusively(
                () -> {
                    followTheLog();
                    if (amendments.late().add(seq, record)) {
                        views.forEach(this::bringLate);
                    }
                });
    }

    /** By who holds the feed: brings to a view what was decrypted since it was saved. */
    void bringLate(MountedView view) {
        if (view.hasMoved()) {
            return; // when it has followed
        }
        if (!amendments.late().bringTo(view) || following.isBehind()) {
            view.clear();
        }
    }

    /** Before something is done to a record by its sequence. */
    void follow() {
        if (following.isBehind()) {
            exclusively(this::followTheLog);
        }
    }

    void rebuild(MountedView view) {
        exclusively(view::clear);
        signals.signal();
    }

    /** {@link ViewFeed#reach}. */
    boolean reach(MountedView view, long seq) {
        long begun = System.nanoTime();
        for (int i = 0; view.since() < seq && i <= READER_BATCHES_MAX; i++) {
            boolean isLong = i > 0 && System.nanoTime() - begun > READER_NANOS_MAX;
            if (isLong || !isFed(view) || needsRoom() || !feeding.tryLock()) {
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
            while (!signals.isClosed() && advance()) {
                // as long as there is more
            }
            signals.settle();
            saveIfWorthIt();
        }
    }

    /** False when there is nothing to do, or it cannot be done. */
    private boolean advance() {
        try {
            moveViews();
            return exclusively(
                    () -> {
                        followTheLog();
                        repairDamaged();
                        return stepFront() | stepBack();
                    });
        } catch (Throwable thrown) {
            exclusively(() -> failAll(thrown));
            return false;
        }
    }

    /**
     * Feeds those that are furthest, so that a late view does not keep them from the newest
     * records.
     */
    private boolean stepFront() {
        long front = Long.MIN_VALUE;
        for (var view : views) {
            if (isFed(view)) {
                front = Math.max(front, view.since());
            }
        }
        return front != Long.MIN_VALUE && front < log.since() && step(front);
    }

    private boolean stepBack() {
        long back = Long.MAX_VALUE;
        for (var view : views) {
            if (isFed(view)) {
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
        if (followTheLog()) {
            return true;
        }
        long begun = System.nanoTime();
        RecordBatch batch = read(from);
        if (batch == null) {
            return true;
        }
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

    /** Null when records have moved meanwhile: nobody knows which ones were read. */
    private RecordBatch read(long from) {
        try {
            var batch = cursor.next(from);
            return following.isBehind() ? null : batch;
        } catch (MillraceException e) {
            if (following.isBehind()) {
                return null;
            }
            throw e;
        }
    }

    private static boolean isFed(MountedView view) {
        return view.isFed() && !view.hasMoved();
    }

    /** Views between {@code from} and the batch's end can all use it. */
    private List<MountedView> at(long from, long last) {
        var lagging = new ArrayList<MountedView>(views.size());
        for (var view : views) {
            if (isFed(view) && view.since() >= from && view.since() < last) {
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
     * By whoever holds the feed. When records have moved, the views still have to follow; when some
     * were dropped, no view answers with those.
     *
     * @return whether records have moved
     */
    private boolean followTheLog() {
        boolean hasMoved = following.follow();
        if (hasMoved) {
            cursor.reset();
            signals.signal();
            signals.announce();
        }
        long first = log.droppedBefore();
        if (first != amendments.deleted().droppedBefore()) {
            amendments.dropBefore(first);
            views.forEach(MountedView::dropped);
            signals.announce();
        }
        return hasMoved;
    }

    /** It takes a while, and only readers of such a view wait for it: the feed is free. */
    private void moveViews() {
        follow();
        for (var view : views) {
            if (view.hasMoved() && !signals.isClosed()) {
                following.take(view);
                exclusively(() -> bringLate(view));
                signals.announce();
            }
        }
    }

    private void failAll(Throwable thrown) {
        for (var view : views) {
            if (view.isFed() && (view.hasMoved() || view.since() < log.since())) {
                view.failReading(thrown);
            }
        }
        cursor.reset();
        signals.announce();
    }
}
