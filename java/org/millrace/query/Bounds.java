package org.millrace.query;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Options of a view's source, and which filters they stand for. */
final class Bounds {
    final Map<String, String> options = new HashMap<>();
    final Set<Filter> covers = new HashSet<>();

    void put(String option, Filter.Test test) {
        options.put(option, (String) test.argument());
        covers.add(test);
    }

    /** Takes over what is asked of a number; the tightest of several bounds. */
    void range(Place place, List<Filter> conjuncts, boolean isInteger) {
        double low = Double.NEGATIVE_INFINITY;
        double high = Double.POSITIVE_INFINITY;
        boolean found = false;
        for (var part : conjuncts) {
            if (!(part instanceof Filter.Test test) || !test.place().equals(place)) {
                continue;
            }
            if (test.operator() == Operator.PRESENT) {
                found = true;
                covers.add(test);
            } else if (test.argument() instanceof Double bound) {
                switch (test.operator()) {
                    case GT -> low = Math.max(low, Math.nextUp(bound));
                    case GTE -> low = Math.max(low, bound);
                    case LT -> high = Math.min(high, Math.nextDown(bound));
                    case LTE -> high = Math.min(high, bound);
                    case EQ -> {
                        low = Math.max(low, bound);
                        high = Math.min(high, bound);
                    }
                    default -> {
                        continue;
                    }
                }
                found = true;
                covers.add(test);
            }
        }
        if (found) {
            put("gte", isInteger ? Math.max(-1, Math.ceil(low)) : low);
            put("lte", isInteger ? Math.floor(high) : high);
        }
    }

    private void put(String option, double bound) {
        options.put(option, Double.toString(bound));
    }
}
