package org.millrace.view;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

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
        if (!standing.isAlive() || !store.isUnsaved(standing.since())) {
            return false;
        }
        store.freeze(standing.since());
        recordsUnsaved = 0;
        return true;
    }

    private boolean publish() {
        store.publish();
        return true;
    }
}
