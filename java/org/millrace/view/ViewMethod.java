package org.millrace.view;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/** How a view is read, in the three ways that can cross into another language without objects. */
public sealed interface ViewMethod {
    /** One key, one record. */
    @FunctionalInterface
    non-sealed interface Lookup extends ViewMethod {
        /**
         * @param key borrowed for the call
         * @return the record's sequence; -1 when the view does not know the key
         */
        long find(MemorySegment key);
    }

    /** A small answer computed from the view's state. */
    @FunctionalInterface
    non-sealed interface Value extends ViewMethod {
        /**
         * @param options by name; unknown names are ignored
         * @return the answer as JSON
         */
        String read(Map<String, String> options);
    }

    /** Many records. */
    @FunctionalInterface
    non-sealed interface Source extends ViewMethod {
        /**
         * @param options by name; unknown names are ignored
         * @return the records' sequences in the order asked for
         */
        Rows open(Map<String, String> options);
    }

    /** Sequences, a few at a time. One thread at a time. */
    @FunctionalInterface
    interface Rows {
        /**
         * @param seqs filled from its beginning
         * @return how many; 0 = no more
         */
        int next(long[] seqs);

        /**
         * The key of a row of the last batch, borrowed until the next; null where rows have none.
         */
        default MemorySegment key(int row) {
            return null;
        }
    }
}
