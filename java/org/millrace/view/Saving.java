package org.millrace.view;

import org.millrace.log.Moves;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Saves one view: it stands still while what is to be written is set aside, and when that counts;
 * readers and the feed go on between.
 *
 * <p><b>Threads.</b> Any; one at a time saves. Locks are taken in the order: saving, then the
 * view's writer's.
 */
final class Saving {
    private final ViewStore store;
    private final Checkpoints checkpoints;
    private final Progress progress;
    private final Standing standing;
    private final Lock writing;

    /** Held while the view's files change. */
    private final ReentrantLock saving = new ReentrantLock();

    private final AtomicBoolean requested = new AtomicBoolean();
    private volatile RuntimeException failure;

    /**
     * @param writing the lock of the view's writer
     */
    Saving(
            ViewStore store,
            Checkpoints checkpoints,
            Progress progress,
            Standing standing,
            Lock writing) {
        this.store = store;
        this.checkpoints = checkpoints;
        this.progress = progress;
        this.standing = standing;
        this.writing = writing;
    }

    /** False when it is asked for already. */
    boolean beginRequest() {
        return requested.compareAndSet(false, true);
    }

    /** Why the last one failed; null when it did not. */
    RuntimeException failure() {
        return failure;
    }

    /** Records that a crash would make the view take in again though they could be saved. */
    long recordsUnsaved() {
        return checkpoints.arePersistent() ? progress.recordsUnsaved() : 0;
    }

    /** At 1 the view should be saved, at 2 it must be. */
    double fullness() {
        return checkpoints.arePersistent() ? store.fullness() : 0;
    }

    /** Saves the view if it has changed; readers and the feed go on meanwhile. */
    void run() {
        saving.lock();
        try {
            requested.set(false);
            if (freeze(at -> !standing.hasMoved() && checkpoints.lack(at))) {
                checkpoints.save();
                standingStill(checkpoints::publish);
            }
            failure = null;
        } catch (DamagedFile found) {
            standing.noteDamage(found);
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            saving.unlock();
        }
    }

    /** Saves the view, whose memory is full; it fails when there is no room then. */
    void makeRoom() {
        run();
        if (fullness() >= 2) {
            standing.fail("saving what it holds in memory", failure);
        }
    }

    /**
     * Saves the view with the sequences that records have now, and goes on from there.
     *
     * @param begin told where that is, while the view stands still
     * @return false when it cannot be, or could not: it must be built anew
     */
    boolean move(Moves moves, Consumer<Position> begin) {
        saving.lock();
        try {
            if (!freeze(at -> checkpoints.canMove(at.since(), moves))) {
                return false;
            }
            checkpoints.saveMoved(moves);
            standingStill(() -> checkpoints.publishMoved(moves, begin));
            return true;
        } catch (RuntimeException e) {
            return false; // whatever it was, a rebuild meets it again or does without
        } finally {
            saving.unlock();
        }
    }

    /** Runs a change of what is kept, unless the view is closed: nobody saves, reads or writes. */
    void exclusively(Runnable change) {
        saving.lock();
        writing.lock();
        try {
            if (!standing.isClosed()) {
                change.run();
            }
        } finally {
            writing.unlock();
            saving.unlock();
        }
    }

    /** Runs a step while nobody reads or writes; a save may be under way. */
    void standingStill(Runnable step) {
        writing.lock();
        try {
            step.run();
        } finally {
            writing.unlock();
        }
    }

    private boolean freeze(Predicate<Position> isWorthIt) {
        writing.lock();
        try {
            var at = progress.at();
            if (!standing.isAlive() || !isWorthIt.test(at)) {
                return false;
            }
            checkpoints.freeze(at);
            progress.beginSaving();
            return true;
        } finally {
            writing.unlock();
        }
    }
}
