package org.millrace.query;

import org.millrace.codec.JsonWriter;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How a query is run: by which way to the records, what is still to be checked of each, and how
 * rows come into order.
 *
 * @param residual what the way does not answer itself
 */
record Plan(Query query, Access access, Filter residual, Mode mode) {
    /** How rows come into the order that is asked for. */
    enum Mode {
        /** They come in it. */
        STREAM,
        /** They nearly do: each waits until no later one can stand before it. */
        REORDER,
        /** Their sequences are sorted before they are read. */
        SORT_SEQUENCES,
        /** They are read, and sorted by what they hold. */
        SORT_VALUES
    }

    /** Records that a query may read on its caller's thread. */
    private static final long LIGHT_ROWS = 1024;

    /** A record of the log costs as much as so many postings. */
    private static final long POSTINGS_PER_RECORD = 64;

    private static final long INTERSECT_MIN = 256;

    /** So much larger a way may be when it spares the sort. */
    private static final long SORT_FACTOR = 4;

    static Plan of(Query query, Indexes indexes, ScanMemory memory, long epoch) {
        var conjuncts = Filter.conjuncts(query.filter);
        var ways = indexes.of(conjuncts);
        var best = Indexes.best(ways);
        if (best == null) {
            return withoutIndex(query, indexes, memory.find(query, epoch));
        }
        var way = best;
        for (var other : ways) {
            boolean isNear = other.rows() <= best.rows() * SORT_FACTOR + LIGHT_ROWS;
            if (isNear && isInOrder(query, other) && !isInOrder(query, way)) {
                way = other;
            }
        }
        var mode = mode(query, way);
        if (mode == Mode.SORT_SEQUENCES || mode == Mode.SORT_VALUES) {
            way = intersected(way, ways);
        }
        return new Plan(query, way, residual(conjuncts, way), mode);
    }

    private static Plan withoutIndex(Query query, Indexes indexes, ScanMemory.Found found) {
        if (found != null && found.count() <= LIGHT_ROWS) {
            return remembered(query, found);
        }
        var order = query.order.number();
        boolean isShort = query.options.limit() > 0 && query.isPlain();
        if (order != null && isShort) {
            boolean isComputed = order.isComputed() && query.options.reverse();
            var way = indexes.byTime(isComputed ? Place.RECEIVED : order);
            if (way != null) {
                return new Plan(query, way, query.filter, mode(query, way));
            }
        }
        if (found != null) {
            return remembered(query, found);
        }
        var mode = query.order.isLog() ? Mode.STREAM : Mode.SORT_VALUES;
        return new Plan(query, new Access.Scan(), query.filter, mode);
    }

    private static Plan remembered(Query query, ScanMemory.Found found) {
        var covers = Set.copyOf(Filter.conjuncts(query.filter));
        var mode = query.order.isLog() ? Mode.SORT_SEQUENCES : Mode.SORT_VALUES;
        return new Plan(query, new Access.Remembered(found, covers), Filter.ALL, mode);
    }

    private static Access intersected(Access best, List<Access> ways) {
        if (best.rows() < INTERSECT_MIN) {
            return best;
        }
        var parts = new ArrayList<>(List.of(best));
        var covers = new HashSet<>(best.covers());
        for (var way : ways) {
            boolean isCheap = way.rows() / POSTINGS_PER_RECORD < best.rows();
            if (way != best && isCheap && !covers.containsAll(way.covers())) {
                parts.add(way);
                covers.addAll(way.covers());
            }
        }
        return parts.size() == 1 ? best : new Access.Intersection(parts, covers);
    }

    private static Filter residual(List<Filter> conjuncts, Access way) {
        return Filter.and(conjuncts.stream().filter(each -> !way.covers().contains(each)).toList());
    }

    private static boolean isInOrder(Query query, Access way) {
        var mode = mode(query, way);
        return mode == Mode.STREAM || mode == Mode.REORDER;
    }

    private static Mode mode(Query query, Access way) {
        if (query.order.isLog()) {
            return Mode.SORT_SEQUENCES;
        }
        var wanted = query.order.number();
        if (wanted == null) {
            return Mode.SORT_VALUES;
        }
        if (way.orders().contains(wanted)) {
            return Mode.STREAM;
        }
        boolean isBounded = wanted.isComputed() && way.orders().contains(Place.RECEIVED);
        return isBounded && query.options.reverse() ? Mode.REORDER : Mode.SORT_VALUES;
    }

    /** Whether every record on the way is a row. */
    boolean isExact() {
        return residual.equals(Filter.ALL);
    }

    /** Whether only a number is wanted, and the way's is the one. */
    boolean isCount() {
        return query.isCount && isExact() && access instanceof Access.Postings;
    }

    /** Whether it is over so soon that no other thread is worth it. */
    boolean isLight(long since) {
        if (access instanceof Access.Remembered(var found, _) && found.upTo() < since) {
            return false;
        }
        if (isCount()) {
            return true;
        }
        boolean stopsSoon =
                query.options.skip() <= LIGHT_ROWS
                        && isExact()
                        && query.isPlain()
                        && mode == Mode.STREAM;
        return stopsSoon || access.rows() <= LIGHT_ROWS;
    }

    /** For a person: JSON. */
    String explain() {
        var told = new LinkedHashMap<String, Object>();
        boolean isScan = access instanceof Access.Scan;
        told.put("scan", isScan);
        told.put("index", describe(access));
        if (!isScan) {
            told.put("rows", access.rows());
        }
        told.put("filter", isExact() ? null : residual.toString());
        told.put("order", query.order.toString());
        told.put("reverse", query.options.reverse());
        told.put("sort", mode.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        told.put("live", query.options.live());
        return JsonWriter.write(told);
    }

    private static Object describe(Access access) {
        return switch (access) {
            case Access.Scan _ -> null;
            case Access.Known known -> known.kind();
            case Access.Remembered _ -> "earlier scan";
            case Access.Postings postings -> {
                Map<String, Object> told = new LinkedHashMap<>();
                told.put("view", postings.kind());
                told.put("method", postings.method());
                told.putAll(new TreeMap<>(postings.options()));
                told.values().removeAll(List.of("-Infinity", "Infinity"));
                told.put("rows", postings.rows());
                yield told;
            }
            case Access.Union union ->
                    Map.of("any", union.parts().stream().map(Plan::describe).toList());
            case Access.Intersection both ->
                    Map.of("all", both.parts().stream().map(Plan::describe).toList());
        };
    }
}
