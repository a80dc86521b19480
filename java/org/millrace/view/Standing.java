package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/**
 * Whether a view may answer, and why not: it failed, its files are damaged, the log's records have
 * moved, or it is closed.
 *
 * <p><b>Threads.</b> Asked from any; damage is noted from any; the rest is written by whoever holds
 * the view's lock.
 */
final class Standing {
    private final String name;
    private final KnownLog log;
    private final Progress progress;
    private final Runnable onDamage;
    private volatile MillraceException failure;
    private volatile DamagedFile damage;
    private volatile boolean closed;

    /**
     * @param onDamage called when the view must be repaired, or begun anew
     */
    Standing(String name, KnownLog log, Progress progress, Runnable onDamage) {
        this.name = name;
        this.log = log;
        this.progress = progress;
        this.onDamage = onDamage;
    }

    /** Nothing is wrong any more: the view has begun anew, or gone back. */
    void beginAnew() {
        damage = null;
        failure = null;
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** Null when it is not. */
    DamagedFile damage() {
        return damage;
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    boolean isAlive() {
        return failure == null && damage == null && !closed;
    }

    /** Whether it is still of the log as it was before its records moved, and answers nothing. */
    boolean hasMoved() {
        return log.hasMoved();
    }

    /** Whether waiting for a sequence is over: it is there, or will not come. */
    boolean isSettled(long seq) {
        return closed
                || failure != null
                || damage == null && progress.since() >= seq && !isOutdated();
    }

    /** Whether a sequence is still to come. */
    boolean isBefore(long seq) {
        return damage != null || isOutdated() || progress.since() < seq && isAlive();
    }

    void fail(String where, Throwable thrown) {
        if (failure == null) {
            failure =
                    new MillraceException(
                            ErrorCode.ERR_VIEW_FAILED,
                            "view %s failed %s: %s. It stands at %d; rebuild it."
                                    .formatted(name, where, thrown, progress.since()),
                            thrown);
        }
    }

    void noteDamage(DamagedFile found) {
        damage = found;
        onDamage.run();
    }

    /** Notes damage; what the reader who met it is told. */
    MillraceException damaged(DamagedFile found) {
        noteDamage(found);
        return beingRepaired(found);
    }

    /** Throws when the view cannot answer. */
    void check() {
        if (closed) {
            throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, "view " + name + " is closed");
        }
        var found = damage;
        if (found != null) {
            throw beingRepaired(found);
        }
        if (isOutdated()) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED,
                    "view %s: the log's records have moved or were dropped. The view follows; wait for it and read again."
                            .formatted(name));
        }
        var failed = failure;
        if (failed != null) {
            throw new MillraceException(failed.code(), failed.detail(), failed.getCause());
        }
    }

    /** Whether the log has moved or dropped records, and the feed has not seen to it yet. */
    private boolean isOutdated() {
        if (log.isCurrent()) {
            return false;
        }
        onDamage.run();
        return true;
    }

    private MillraceException beingRepaired(DamagedFile found) {
        return new MillraceException(
                ErrorCode.ERR_VIEW_FAILED,
                "view %s: %s. It goes back to its last good checkpoint; wait for it and read again."
                        .formatted(name, found.getMessage()),
                found);
    }
}
