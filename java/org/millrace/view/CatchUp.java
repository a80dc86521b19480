package org.millrace.view;

import org.millrace.log.Log;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes the log's next records to the views that lack them, batch by batch: one batch to all that
 * stand there.
 *
 * <p><b>Threads.</b> Who holds the feed.
 */
final class CatchUp implements AutoCloseable {
    private final Log log;
    private final List<MountedView> views;
    private final ViewSet set;
    private final Following following;
    private final Checkpointer checkpointer;
    private final FeedSignals signals;
    private final FeedCursor cursor;

    CatchUp(
            Log log,
            List<MountedView> views,
            ViewSet set,
            Following following,
            Checkpointer checkpointer,
            FeedSignals signals) {
        this.log = log;
        this.views = views;
        this.set = set;
        this.following = following;
        this.checkpointer = checkpointer;
        this.signals = signals;
        cursor = new FeedCursor(log);
    }

    /** Follows the log: when its records have moved, nothing is read on from where it was. */
    boolean follow() {
        boolean hasMoved = following.follow();
        if (hasMoved) {
            cursor.reset();
        }
        return hasMoved;
    }

    /** Whether a view is one that records come to now. */
    static boolean feeds(MountedView view) {
        return view.isFed() && !view.standing().hasMoved();
    }

    /**
     * Feeds those that are furthest, so that a late view does not keep them from the newest
     * records.
     *
     * @return false when they lack nothing
     */
    boolean stepFront() {
        long front = Long.MIN_VALUE;
        for (var view : views) {
            if (feeds(view)) {
                front = Math.max(front, view.since());
            }
        }
        return front != Long.MIN_VALUE && front < log.since() && step(front);
    }

    /** Feeds those that are last. */
    boolean stepBack() {
        long back = Long.MAX_VALUE;
        for (var view : views) {
            if (feeds(view)) {
                back = Math.min(back, view.since());
            }
        }
        return back < log.since() && step(back);
    }

    /**
     * Feeds one batch behind {@code from} to every view that stands there.
     *
     * @return false when there was nothing to do
     */
    boolean step(long from) {
        if (signals.isClosed()) {
            return false;
        }
        if (follow()) {
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
        var writers = makeRoomAt(from, last);
        set.apply(batch, writers);
        boolean isThere = last >= log.since();
        if (isThere) {
            writers.forEach(ViewWriter::prepareForReaders);
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

    /** Of views between {@code from} and the batch's end, which can all use it. */
    private List<ViewWriter> makeRoomAt(long from, long last) {
        var writers = new ArrayList<ViewWriter>(views.size());
        for (var view : views) {
            if (feeds(view) && view.since() >= from && view.since() < last) {
                checkpointer.makeRoom(view);
                writers.add(view.writer());
            }
        }
        return writers;
    }

    /** The log could not be read: it is read anew next time. */
    void reset() {
        cursor.reset();
    }

    @Override
    public void close() {
        cursor.close();
    }
}
