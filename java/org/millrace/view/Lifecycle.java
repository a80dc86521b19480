package org.millrace.view;

import org.millrace.log.Moves;

/**
 * What befalls a view as a whole: it loses records, moves with them, goes back to a checkpoint,
 * begins anew, ends.
 *
 * <p><b>Threads.</b> Any. {@link #deleted} and {@link #dropped} wait for who reads or writes, all
 * else for a save too.
 */
final class Lifecycle {
    private final View view;
    private final Checkpoints checkpoints;
    private final Progress progress;
    private final Standing standing;
    private final Saving saving;

    Lifecycle(
            View view,
            Checkpoints checkpoints,
            Progress progress,
            Standing standing,
            Saving saving) {
        this.view = view;
        this.checkpoints = checkpoints;
        this.progress = progress;
        this.standing = standing;
        this.saving = saving;
    }

    /** Whether records can be taken out of it. */
    boolean forgets() {
        return view.forgets();
    }

    /** A record is gone, or will be, that the view can do without. */
    void deleted(long seq) {
        saving.standingStill(() -> view.deleted(seq));
    }

    /**
     * Records from this one on are gone, and the view cannot do without. One that had not come to
     * them goes on where it is, but takes nothing of what was computed from them and is on its way.
     */
    void lost(long first) {
        saving.exclusively(
                () -> {
                    if (first <= progress.since()) {
                        clear();
                    } else {
                        progress.beginAt(progress.at());
                    }
                });
    }

    /** The log has dropped its oldest records. */
    void dropped() {
        if (!view.forgets()) {
            clear();
            return;
        }
        saving.standingStill(
                () -> {
                    view.clear();
                    checkpoints.log().dropped();
                });
    }

    /** Keeps what the view knows, with the sequences that records have now, or begins anew. */
    void move(Moves moves) {
        boolean canMove = moves != null && view.isMovable() && view.forgets();
        if (!canMove || !saving.move(moves, this::goOnAt)) {
            clear();
        }
    }

    private void goOnAt(Position moved) {
        view.clear();
        beginAt(moved);
    }

    /** Goes back to the last checkpoint that does without the damaged file. */
    void repair() {
        saving.exclusively(
                () -> {
                    var found = standing.damage();
                    view.clear();
                    if (found != null) {
                        checkpoints.drop(found);
                    }
                    beginAt(found == null ? progress.at() : checkpoints.restore());
                });
    }

    /** Forgets everything. */
    void clear() {
        saving.exclusively(
                () -> {
                    // First: who looks without the lock never sees it as it was.
                    beginAt(checkpoints.beginning());
                    view.clear();
                    checkpoints.clear();
                });
    }

    /** Saves the view if it can be, and closes it. */
    void close() {
        saving.run();
        end(checkpoints::close);
    }

    /** Closes the view and removes its files. */
    void destroy() {
        end(checkpoints::destroy);
    }

    private void end(Runnable last) {
        saving.exclusively(
                () -> {
                    standing.close();
                    view.close();
                    last.run();
                });
    }

    private void beginAt(Position at) {
        progress.beginAt(at);
        standing.beginAnew();
    }
}
