package org.millrace.query;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * All rows that a query gave.
 *
 * @param standing of what it was asked of
 * @param seqs of the records; of those deleted since, no row is given
 * @param made the rows as JSON, when they are not records; else empty
 */
record Answer(Standing standing, long[] seqs, List<byte[]> made) {
    /**
     * What answers depend on: while none of it is another, neither are they.
     *
     * @param changes of records that views have taken in: deleted, decrypted
     */
    record Standing(long epoch, long since, int changes) {
        /** Not equals: see {@link Place}. */
        boolean isSameAs(Standing other) {
            return epoch == other.epoch && since == other.since && changes == other.changes;
        }
    }

    /**
     * Taken while a query runs.
     *
     * <p><b>Threads.</b> That of the run.
     *
     * <p><b>Limits.</b> {@value #ROWS_MAX} rows, {@value #BYTES_MAX} bytes of JSON; of larger
     * answers nothing is kept.
     */
    static final class Notes {
        private static final int ROWS_MAX = 4096;
        private static final int BYTES_MAX = 16 << 10;

        private final Standing standing;
        private final Consumer<Answer> to;
        private final List<byte[]> made = new ArrayList<>();
        private long[] seqs = new long[64];
        private int rows;
        private int bytes;

        Notes(Standing standing, Consumer<Answer> to) {
            this.standing = standing;
            this.to = to;
        }

        /**
         * @param text the row's JSON; null when it is the record itself
         */
        void add(long seq, byte[] text) {
            if (rows < ROWS_MAX && bytes <= BYTES_MAX) {
                if (rows == seqs.length) {
                    seqs = Arrays.copyOf(seqs, rows * 2);
                }
                seqs[rows] = seq;
                if (text != null) {
                    made.add(text);
                    bytes += text.length;
                }
            }
            rows++;
        }

        /** The run is over and gave all of its rows. */
        void keep() {
            if (rows <= ROWS_MAX && bytes <= BYTES_MAX) {
                to.accept(new Answer(standing, Arrays.copyOf(seqs, rows), List.copyOf(made)));
            }
        }
    }
}
