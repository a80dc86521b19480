package org.millrace.view;

import java.lang.foreign.MemorySegment;

/**
 * Walks over sorted keys, one entry at a time, in one direction.
 *
 * <p><b>Threads.</b> One; ends before the view changes. <b>Memory.</b> The key is borrowed until
 * the next step.
 */
interface SortedWalk {
    /** Whether it stands on an entry. */
    boolean isOpen();

    void advance();

    /** What the key stands in. */
    MemorySegment block();

    long keyAt();

    int keyLength();

    long seq();
}
