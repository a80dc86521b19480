package org.millrace.view;

import org.millrace.log.Log;
import org.millrace.log.Moves;

/**
 * Follows a log whose records have moved: first what is known here by their sequences, then view by
 * view. Until a view has followed it answers nothing and is not fed.
 *
 * <p><b>Threads.</b> {@link #follow} by who holds the feed; {@link #take} by one thread, beside
 * feeding and reading.
 */
final class Following {
    /**
     * With less of the log left, building a view anew is faster than writing again what it has: see
     * RemapBenchmark.
     */
    private static final double LEFT_TO_MOVE = 0.5;

    private final Log log;
    private final Amendments amendments;
    private volatile long epoch;

    /** Where records went when the log got this epoch; null = nobody knows. */
    private volatile Moves moves;

    /**
     * @param epoch of the log, before anything was looked up by its sequence
     */
    Following(Log log, long epoch, Amendments amendments) {
        this.log = log;
        this.epoch = epoch;
        this.amendments = amendments;
    }

    /** Whether records have moved since it followed. */
    boolean isBehind() {
        return log.epoch() != epoch;
    }

    /** Returns whether there was something to follow; waits while records are being moved. */
    boolean follow() {
        long now = log.epoch();
        if (now == epoch) {
            return false;
        }
        moves = log.movesSince(epoch);
        epoch = moves == null ? now : moves.to();
        amendments.moved(epoch, moves);
        return true;
    }

    /** Takes a view to where the records are now, in the faster way. */
    void take(MountedView view) {
        var last = moves;
        view.move(last != null && last.left() >= LEFT_TO_MOVE ? last : null);
    }
}
