package org.millrace.query;

import org.millrace.codec.Encoding;
import org.millrace.codec.Paths;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A query as both faces mean it: which records, in which order, what is made of them, how many.
 *
 * <p><b>Threads.</b> Immutable; any number of runs.
 */
public final class Query {
    final Encoding encoding;
    final Filter filter;

    /** Of the records, once they are in {@link #order}; null = none. */
    final SortOrder sort;

    final List<Stage.Maker> stages;
    final Order order;
    final Options options;

    /** What a scan of a record has to look for. */
    final Paths paths;

    /** What records are read with. */
    final Reading.Pool readings;

    /** Compiled: the filter, and what of it some ways to the records leave to be checked. */
    private final Map<Filter, Matcher> matchers = new ConcurrentHashMap<>();

    /** The whole record, for rules. */
    final Field record;

    /** Where the order's values stand. */
    final List<Field> orderFields;

    /** Whether the only row is how many records there are. */
    final boolean isCount;

    private Query(
            Encoding encoding,
            Paths paths,
            Filter filter,
            SortOrder sort,
            List<Stage.Maker> stages,
            Order order,
            Options options,
            boolean isCount) {
        this.isCount = isCount;
        this.encoding = encoding;
        this.paths = paths;
        this.filter = filter;
        this.sort = sort;
        this.stages = List.copyOf(stages);
        this.order = order;
        this.options = options;
        matcher(filter);
        readings = new Reading.Pool(this);
        record = new Field(Place.of(), paths, values(encoding));
        orderFields =
                order.places().stream()
                        .map(place -> new Field(place, paths, values(encoding)))
                        .toList();
        boolean isGathering =
                sort != null || stages.stream().anyMatch(stage -> !stage.isStreaming());
        if (options.live && isGathering) {
            throw Written.bad("query", "$reduce and $sort never end when live is asked for");
        }
    }

    /**
     * What is asked beside the filter.
     *
     * @param limit rows at most; 0 = all
     * @param skip rows left out first
     * @param live goes on with what is appended later
     * @param old gives what is there already
     */
    public record Options(
            boolean reverse,
            long limit,
            long skip,
            boolean live,
            boolean old,
            Budget.Limits limits) {
        public static final Options NONE =
                new Options(false, 0, 0, false, true, Budget.Limits.DEFAULT);

        /** Everything that is there, in no order. */
        Options once() {
            return new Options(false, 0, 0, false, true, limits);
        }
    }

    /**
     * Reads a map-filter-reduce query, as flumeview-query takes it.
     *
     * @param text JSON: an array of {$filter}, {$map}, {$reduce}, {$sort}
     * @param indexes JSON, or null for ssb-query's: an array of arrays of paths. Rows come in the
     *     order of the one that flumeview-query would choose; with {@code []}, as in the log
     * @throws MillraceException ERR_QUERY, saying where
     */
    public static Query mapFilterReduce(
            String text, String indexes, Encoding encoding, Options options) {
        var paths = new Paths();
        var parts = MapFilterReduce.read(JsonReader.query(text), paths, values(encoding));
        var chosen = FlumeOrder.choose(indexes(indexes), parts.first(), parts.sort());
        var filters = new ArrayList<>(Filter.conjuncts(parts.filter()));
        for (var place : chosen.members()) {
            if (!place.isComputed() && filters.stream().noneMatch(each -> implies(each, place))) {
                filters.add(new Filter.Test(place, Operator.PRESENT, null));
            }
        }
        filters.removeIf(each -> filters.stream().anyMatch(other -> isAbove(each, other)));
        var filter = Filter.and(filters);
        return new Query(
                encoding,
                paths,
                filter,
                parts.order(),
                parts.stages(),
                chosen.order(),
                options,
                false);
    }

    /**
     * Reads jitdb's operators, as {@link JitOperators} has them.
     *
     * @param byArrival in the log's order instead of by time
     * @throws MillraceException ERR_QUERY, saying where
     */
    public static Query operators(
            String text, boolean byArrival, Encoding encoding, Options options) {
        var filter = JitOperators.read(JsonReader.query(text));
        var order = byArrival ? Order.LOG : Order.by(Place.ASSERTED);
        return new Query(encoding, new Paths(), filter, null, List.of(), order, options, false);
    }

    /** The same records, of which only the number is wanted: one row, or none for 0. */
    public Query counting() {
        var count = new ArrayList<>(stages);
        var fold = new Reduction.Fold(Reduction.Function.COUNT, Rule.ITSELF);
        count.add(Stage.reduce(new Reduction(fold, List.of())));
        return new Query(
                encoding, paths, filter, null, count, Order.LOG, options.once(), stages.isEmpty());
    }

    /** Whether its rows are the records that match, as they come. */
    boolean isPlain() {
        return sort == null && stages.isEmpty();
    }

    /**
     * Compiles this query's filter, or a part of it.
     *
     * @return null when there is nothing to check
     */
    Matcher matcher(Filter part) {
        return part.equals(Filter.ALL)
                ? null
                : matchers.computeIfAbsent(part, _ -> Matcher.of(part, paths, values(encoding)));
    }

    static Field.Values values(Encoding encoding) {
        return switch (encoding) {
            case JSON -> Field.Values.JSON;
            case BIPF -> new Bipf();
            case CBOR -> new Cbor();
        };
    }

    /**
     * Whether all it asks is that something stands above a place where the other finds something.
     */
    private static boolean isAbove(Filter filter, Filter other) {
        if (!(filter instanceof Filter.Test above && other instanceof Filter.Test below)) {
            return false;
        }
        var path = below.place().path();
        int depth = above.place().path().size();
        return above.operator() == Operator.PRESENT
                && depth < path.size()
                && !below.place().isComputed()
                && path.subList(0, depth).equals(above.place().path())
                && !(below.isEqual() && below.argument() == null)
                && implies(below, below.place());
    }

    /** Whether a record that passes has something at the place. */
    private static boolean implies(Filter filter, Place place) {
        return filter instanceof Filter.Test test
                && test.place().equals(place)
                && switch (test.operator()) {
                    case EQ, LT, GT, LTE, GTE, PREFIX, TRUTHY, PRESENT -> true;
                    default -> false;
                };
    }

    private static List<List<Place>> indexes(String text) {
        if (text == null) {
            return FlumeOrder.SSB;
        }
        var indexes = new ArrayList<List<Place>>();
        if (!(JsonReader.query(text) instanceof List<?> list)) {
            throw Written.bad("indexes", "expected an array of arrays of paths");
        }
        for (Object each : list) {
            var places = new ArrayList<Place>();
            Object paths = each instanceof Map<?, ?> named ? named.get("value") : each;
            if (!(paths instanceof List<?> index)) {
                throw Written.bad("indexes", "expected an array of paths");
            }
            for (Object path : index) {
                var keys = Rule.keys(path);
                if (keys == null) {
                    throw Written.bad("indexes", "no path: " + JsonRow.of(path));
                }
                places.add(new Place(List.copyOf(keys)));
            }
            indexes.add(places);
        }
        return indexes;
    }
}
