package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Who works behind a {@link ViewFeed}, and on which thread: one feeds at a time, who holds the
 * lock. {@link Following}, {@link CatchUp} and {@link Checkpointer} know what there is to do.
 *
 * <p><b>Threads.</b> Its own daemon thread, and readers in {@link #reach}.
 */
final class Feeder implements AutoCloseable {
    /** So many batches a reader feeds on its own thread before it waits instead. */
    private static final int READER_BATCHES_MAX = 2;

    /** And no more after this time: what is not compiled yet is slow. */
    private static final long READER_NANOS_MAX = 2_000_000;

    private final Log log;
    private final List<MountedView> views;
    private final Amendments amendments;
    private final FeedSignals signals;
    private final Checkpointer checkpointer;
    private final Following following;
    private final CatchUp catchUp;
    private final AutoCloseable subscription;
    private final Thread thread;

    /** Held by whoever feeds. */
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
        this.views = views;
        this.amendments = amendments;
        this.signals = signals;
        checkpointer = new Checkpointer(views);
        following = new Following(log, epoch, views, amendments, signals);
        var set = new ViewSet(encoding, amendments.revealed());
        catchUp = new CatchUp(log, views, set, following, checkpointer, signals);
        subscription = log.onChange(signals::signal);
        thread = Thread.ofPlatform().daemon().name("millrace-views").start(this::run);
    }

    /** Adds a view that is made while nothing is fed. */
    MountedView add(Supplier<MountedView> maker) {
        feeding.lock();
        try {
            var view = maker.get();
            following.bringLate(view);
            views.add(view);
            return view;
        } finally {
            feeding.unlock();
            signals.signal();
        }
    }

    /** {@link ViewFeed#reveal}, but for telling of it. */
    void reveal(long seq, MemorySegment record) {
        exclusively(
                () -> {
                    catchUp.follow();
                    following.reveal(seq, record);
                });
    }

    /** Before something is done to a record by its sequence. */
    void follow() {
        if (following.isBehind()) {
            exclusively(catchUp::follow);
        }
    }

    void rebuild(MountedView view) {
        exclusively(view.lifecycle()::clear);
        signals.signal();
    }

    /** {@link Lifecycle#lost}. */
    void lose(MountedView view, long first) {
        exclusively(() -> view.lifecycle().lost(first));
        signals.signal();
    }

    /** {@link ViewFeed#reach}. */
    boolean reach(MountedView view, long seq) {
        long begun = System.nanoTime();
        for (int i = 0; view.since() < seq && i <= READER_BATCHES_MAX; i++) {
            boolean isLong = i > 0 && System.nanoTime() - begun > READER_NANOS_MAX;
            boolean canFeed = !isLong && CatchUp.feeds(view) && !checkpointer.isRoomNeeded();
            if (!canFeed || !feeding.tryLock()) {
                break;
            }
            try {
                catchUp.step(view.since());
                signals.settle();
            } finally {
                feeding.unlock();
            }
        }
        boolean isSettled = view.standing().isSettled(seq);
        if (!isSettled) {
            view.writer().noteReader();
        }
        return isSettled;
    }

    /**
     * A hosted view has moved.
     *
     * @param isWhole what came is all of it, and comes seldom enough to be saved each time
     */
    void brought(MountedView view, boolean isWhole) {
        checkpointer.noteMoved(view, isWhole || view.since() >= log.since());
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
            views.forEach(view -> view.lifecycle().close());
            catchUp.close();
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
            checkpointer.noteCaughtUp();
        }
    }

    /** False when there is nothing to do, or it cannot be done. */
    private boolean advance() {
        try {
            moveViews();
            return step();
        } catch (Throwable thrown) {
            exclusively(() -> failAll(thrown));
            return false;
        }
    }

    /** It takes a while, and only readers of such a view wait for it: the feed is free. */
    private void moveViews() {
        follow();
        for (var view : views) {
            if (view.standing().hasMoved() && !signals.isClosed()) {
                following.take(view);
                exclusively(() -> following.bringLate(view));
                signals.announce();
            }
        }
    }

    private boolean step() {
        feeding.lock();
        try {
            catchUp.follow();
            repairDamaged();
            return catchUp.stepFront() | catchUp.stepBack();
        } finally {
            feeding.unlock();
        }
    }

    private void repairDamaged() {
        for (var view : views) {
            if (view.standing().damage() != null) {
                view.lifecycle().repair();
                following.bringLate(view);
                signals.announce();
            }
        }
    }

    private void failAll(Throwable thrown) {
        for (var view : views) {
            if (view.isFed() && (view.standing().hasMoved() || view.since() < log.since())) {
                view.standing().fail("reading the log behind sequence " + view.since(), thrown);
            }
        }
        catchUp.reset();
        signals.announce();
    }

    private void exclusively(Runnable work) {
        feeding.lock();
        try {
            work.run();
        } finally {
            feeding.unlock();
        }
    }
}
