package org.millrace.view;

import org.millrace.format.ViewManifest.TableEntry;

/** An immutable file of sorted entries, checked when it was opened. */
interface StoredTable extends AutoCloseable {
    TableEntry entry();

    /** How many entries it has. */
    long size();

    /** Largest sequence in it. */
    long lastSeq();

    @Override
    void close();
}
