package org.millrace.log;

import java.util.Arrays;

/**
 * Where the records of a log went when it was compacted: which moved, by how much, and which are
 * gone. No record overtakes another.
 *
 * <p><b>Threads.</b> Any; it does not change.
 *
 * <p><b>Memory.</b> 16 bytes on the heap for each stretch of records that moved by the same or went
 * together; at most {@value #STRETCHES_MAX} stretches.
 */
public final class Moves {
    private static final int STRETCHES_MAX = 1 << 21;

    private final long from;
    private final long to;
    private final double left;

    /** First sequence of each stretch, ascending. Those before the first one stayed. */
    private final long[] starts;

    /** By how much its records moved towards the log's beginning; or {@link #gone}. */
    private final long[] shifts;

    private Moves(long from, long to, double left, long[] starts, long[] shifts) {
        this.from = from;
        this.to = to;
        this.left = left;
        this.starts = starts;
        this.shifts = shifts;
    }

    /** The log's epoch before. */
    public long from() {
        return from;
    }

    /** The log's epoch since. */
    public long to() {
        return to;
    }

    /** Which part of the log's bytes is left, 0 to 1. */
    public double left() {
        return left;
    }

    /** The sequence that a record has now; -1 when it is gone. */
    public long of(long seq) {
        long shift = shift(seq);
        return shift < 0 ? -1 : seq - shift;
    }

    /** As {@link #of}, of the newest record up to this one that is left; -1 when none is. */
    public long upTo(long seq) {
        long shift = shift(seq);
        return shift < 0 ? lastBefore(shift) : seq - shift;
    }

    private long shift(long seq) {
        int found = Arrays.binarySearch(starts, seq);
        int stretch = found >= 0 ? found : -found - 2;
        return stretch < 0 ? 0 : shifts[stretch];
    }

    /** Of a stretch whose records are gone: tells the new sequence of the record before it too. */
    private static long gone(long lastBefore) {
        return -2 - lastBefore;
    }

    private static long lastBefore(long gone) {
        return -2 - gone;
    }

    /** What a compaction notes while it runs: each record that it comes to, in order. */
    public static final class Noting {
        private long[] starts = new long[16];
        private long[] shifts = new long[16];
        private int count;
        private boolean isIncomplete;
        private long last = -1;

        /** Nothing moved yet. */
        public Noting() {}

        /** Records up to this one stay; -1 = none does. Before all else. */
        public void stays(long upTo) {
            last = upTo;
        }

        public void moved(long seq, long now) {
            last = now;
            if (count == 0 ? seq != now : shifts[count - 1] != seq - now) {
                begin(seq, seq - now);
            }
        }

        public void gone(long seq) {
            if (count == 0 || shifts[count - 1] >= 0) {
                begin(seq, Moves.gone(last));
            }
        }

        /** Some records went before anybody noted it. */
        public void incomplete() {
            isIncomplete = true;
        }

        /**
         * All has been noted.
         *
         * @param from the log's epoch before
         * @param to the log's epoch now
         * @param left which part of its bytes is left
         * @return null when it is incomplete, or too much to be kept
         */
        public Moves done(long from, long to, double left) {
            return isIncomplete
                    ? null
                    : new Moves(
                            from,
                            to,
                            left,
                            Arrays.copyOf(starts, count),
                            Arrays.copyOf(shifts, count));
        }

        private void begin(long seq, long shift) {
            if (count == STRETCHES_MAX) {
                isIncomplete = true;
                return;
            }
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
                shifts = Arrays.copyOf(shifts, count * 2);
            }
            starts[count] = seq;
            shifts[count++] = shift;
        }
    }
}
