package org.millrace.query;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads jitdb's and ssb-db2's operators, each an object of one key: {@code {"and": [..]}}, {@code
 * {"type": "post"}}, {@code {"equal": [path, value]}}, {@code {"gt": ["timestamp", 5]}}.
 *
 * <p>Source: jitdb 7.0.7, operators.js and index.js (isValueOk); ssb-db2 8, operators/index.js.
 */
final class JitOperators {
    private interface Reader {
        Filter read(Object argument, String where);
    }

    private static final Map<String, Reader> READERS = new TreeMap<>();

    static {
        READERS.put("and", (list, where) -> Filter.and(all(list, where)));
        READERS.put("or", (list, where) -> any(list, where));
        READERS.put("not", (part, where) -> new Filter.Not(read(part, where)));
        READERS.put("equal", JitOperators::equal);
        READERS.put("absent", (path, where) -> absent(place(path, where)));
        READERS.put("includes", JitOperators::includes);
        READERS.put("gt", (of, where) -> compared(Operator.GT, of, where));
        READERS.put("gte", (of, where) -> compared(Operator.GTE, of, where));
        READERS.put("lt", (of, where) -> compared(Operator.LT, of, where));
        READERS.put("lte", (of, where) -> compared(Operator.LTE, of, where));
        READERS.put("seqs", JitOperators::sequences);
        named("key", Place.KEY, null);
        named("type", Place.content("type"), null);
        named("author", Place.AUTHOR, null);
        named("channel", Place.content("channel"), null);
        named("hasRoot", Place.content("root"), null);
        named("hasFork", Place.content("fork"), null);
        named("hasBranch", Place.content("branch"), null);
        named("votesFor", Place.content("vote", "link"), "vote");
        named("contact", Place.content("contact"), "contact");
        named("about", Place.content("about"), "about");
        READERS.put(
                "mentions",
                (id, where) ->
                        new Filter.Includes(Place.MENTIONS, text(id, where), List.of("link")));
        flag("isRoot", absent(Place.content("root")));
        flag("isPublic", absent(Place.of("meta")));
        var encrypted = new Filter.Test(Place.CONTENT, Operator.IS, "string");
        var decrypted = new Filter.Test(Place.of("meta", "private"), Operator.EQ, Boolean.TRUE);
        flag("isEncrypted", encrypted);
        flag("isDecrypted", decrypted);
        flag("isPrivate", Filter.or(List.of(encrypted, decrypted)));
    }

    private JitOperators() {}

    /** {@code {}} is everything, as in jitdb. */
    static Filter read(Object query) {
        return read(query, "query");
    }

    private static Filter read(Object operator, String where) {
        if (!(operator instanceof Map<?, ?> map) || map.size() > 1) {
            throw Written.bad(where, "expected an object of one operator");
        }
        if (map.isEmpty()) {
            return Filter.ALL;
        }
        var entry = map.entrySet().iterator().next();
        var reader = READERS.get(entry.getKey());
        if (reader == null) {
            throw Written.bad(
                    where,
                    "no operator '%s'; there are %s".formatted(entry.getKey(), READERS.keySet()));
        }
        return reader.read(entry.getValue(), where + "." + entry.getKey());
    }

    private static void named(String name, Place place, String type) {
        READERS.put(
                name,
                (value, where) -> {
                    var equal = new Filter.Test(place, Operator.EQ, text(value, where));
                    var ofType = new Filter.Test(Place.content("type"), Operator.EQ, type);
                    return type == null ? equal : Filter.and(List.of(ofType, equal));
                });
    }

    private static void flag(String name, Filter filter) {
        READERS.put(name, (_, _) -> filter);
    }

    private static Filter absent(Place place) {
        return new Filter.Test(place, Operator.EQ, null);
    }

    private static List<Filter> all(Object list, String where) {
        var parts = new ArrayList<Filter>();
        for (Object each : list(list, where)) {
            parts.add(read(each, where + "[" + parts.size() + "]"));
        }
        return parts;
    }

    /** An or of nothing is everything, as in jitdb. */
    private static Filter any(Object list, String where) {
        var parts = all(list, where);
        return parts.isEmpty() ? Filter.ALL : Filter.or(parts);
    }

    private static Filter equal(Object pair, String where) {
        var parts = list(pair, where);
        var place = place(parts.isEmpty() ? null : parts.getFirst(), where);
        if (parts.size() == 1) {
            return absent(place); // equal to undefined
        }
        Object value = parts.get(1);
        if (value instanceof List || value instanceof Map) {
            throw Written.bad(where, "expected a string, number, boolean or null");
        }
        return new Filter.Test(place, Operator.EQ, value);
    }

    private static Filter includes(Object of, String where) {
        var parts = list(of, where);
        if (parts.size() < 2 || !Js.isTruthy(parts.get(1))) {
            throw Written.bad(where, "expected [path, value, pluck?]");
        }
        var pluck = parts.size() > 2 ? place(parts.get(2), where).path() : null;
        return new Filter.Includes(place(parts.getFirst(), where), parts.get(1), pluck);
    }

    /** What is no number compares to nothing. */
    private static Filter compared(Operator operator, Object of, String where) {
        var parts = list(of, where);
        if (parts.size() != 2 || !(parts.get(1) instanceof Double)) {
            throw Written.bad(where, "expected [\"timestamp\" or \"sequence\", number]");
        }
        var place =
                switch (text(parts.getFirst(), where)) {
                    case "timestamp" -> Place.ASSERTED;
                    case "sequence" -> Place.SEQUENCE;
                    default -> throw Written.bad(where, "expected timestamp or sequence");
                };
        return new Filter.Test(place, operator, parts.get(1));
    }

    private static Filter sequences(Object of, String where) {
        var list = list(of, where);
        long[] sorted = new long[list.size()];
        for (int i = 0; i < sorted.length; i++) {
            if (!(list.get(i) instanceof Double seq) || seq < 0 || seq != Math.rint(seq)) {
                throw Written.bad(where, "expected sequences");
            }
            sorted[i] = (long) (double) seq;
        }
        Arrays.sort(sorted);
        return new Filter.Sequences(Arrays.stream(sorted).distinct().toArray());
    }

    private static Place place(Object path, String where) {
        var keys =
                path instanceof String dotted
                        ? List.of(dotted.split("\\."))
                        : path instanceof List ? Rule.keys(path) : null;
        if (keys == null || keys.isEmpty()) {
            throw Written.bad(where, "expected a path, as [\"value\", \"author\"]");
        }
        return new Place(List.copyOf(keys));
    }

    private static List<?> list(Object value, String where) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw Written.bad(where, "expected an array");
    }

    private static String text(Object value, String where) {
        if (value instanceof String text) {
            return text;
        }
        throw Written.bad(where, "expected a string");
    }
}
