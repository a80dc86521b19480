package org.millrace.query;

import org.millrace.view.MountedView;
import org.millrace.view.ViewMethod;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A way to the records that may be wanted: postings of a view, several of those, or the whole log.
 * What it {@link #covers} of the filter needs no second look.
 */
sealed interface Access {
    /** How many records it leads to, or more. */
    long rows();

    Set<Filter> covers();

    /** By which places its rows come; none for no order that a query knows. */
    default Set<Place> orders() {
        return Set.of();
    }

    /** Every record, in the log's order. */
    record Scan() implements Access {
        @Override
        public long rows() {
            return Long.MAX_VALUE;
        }

        @Override
        public Set<Filter> covers() {
            return Set.of();
        }
    }

    /**
     * What a source of a view gives.
     *
     * @param kind which built-in view it is
     */
    record Postings(
            String kind,
            MountedView view,
            String method,
            Map<String, String> options,
            Set<Place> orders,
            long rows,
            Set<Filter> covers)
            implements Access {
        ViewMethod.Rows open(boolean reverse) {
            var source = view.method(method, ViewMethod.Source.class);
            var given = new HashMap<>(options);
            if (reverse) {
                given.put("reverse", "true");
            }
            var rows = view.read(_ -> source.open(given));
            return seqs -> view.read(_ -> rows.next(seqs));
        }
    }

    /** Known sequences, ascending. */
    record Known(String kind, long[] sorted, Set<Filter> covers) implements Access {
        @Override
        public long rows() {
            return sorted.length;
        }
    }

    /** What an earlier scan found for the whole filter; what came since is still to be scanned. */
    record Remembered(ScanMemory.Found found, Set<Filter> covers) implements Access {
        @Override
        public long rows() {
            return found.count();
        }
    }

    /** What any of them leads to. */
    record Union(List<Access> parts, Set<Filter> covers) implements Access {
        @Override
        public long rows() {
            return parts.stream().mapToLong(Access::rows).sum();
        }
    }

    /** What all of them lead to. */
    record Intersection(List<Access> parts, Set<Filter> covers) implements Access {
        @Override
        public long rows() {
            return parts.stream().mapToLong(Access::rows).min().orElse(0);
        }
    }

    /** All sequences up to {@code last}, ascending, each once. */
    static long[] gather(Access access, long last, Budget budget) {
        return switch (access) {
            case Known known -> upTo(known.sorted, known.sorted.length, last);
            case Postings postings -> read(postings, last, budget);
            case Union union -> {
                var all = new ArrayList<long[]>();
                union.parts.forEach(part -> all.add(gather(part, last, budget)));
                yield all.stream().flatMapToLong(Arrays::stream).sorted().distinct().toArray();
            }
            case Intersection both -> {
                long[] kept = null;
                for (var part : both.parts) {
                    long[] found = gather(part, last, budget);
                    kept = kept == null ? found : intersect(kept, found);
                }
                yield kept;
            }
            case Scan _, Remembered _ -> throw new IllegalArgumentException("read by the cursor");
        };
    }

    private static long[] read(Postings postings, long last, Budget budget) {
        var rows = postings.open(false);
        long[] seqs = new long[4096];
        long[] found = new long[1024];
        int count = 0;
        for (int n = rows.next(seqs); n > 0; n = rows.next(seqs)) {
            budget.check();
            if (count + n > found.length) {
                int larger = Math.max(found.length * 2, count + n);
                budget.take(8L * (larger - found.length));
                found = Arrays.copyOf(found, larger);
            }
            System.arraycopy(seqs, 0, found, count, n);
            count += n;
        }
        Arrays.sort(found, 0, count);
        return upTo(found, count, last);
    }

    private static long[] upTo(long[] sorted, int count, long last) {
        int end = count;
        while (end > 0 && sorted[end - 1] > last) {
            end--;
        }
        return end == sorted.length ? sorted : Arrays.copyOf(sorted, end);
    }

    private static long[] intersect(long[] a, long[] b) {
        long[] both = new long[Math.min(a.length, b.length)];
        int count = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            if (a[i] == b[j]) {
                both[count++] = a[i];
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        return Arrays.copyOf(both, count);
    }
}
