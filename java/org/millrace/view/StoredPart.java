package org.millrace.view;

import org.millrace.format.ViewManifest.TableEntry;

import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * One kind of what a {@link ViewStore} keeps in files.
 *
 * <p><b>Threads.</b> {@link #save} and {@link #move} beside reads and appends; all else while the
 * view stands still.
 */
interface StoredPart {
    /** As in {@link TableEntry#kind}. */
    int kind();

    /** Takes over the files of a checkpoint; false when one is not what the manifest means. */
    boolean restore(List<TableEntry> entries, ViewFiles files);

    /** Sets aside what {@link #save} will write. */
    void freeze();

    /** Writes what was frozen; may be tried again after a failure. Returns all files that count. */
    List<TableEntry> save(ViewFiles files);

    /** Whether its records may get other sequences. */
    boolean canMove();

    /**
     * Writes what is there and what was frozen, as {@link #save} does, with other sequences.
     *
     * @param places as for {@link TableMerge#merge}
     */
    List<TableEntry> move(LongUnaryOperator places, ViewFiles files);

    /** Reads what was saved from the disk from now on. */
    void publish();

    /** The manifest could not be written: what {@link #save} opened is not needed. */
    void undoSave();

    /** Forgets everything. */
    void clear();

    void close();
}
