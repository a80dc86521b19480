package org.millrace.query;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The order that flumeview-query gives its rows in: that of the index it would read, which its
 * scores choose from a list. Ours need not be there; only the choice is the same, so that rows come
 * in the same order.
 *
 * <p>Source: flumeview-query 8.0.0, select.js and explain.js; map-filter-reduce 3.2.2, util.js;
 * ssb-query 2.4.5, index.js, for the indexes of SSB.
 */
final class FlumeOrder {
    /** ssb-query's. */
    static final List<List<Place>> SSB =
            List.of(
                    List.of(Place.RECEIVED),
                    List.of(Place.AUTHOR, Place.SEQUENCE),
                    List.of(Place.content("type"), Place.RECEIVED),
                    List.of(Place.content("type"), Place.CLAIMED),
                    List.of(Place.content("channel"), Place.RECEIVED),
                    List.of(Place.AUTHOR, Place.content("type"), Place.RECEIVED),
                    List.of(Place.AUTHOR, Place.content("type"), Place.CLAIMED),
                    List.of(Place.content("root"), Place.CLAIMED),
                    List.of(Place.RTS));

    private static final List<String> RANGES = List.of("$lt", "$gt", "$lte", "$gte");
    private static final List<String> TYPES =
            List.of("string", "boolean", "array", "undefined", "null");

    private FlumeOrder() {}

    /**
     * @param order of the rows
     * @param members places that a row must have to be in the index
     */
    record Choice(Order order, List<Place> members) {}

    /**
     * @param filter the first step's filter, as it was written; null without
     * @param sort the last step's {@code $sort}; null without
     */
    static Choice choose(List<List<Place>> indexes, Object filter, Object sort) {
        var chosen = sort != null ? byPaths(indexes, sort) : byScore(indexes, filter);
        if (chosen == null) {
            return new Choice(Order.LOG, List.of());
        }
        var open = new ArrayList<Place>();
        var seen = new HashSet<Place>();
        for (var place : chosen) {
            Object wanted = at(filter, place);
            boolean isFixed = sort == null && isExact(wanted) && !(wanted instanceof List);
            if (!isFixed && seen.add(place)) {
                open.add(place);
            }
        }
        return new Choice(new Order(open), chosen);
    }

    private static List<Place> byScore(List<List<Place>> indexes, Object filter) {
        List<Place> best = null;
        long most = 0;
        for (var index : indexes) {
            long score = 0;
            for (var place : index) {
                Object wanted = at(filter, place);
                int points = isExact(wanted) ? 2 : isRange(wanted) ? 1 : 0;
                if (points == 0) {
                    break;
                }
                score = score * score + points;
            }
            if (score > most) {
                most = score;
                best = index;
            }
        }
        return best;
    }

    /** An index of one key is written as that key, others as their paths. */
    private static List<Place> byPaths(List<List<Place>> indexes, Object sort) {
        if (!(sort instanceof List<?> paths)) {
            return null;
        }
        var wanted = new ArrayList<Place>();
        for (Object path : paths) {
            boolean isKey = paths.size() == 1 && path instanceof String;
            var keys = isKey || path instanceof List ? Rule.keys(path) : null;
            if (keys == null) {
                return null;
            }
            wanted.add(new Place(List.copyOf(keys)));
        }
        return indexes.contains(wanted) ? wanted : null;
    }

    private static Object at(Object filter, Place place) {
        Object at = filter;
        for (String key : place.path()) {
            at = at instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return at;
    }

    private static boolean isExact(Object wanted) {
        return switch (wanted) {
            case null -> false;
            case Map<?, ?> map -> map.containsKey("$eq");
            case List<?> list -> list.stream().allMatch(FlumeOrder::isExact);
            default -> true;
        };
    }

    private static boolean isRange(Object wanted) {
        return switch (wanted) {
            case Map<?, ?> map ->
                    Js.isTruthy(map.get("$prefix"))
                            || map.get("$is") instanceof String type && TYPES.contains(type)
                            || RANGES.stream().anyMatch(map::containsKey);
            case List<?> list -> list.stream().anyMatch(FlumeOrder::isRange);
            case null, default -> false;
        };
    }
}
