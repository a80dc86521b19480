package org.millrace.view;

/**
 * How far a view has come, how fast, and how much of that is not saved yet.
 *
 * <p><b>Threads.</b> Asked from any; written by whoever holds the view's lock.
 */
final class Progress {
    private final Pace pace = new Pace();
    private volatile long since;
    private int revealed;
    private volatile int beginnings;
    private volatile long recordsUnsaved;

    Progress(Position at) {
        goTo(at);
    }

    /** Last sequence of the log that the view has taken in; -1 when none. */
    long since() {
        return since;
    }

    /** How many of the decrypted records it has taken in. By its writer. */
    int revealed() {
        return revealed;
    }

    /** By who holds the view's lock. */
    Position at() {
        return new Position(since, revealed);
    }

    /** How often it was begun anew, or went back. */
    int beginnings() {
        return beginnings;
    }

    /** Records that a crash would make it take in again. */
    long recordsUnsaved() {
        return recordsUnsaved;
    }

    /** Records were taken in; from here on it stands at a sequence. */
    void advance(long upTo, int records) {
        since = upTo;
        recordsUnsaved += records;
        pace.took(records, upTo);
    }

    /** That many of the decrypted records were taken in. */
    void tookRevealed(int entries) {
        revealed = entries;
    }

    /** What was taken in so far is being saved. */
    void beginSaving() {
        recordsUnsaved = 0;
    }

    /** Goes on from somewhere else. */
    void beginAt(Position at) {
        goTo(at);
        beginnings++;
    }

    /** With the log at {@code target}. */
    ViewProgress report(String name, long target) {
        return pace.progress(name, since, target);
    }

    private void goTo(Position at) {
        since = at.since();
        revealed = at.revealed();
        recordsUnsaved = 0;
        pace.begin(since);
    }
}
