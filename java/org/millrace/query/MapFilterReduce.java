package org.millrace.query;

import org.millrace.codec.Paths;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads a map-filter-reduce query, {@code [{$filter}, {$map}, {$reduce}, {$sort}, ...]}: the
 * leading filters become a {@link Filter} over records, the rest {@link Stage}s.
 *
 * <p>Source: map-filter-reduce 3.2.2, make.js and index.js; flumeview-query 8.0.0, explain.js.
 */
final class MapFilterReduce {
    private final Paths paths;
    private final Field.Values values;

    /** Whether rules still see records. */
    private boolean onRecords = true;

    private MapFilterReduce(Paths paths, Field.Values values) {
        this.paths = paths;
        this.values = values;
    }

    /**
     * @param sort the paths of a {@code $sort} that ends the query, for the choice of an order;
     *     null without
     * @param first the first step's filter as it was written
     * @param order of the records before any stage sees them; null = as they come
     */
    record Parts(
            Filter filter, SortOrder order, List<Stage.Maker> stages, Object first, Object sort) {}

    /**
     * @param paths gets the paths that rules look at
     * @throws MillraceException ERR_QUERY, saying where
     */
    static Parts read(Object query, Paths paths, Field.Values values) {
        if (!(query instanceof List<?> steps)) {
            throw Written.bad(
                    "query", "expected an array of {$filter}, {$map}, {$reduce}, {$sort}");
        }
        return new MapFilterReduce(paths, values).read(steps);
    }

    private Parts read(List<?> steps) {
        var filters = new ArrayList<Filter>();
        var stages = new ArrayList<Stage.Maker>();
        SortOrder order = null;
        Object first = null;
        Object sort = null;
        for (int i = 0; i < steps.size(); i++) {
            String where = "query[" + i + "]";
            if (!Js.isTruthy(steps.get(i))) {
                continue;
            }
            var step = Written.object(steps.get(i), where);
            if (step.isEmpty()) {
                throw Written.bad(where, "expected one of $filter $map $reduce $sort");
            }
            String name = step.keySet().iterator().next();
            Object rule = step.get(name);
            where += "." + name;
            sort = name.equals("$sort") ? rule : null;
            if (name.equals("$filter") && i == 0) {
                first = rule;
            }
            if (name.equals("$filter") && stages.isEmpty()) {
                filters.add(filter(Place.of(), rule, where));
            } else if (name.equals("$sort") && stages.isEmpty()) {
                order = sortOrder(rule, where).after(order);
            } else {
                stages.add(stage(name, rule, where));
            }
        }
        return new Parts(Filter.and(filters), order, stages, first, sort);
    }

    private Stage.Maker stage(String name, Object rule, String where) {
        var stage =
                switch (name) {
                    case "$filter" -> Stage.filter(filterRule(rule, where));
                    case "$map" -> Stage.map(mapRule(rule, where));
                    case "$reduce" -> Stage.reduce(reduction(rule, where));
                    case "$sort" -> Stage.sort(sortOrder(rule, where));
                    default ->
                            throw Written.bad(where, "expected one of $filter $map $reduce $sort");
                };
        onRecords &= name.equals("$filter");
        return stage;
    }

    /** A filter over records. */
    private Filter filter(Place place, Object rule, String where) {
        if (Written.isOperators(rule)) {
            var tests = new ArrayList<Filter>();
            Written.forEachOperator(
                    rule,
                    where,
                    (operator, argument) -> tests.add(new Filter.Test(place, operator, argument)));
            return Filter.and(tests);
        }
        var parts = Written.parts(rule);
        if (parts == null) {
            return new Filter.Test(place, Operator.EQ, rule);
        }
        var tests = new ArrayList<Filter>();
        parts.forEach((key, part) -> tests.add(filter(place.under(key), part, where + "." + key)));
        // A missing whole has missing parts; only a filter that wants one of them missing asks.
        if (tests.stream().noneMatch(MapFilterReduce::needsPresence)) {
            tests.addFirst(new Filter.Test(place, Operator.PRESENT, null));
        }
        return Filter.and(tests);
    }

    private static boolean needsPresence(Filter filter) {
        return switch (filter) {
            case Filter.And(var parts) -> parts.stream().anyMatch(MapFilterReduce::needsPresence);
            case Filter.Test test ->
                    test.operator() == Operator.PRESENT
                            || test.operator() == Operator.TRUTHY
                            || test.isEqual();
            default -> false;
        };
    }

    private Rule filterRule(Object rule, String where) {
        if (Written.isOperators(rule)) {
            return operators(rule, where);
        }
        var parts = Written.parts(rule);
        if (parts == null) {
            return new Rule.Literal(rule);
        }
        var rules = new LinkedHashMap<String, Rule>();
        boolean before = onRecords;
        onRecords = false;
        parts.forEach((key, part) -> rules.put(key, filterRule(part, where + "." + key)));
        onRecords = before;
        return new Rule.Parts(rules);
    }

