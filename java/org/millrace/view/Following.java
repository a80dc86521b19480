package org.millrace.view;

import org.millrace.log.Log;
import org.millrace.log.Moves;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Follows a log in which records have moved, were dropped, or were decrypted late: first what is
 * known here by their sequences, then view by view. Until a view has followed moves it answers
 * nothing and is not fed.
 *
 * <p><b>Threads.</b> Who holds the feed; {@link #isBehind} any; {@link #take} one thread, beside
 * feeding and reading.
 */
final class Following {
    /**
     * With less of the log left, building a view anew is faster than writing again what it has: see
     * RemapBenchmark.
     */
    private static final double LEFT_TO_MOVE = 0.5;

    private final Log log;
    private final List<MountedView> views;
    private final Amendments amendments;
    private final FeedSignals signals;
    private volatile long epoch;

    /** Where records went when the log got this epoch; null = nobody knows. */
    private volatile Moves moves;

    /**
     * @param epoch of the log, before anything was looked up by its sequence
     */
    Following(
            Log log,
            long epoch,
            List<MountedView> views,
            Amendments amendments,
            FeedSignals signals) {
        this.log = log;
        this.epoch = epoch;
        this.views = views;
        this.amendments = amendments;
        this.signals = signals;
    }

    /** Whether records have moved since it followed. */
    boolean isBehind() {
        return log.epoch() != epoch;
    }

    /**
     * Follows the log; waits while records are being moved. When they have been, the views still
     * have to follow; when some were dropped, no view answers with those.
     *
     * @return whether records have moved
     */
    boolean follow() {
        boolean hasMoved = isBehind();
        if (hasMoved) {
            followMoves();
            signals.signal();
            signals.announce();
        }
        long first = log.droppedBefore();
        if (first != amendments.deleted().droppedBefore()) {
            amendments.dropBefore(first);
            views.forEach(view -> view.lifecycle().dropped());
            signals.announce();
        }
        return hasMoved;
    }

    private void followMoves() {
        long now = log.epoch();
        moves = log.movesSince(epoch);
        epoch = moves == null ? now : moves.to();
        amendments.moved(epoch, moves);
    }

    /** Takes a view to where the records are now, in the faster way. */
    void take(MountedView view) {
        var last = moves;
        view.lifecycle().move(last != null && last.left() >= LEFT_TO_MOVE ? last : null);
    }

    /** Keeps a record that was decrypted, and brings it to the views. */
    void reveal(long seq, MemorySegment record) {
        if (amendments.late().add(seq, record)) {
            views.forEach(this::bringLate);
        }
    }

    /** Brings to a view what was decrypted since it was saved. */
    void bringLate(MountedView view) {
        if (view.standing().hasMoved()) {
            return; // when it has followed
        }
        if (!amendments.late().bringTo(view.writer()) || isBehind()) {
            view.lifecycle().clear();
        }
    }
}
