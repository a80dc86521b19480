package org.millrace.log.maintenance;

/** Hears how far a long piece of work is; {@code LogFiles}. */
@FunctionalInterface
public interface WorkProgress {
    /** Hears nothing. */
    WorkProgress NONE = (done, total) -> {};

    /**
     * Called on the working thread, some times a second to some thousand times; what it throws ends
     * the work and leaves everything as a kill would.
     *
     * @param done bytes
     * @param total bytes; may grow
     */
    void at(long done, long total);
}
