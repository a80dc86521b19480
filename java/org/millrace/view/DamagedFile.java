package org.millrace.view;

/** A file of a view cannot be used any more; the view goes back to a checkpoint without it. */
final class DamagedFile extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long number;

    DamagedFile(long number, String what, Throwable cause) {
        super(what, cause);
        this.number = number;
    }

    /** In its name. */
    long number() {
        return number;
    }
}
