package org.millrace.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Which records a query wants: both faces, map-filter-reduce and jitdb, come down to this. The
 * planner takes it apart, {@link Matcher} runs it, {@code explain} prints it.
 */
sealed interface Filter {
    Filter ALL = new And(List.of());
    Filter NONE = new Or(List.of());

    record And(List<Filter> parts) implements Filter {
        @Override
        public boolean equals(Object other) {
            return other instanceof And and && parts.equals(and.parts);
        }

        @Override
        public int hashCode() {
            return parts.hashCode();
        }

        @Override
        public String toString() {
            return parts.isEmpty() ? "everything" : join(parts, " and ");
        }
    }

    record Or(List<Filter> parts) implements Filter {
        @Override
        public boolean equals(Object other) {
            return other instanceof Or or && parts.equals(or.parts);
        }

        @Override
        public int hashCode() {
            return ~parts.hashCode();
        }

        @Override
        public String toString() {
            return parts.isEmpty() ? "nothing" : join(parts, " or ");
        }
    }

    record Not(Filter part) implements Filter {
        @Override
        public String toString() {
            return "not " + part;
        }
    }

    /** What an operator says of a value of the record. */
    record Test(Place place, Operator operator, Object argument) implements Filter {
        boolean isEqual() {
            return operator == Operator.EQ;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Test test
                    && operator == test.operator
                    && place.equals(test.place)
                    && Objects.equals(argument, test.argument);
        }

        @Override
        public int hashCode() {
            return place.hashCode() * 31 + Objects.hashCode(argument);
        }

        @Override
        public String toString() {
            return operator == Operator.PRESENT
                    ? place + " present"
                    : place + " " + operator + " " + JsonRow.of(argument);
        }
    }

    /**
     * jitdb's includes: an array holds the target, or objects whose {@code pluck} is it; or the
     * value itself is the target. No pluck = null.
     */
    record Includes(Place place, Object target, List<String> pluck) implements Filter {
        @Override
        public String toString() {
            return place + " includes " + JsonRow.of(target);
        }
    }

    /** Records by their sequence, ascending. */
    record Sequences(long[] sorted) implements Filter {
        @Override
        public String toString() {
            return sorted.length + " sequences";
        }
    }

    static Filter and(List<Filter> parts) {
        var flat = new ArrayList<Filter>();
        for (var part : parts) {
            if (part instanceof And inner) {
                flat.addAll(inner.parts);
            } else {
                flat.add(part);
            }
        }
        return flat.size() == 1 ? flat.getFirst() : new And(List.copyOf(flat));
    }

    static Filter or(List<Filter> parts) {
        return parts.size() == 1 ? parts.getFirst() : new Or(List.copyOf(parts));
    }

    /** The parts that must all be true. */
    static List<Filter> conjuncts(Filter filter) {
        return filter instanceof And and ? and.parts : List.of(filter);
    }

    private static String join(List<Filter> parts, String word) {
        return parts.stream().map(Filter::toString).collect(Collectors.joining(word, "(", ")"));
    }
}
