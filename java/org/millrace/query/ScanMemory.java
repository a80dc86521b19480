package org.millrace.query;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What scans of one log found, by filter: the next query with the same filter scans only what was
 * appended since. A filter that no view answers costs its scan once.
 *
 * <p>What was found in one {@link Log#epoch} is not known in another: records have moved. Deleted
 * records may stand in it.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>Memory.</b> At most {@value #FILTERS_MAX} filters of at most {@value #SEQUENCES_MAX}
 * sequences of 8 bytes: 4 MiB.
 */
public final class ScanMemory {
    private static final int FILTERS_MAX = 32;
    private static final int SEQUENCES_MAX = 16_384;

    private final Map<Wanted, Found> found =
            new LinkedHashMap<>(FILTERS_MAX * 2, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Wanted, Found> eldest) {
                    return size() > FILTERS_MAX;
                }
            };

    /** Raised by {@link #clear}: what began before is not kept. */
    private int era;

    /** Knows nothing yet. */
    public ScanMemory() {}

    /** Matches up to a sequence, ascending; null when it is not known. */
    synchronized Found find(Query query, long epoch) {
        return found.get(Wanted.by(query, epoch));
    }

    /** What the records hold has changed: some were decrypted. */
    public synchronized void clear() {
        found.clear();
        era++;
    }

    /**
     * Begins to take notes of a scan up to {@code upTo}.
     *
     * @param epoch of the log before that sequence was asked for
     */
    synchronized Notes begin(Query query, long upTo, long epoch) {
        return new Notes(Wanted.by(query, epoch), upTo, era);
    }

    private synchronized void keep(Notes notes) {
        boolean isFew = notes.count <= SEQUENCES_MAX;
        if (notes.era == era && isFew && !notes.wanted.filter.equals(Filter.ALL)) {
            found.put(notes.wanted, new Found(notes.sequences(), notes.upTo));
        }
    }

    /** The same bytes are other records in another encoding. */
    private record Wanted(Encoding encoding, Filter filter, long epoch) {
        static Wanted by(Query query, long epoch) {
            return new Wanted(query.encoding, query.filter, epoch);
        }
    }

    /**
     * @param sorted the matches' sequences
     */
    record Found(long[] sorted, long upTo) {
        int count() {
            return sorted.length;
        }

        /** Those up to {@code last}. */
        long[] upTo(long last) {
            int end = Arrays.binarySearch(sorted, last);
            return Arrays.copyOf(sorted, end >= 0 ? end + 1 : ~end);
        }
    }

    /** Of one scan, which may run either way. */
    final class Notes {
        private final Wanted wanted;
        private final long upTo;
        private final int era;
        private long[] seqs = new long[16];
        private int count;
        private boolean isWhole;

        private Notes(Wanted wanted, long upTo, int era) {
            this.wanted = wanted;
            this.upTo = upTo;
            this.era = era;
        }

        void add(long seq) {
            // One more than is kept says that there were too many.
            if (count <= SEQUENCES_MAX || isWhole) {
                if (count == seqs.length) {
                    seqs = Arrays.copyOf(seqs, count * 2);
                }
                seqs[count++] = seq;
            }
        }

        /** What stands there before; now {@link #sequences} are all, however many. */
        void add(Found before) {
            isWhole = true;
            for (long seq : before.sorted) {
                add(seq);
            }
        }

        /** Ascending. */
        long[] sequences() {
            long[] sorted = Arrays.copyOf(seqs, count);
            Arrays.sort(sorted);
            return sorted;
        }

        /** The scan has seen everything. */
        void keep() {
            ScanMemory.this.keep(this);
        }
    }
}