    private Rule mapRule(Object rule, String where) {
        if (!(rule instanceof Map<?, ?> members) || Written.isOperators(rule)) {
            return rule(rule, where);
        }
        var rules = new LinkedHashMap<String, Rule>();
        members.forEach(
                (key, member) -> {
                    String name = (String) key;
                    Object of = member == Boolean.TRUE ? name : member;
                    rules.put(name, mapRule(of, where + "." + name));
                });
        return new Rule.Members(rules);
    }

    /** A rule that reads a value: a key, a path, {@code true} for the row itself, operators. */
    private Rule rule(Object rule, String where) {
        if (rule == Boolean.TRUE) {
            return Rule.ITSELF;
        }
        var keys = Rule.keys(rule);
        if (keys != null) {
            return path(keys);
        }
        if (rule instanceof List<?> steps) {
            return chain(steps, where);
        }
        if (Written.isOperators(rule)) {
            return operators(rule, where);
        }
        throw Written.bad(where, "expected a key, a path or operators, got " + JsonRow.of(rule));
    }

    private Rule path(List<String> keys) {
        if (keys.isEmpty()) {
            return Rule.ITSELF;
        }
        return new Rule.Path(List.copyOf(keys), inRecord(keys));
    }

    /** Where a scan of the record finds it; null when none does. */
    private Field inRecord(List<String> keys) {
        boolean isInRecord = onRecords && keys.stream().noneMatch(key -> key.startsWith("-"));
        return isInRecord ? new Field(new Place(List.copyOf(keys)), paths, values) : null;
    }

    /** Leading keys are read out of the record together. */
    private Rule chain(List<?> steps, String where) {
        var rules = new ArrayList<Rule>();
        int from = 0;
        while (from < steps.size() && Rule.keys(steps.get(from)) != null) {
            from++;
        }
        if (from > 0) {
            rules.add(path(Rule.keys(steps.subList(0, from))));
        }
        boolean before = onRecords;
        onRecords &= from == 0;
        for (int i = from; i < steps.size(); i++) {
            rules.add(rule(steps.get(i), where + "[" + i + "]"));
            onRecords = false;
        }
        onRecords = before;
        return new Rule.Chain(rules);
    }

    private Rule operators(Object rule, String where) {
        var operators = new ArrayList<Operator>();
        var arguments = new ArrayList<Object>();
        Written.forEachOperator(
                rule,
                where,
                (operator, argument) -> {
                    operators.add(operator);
                    arguments.add(argument);
                });
        return new Rule.Operators(operators, arguments);
    }

    private Reduction reduction(Object rule, String where) {
        var keys = new ArrayList<Reduction.Key>();
        var root = node(rule, List.of(), keys, where);
        if (root instanceof Reduction.Common) {
            throw Written.bad(where, "expected an object, or a reduction such as {$count: true}");
        }
        return new Reduction(root, keys);
    }

    private Reduction.Node node(
            Object rule, List<String> place, List<Reduction.Key> keys, String where) {
        if (rule instanceof Map<?, ?> members) {
            for (var function : Reduction.Function.values()) {
                String name = "$" + function.name().toLowerCase(Locale.ROOT);
                if (members.containsKey(name)) {
                    return new Reduction.Fold(
                            function, rule(members.get(name), where + "." + name));
                }
            }
            if (!Written.isOperators(rule)) {
                var nodes = new LinkedHashMap<String, Reduction.Node>();
                members.forEach(
                        (key, member) -> {
                            var under = new ArrayList<>(place);
                            under.add((String) key);
                            nodes.put((String) key, node(member, under, keys, where + "." + key));
                        });
                return new Reduction.Members(nodes);
            }
        }
        var common = rule(rule, where);
        keys.add(new Reduction.Key(place, common));
        return new Reduction.Common(common);
    }

    private SortOrder sortOrder(Object rule, String where) {
        if (!(rule instanceof List<?> list)) {
            throw Written.bad(where, "expected an array of paths");
        }
        var sorted = new ArrayList<SortOrder.Path>();
        boolean isReversed = false; // from the first $reverse on, as in the package
        for (Object each : list) {
            Object path = each;
            if (each instanceof Map<?, ?> reversed) {
                path = reversed.get("$reverse");
                isReversed = true;
            }
            var keys = Rule.keys(path);
            if (keys == null) {
                throw Written.bad(
                        where, "expected a path or {$reverse: path}, got " + JsonRow.of(each));
            }
            sorted.add(new SortOrder.Path(keys, inRecord(keys), isReversed));
        }
        return new SortOrder(sorted);
    }
}
