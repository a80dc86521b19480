package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.log.Log;

/**
 * The log as a view knows it: the epoch in which its sequences mean something, and what had been
 * dropped. When the log itself is further, the view answers nothing until it has followed.
 *
 * <p><b>Threads.</b> Asked from any; changed while the view stands still.
 */
final class KnownLog {
    /** Null: it is not ours, and never moves. */
    private final Log log;

    private final LogIdentity identity;
    private final Deleted deleted;
    private volatile long epoch;
    private volatile long droppedBefore;

    KnownLog(Log log, Deleted deleted) {
        this.log = log;
        this.deleted = deleted;
        identity = new LogIdentity(log);
    }

    /** From here on the view's answers are about the log as it is now. */
    void follow() {
        epoch = log == null ? 0 : log.epoch();
        dropped();
    }

    /** {@link Deleted} knows that the log has dropped records. */
    void dropped() {
        droppedBefore = deleted.droppedBefore();
    }

    /** The view has moved with the log's records. */
    void movedTo(long newEpoch) {
        epoch = newEpoch;
    }

    long epoch() {
        return epoch;
    }

    /** False when the log has moved or dropped records since: the feed sees to it. */
    boolean isCurrent() {
        return log == null || log.epoch() == epoch && log.droppedBefore() == droppedBefore;
    }

    /** Whether the log's records have moved since: what is known by their sequences is not so. */
    boolean hasMoved() {
        return log != null && log.epoch() != epoch;
    }

    /**
     * Whether a checkpoint is of this log.
     *
     * @param forgets whether it counts though the log has dropped records since
     */
    boolean isOf(ViewManifest manifest, boolean forgets) {
        return manifest.epoch() == epoch
                && (forgets || droppedBefore <= Math.max(0, manifest.firstSeq()))
                && identity.matches(manifest);
    }

    LogIdentity identity() {
        return identity;
    }

    /** On return the log is as durable as what a checkpoint says of it. */
    void drain() {
        log.drain();
    }
}
