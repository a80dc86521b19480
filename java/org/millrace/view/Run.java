package org.millrace.view;

/**
 * A part of an index: the postings of a range of the log, in memory or in a table.
 *
 * <p><b>Threads.</b> Many readers.
 */
interface Run {
    /** Largest sequence in it; -1 when empty. */
    long lastSeq();

    /**
     * Adds the postings of a key that are wanted, in rising order: of more than {@code max} the
     * first ones, or the last ones when read in reverse.
     */
    void collect(IndexKey key, Selection wanted, Deleted deleted, int max, PostingList to);

    /** How many postings of a key are wanted; the limit does not matter. */
    long count(IndexKey key, Selection wanted, Deleted deleted);

    /** Sequence of the key's last posting, for keys whose order is always 0; -1 when none. */
    long newest(IndexKey key, Deleted deleted);
}
