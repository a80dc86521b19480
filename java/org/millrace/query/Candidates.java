package org.millrace.query;

import org.millrace.view.Selection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Sequences, one after the other, in the order in which rows are to come. */
@FunctionalInterface
interface Candidates {
    /** -1 when there are no more. */
    long next();

    /** What a view gives, in its order. */
    static Candidates of(Access.Postings postings, boolean reverse, long last) {
        var rows = postings.open(reverse);
        long[] seqs = new long[512];
        int[] at = new int[2];
        return () -> {
            while (true) {
                while (at[0] < at[1]) {
                    long seq = seqs[at[0]++];
                    if (seq <= last) {
                        return seq;
                    }
                }
                at[0] = 0;
                at[1] = rows.next(seqs);
                if (at[1] == 0) {
                    return -1;
                }
            }
        };
    }

    static Candidates of(long[] seqs, boolean reverse) {
        int[] at = {reverse ? seqs.length - 1 : 0};
        return () -> {
            int i = at[0];
            at[0] += reverse ? -1 : 1;
            return i >= 0 && i < seqs.length ? seqs[i] : -1;
        };
    }

    /** Matches sorted by what they hold. */
    static Candidates sorted(Query query, Matches matches, Budget budget) {
        var number = query.order.number();
        var fields = query.orderFields;
        return number != null
                ? byNumber(fields.getFirst(), matches, query.options.reverse(), budget)
                : byValues(fields, matches, query.options.reverse(), budget);
    }

    private static Candidates byNumber(
            Field field, Matches matches, boolean reverse, Budget budget) {
        var found = new ArrayList<Ranked>();
        while (matches.next()) {
            budget.take(40);
            found.add(new Ranked(rank(field, matches), matches.seq));
        }
        found.sort(null);
        return of(found.stream().mapToLong(Ranked::seq).toArray(), reverse);
    }

    private static Candidates byValues(
            List<Field> fields, Matches matches, boolean reverse, Budget budget) {
        var found = new ArrayList<Keyed>();
        while (matches.next()) {
            Object[] keys = new Object[fields.size()];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = fields.get(i).value(matches.message);
            }
            budget.takeKeys(keys);
            found.add(new Keyed(keys, matches.seq));
        }
        Comparator<Keyed> byKeys =
                (a, b) -> {
                    for (int i = 0; i < a.keys.length; i++) {
                        int order = Js.compareTypes(a.keys[i], b.keys[i]);
                        if (order != 0) {
                            return order;
                        }
                    }
                    return Long.compare(a.seq, b.seq);
                };
        found.sort(byKeys);
        return of(found.stream().mapToLong(Keyed::seq).toArray(), reverse);
    }

    /** Matches in an order of their own; those that are alike come as they came. */
    static Candidates sorted(SortOrder order, Row row, Matches matches, Budget budget) {
        var found = new ArrayList<Keyed>();
        while (matches.next()) {
            var keyed = new Keyed(order.keys(row.over(matches.message)), matches.seq);
            budget.takeKeys(keyed.keys);
            found.add(keyed);
        }
        found.sort(Comparator.comparing(Keyed::keys, order));
        return of(found.stream().mapToLong(Keyed::seq).toArray(), false);
    }

    /**
     * Newest first by the time that authors assert, from matches that come newest first by the time
     * they were received. Nothing is asserted to be later than it was received: once the matches
     * are past a time, what waits with a later one is next.
     */
    static Candidates reordered(Field asserted, Matches matches, Budget budget) {
        var waiting = new PriorityQueue<Ranked>(Comparator.reverseOrder());
        boolean[] isOver = new boolean[1];
        long[] past = {Long.MAX_VALUE};
        return () -> {
            while (!isOver[0] && (waiting.isEmpty() || waiting.peek().rank <= past[0])) {
                if (matches.next()) {
                    budget.take(40);
                    waiting.add(new Ranked(rank(asserted, matches), matches.seq));
                    past[0] = Selection.orderOfTime(matches.message.receivedTimestamp());
                } else {
                    isOver[0] = true;
                }
            }
            return waiting.isEmpty() ? -1 : waiting.poll().seq;
        };
    }

    private static long rank(Field field, Matches matches) {
        return Selection.orderOfTime(field.number(matches.message));
    }

    /** Compared by what stands at some places. */
    record Keyed(Object[] keys, long seq) {}

    /** Compared by rank, then by sequence. */
    record Ranked(long rank, long seq) implements Comparable<Ranked> {
        @Override
        public int compareTo(Ranked other) {
            int order = Long.compare(rank, other.rank);
            return order != 0 ? order : Long.compare(seq, other.seq);
        }
    }
}
