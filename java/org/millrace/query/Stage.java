package org.millrace.query;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * One step of a map-filter-reduce query behind its first filter. Made anew for every run: some keep
 * what they saw.
 */
interface Stage {
    void row(Object row, Consumer<Object> next);

    /** All rows have come. */
    default void end(Consumer<Object> next) {}

    /** Makes a stage for one run. */
    interface Maker {
        Stage make(Budget budget);

        /** Whether rows come out before all have gone in. */
        default boolean isStreaming() {
            return true;
        }
    }

    static Maker filter(Rule rule) {
        Stage stage =
                (row, next) -> {
                    if (Js.isTruthy(rule.of(row))) {
                        next.accept(row);
                    }
                };
        return _ -> stage;
    }

    /** What comes to nothing - undefined, null, 0, "" - is dropped, as the package does. */
    static Maker map(Rule rule) {
        Stage stage =
                (row, next) -> {
                    Object made = rule.of(row);
                    if (Js.isTruthy(made)) {
                        next.accept(made);
                    }
                };
        return _ -> stage;
    }

    static Maker reduce(Reduction reduction) {
        return new Gathering() {
            @Override
            public Stage make(Budget budget) {
                return new Stage() {
                    private final Reduction.Run run = reduction.run(budget);

                    @Override
                    public void row(Object row, Consumer<Object> next) {
                        run.take(row);
                    }

                    @Override
                    public void end(Consumer<Object> next) {
                        run.rows().forEach(next);
                    }
                };
            }
        };
    }

    /** Of what other stages made; records are sorted by their sequences ({@link Candidates}). */
    static Maker sort(SortOrder order) {
        record Keyed(Object[] keys, Object row) {}
        return new Gathering() {
            @Override
            public Stage make(Budget budget) {
                return new Stage() {
                    private final List<Keyed> rows = new ArrayList<>();

                    @Override
                    public void row(Object row, Consumer<Object> next) {
                        var keyed = new Keyed(order.keys(row), Rule.whole(row));
                        rows.add(keyed);
                        budget.take(keyed.row); // the keys are of it
                    }

                    @Override
                    public void end(Consumer<Object> next) {
                        rows.sort(Comparator.comparing(Keyed::keys, order));
                        rows.forEach(keyed -> next.accept(keyed.row));
                    }
                };
            }
        };
    }

    /** Keeps what it sees to the end. */
    interface Gathering extends Maker {
        @Override
        default boolean isStreaming() {
            return false;
        }
    }
}
