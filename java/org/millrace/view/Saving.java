package org.millrace.view;

import org.millrace.log.Moves;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Saves one view: it stands still while what is to be written is set aside, and when that counts;
 * readers and the feed go on between.
 *
 * <p><b>Threads.</b> Any; one at a time saves. Locks are taken in the order: saving, then the
 * view's writer's.
 */
final class Saving {
    private final ViewStore store;
    private final Standing standing;
    private final Lock writing;

    /** Held while the store's files change. */
    private final ReentrantLock saving = new ReentrantLock();

    private final AtomicBoolean requested = new AtomicBoolean();
    private volatile long recordsUnsaved;
    private volatile RuntimeException failure;

    /**
     * @param writing the lock of the view's writer
     */
    Saving(ViewStore store, Standing standing, Lock writing) {
        this.store = store;
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

    long recordsUnsaved() {
        return recordsUnsaved;
    }

    /** By the view's writer. */
    void took(int records) {
        recordsUnsaved += records;
    }

    /** Saves the view if it has changed. */
    void run() {
        saving.lock();
        try {
            requested.set(false);
            if (standingStill(this::freeze)) {
                store.save();
                standingStill(this::publish);
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

    /**
     * Saves the view with the sequences that records have now, and goes on from there.
     *
     * @param begin told where that is, while the view stands still
     * @return false when it cannot be, or could not: it must be built anew
     */
    boolean move(Moves moves, LongConsumer begin) {
        saving.lock();
        try {
            return standingStill(() -> freezeToMove(moves))
                    && saveMoved(moves)
                    && standingStill(() -> publishMoved(moves, begin));
        } catch (RuntimeException e) {
            return false; // whatever it was, a rebuild meets it again or does without
        } finally {
            saving.unlock();
        }
    }

    /** Runs a change of the store, unless the view is closed: nobody saves, reads or writes. */
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

    /** The view has begun anew. */
    void reset() {
        recordsUnsaved = 0;
    }

    private boolean standingStill(BooleanSupplier step) {
        writing.lock();
        try {
            return step.getAsBoolean();
        } finally {
            writing.unlock();
        }
    }

    private boolean freeze() {
        if (!standing.isAlive() || store.hasMoved() || !store.isUnsaved(standing.since())) {
            return false;
        }
        store.freeze(standing.since());
        recordsUnsaved = 0;
        return true;
    }

    private boolean freezeToMove(Moves moves) {
        if (!standing.isAlive() || !store.canMove(standing.since(), moves)) {
            return false;
        }
        store.freeze(standing.since());
        return true;
    }

    private boolean saveMoved(Moves moves) {
        store.saveMoved(moves);
        return true;
    }

    private boolean publishMoved(Moves moves, LongConsumer begin) {
        store.publishMoved(moves, begin);
        return true;
    }

    private boolean publish() {
        store.publish();
        return true;
    }
}
