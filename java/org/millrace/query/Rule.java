package org.millrace.query;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What map-filter-reduce makes of a row: a rule of {@code $map}, of a later {@code $filter}, or the
 * argument of a reduction. The first rules of a query see a {@link Row}, a record that stands in
 * its bytes; those after a {@code $map} see what that made.
 */
@FunctionalInterface
interface Rule {
    Object of(Object value);

    Rule ITSELF = Rule::whole;

    /** A path of keys; a negative number counts from the end of an array. */
    record Path(List<String> keys, Field inRecord) implements Rule {
        @Override
        public Object of(Object value) {
            if (value instanceof Row row && inRecord != null) {
                return row.value(inRecord);
            }
            Object at = whole(value);
            for (String key : keys) {
                at = step(at, key);
            }
            return at;
        }
    }

    /** One rule after the other. */
    record Chain(List<Rule> rules) implements Rule {
        @Override
        public Object of(Object value) {
            Object at = value;
            for (var rule : rules) {
                at = rule.of(at);
            }
            return at;
        }
    }

    /** All operators of one object: JavaScript's {@code a && b && ...}. */
    record Operators(List<Operator> operators, List<Object> arguments) implements Rule {
        @Override
        public Object of(Object value) {
            Object at = whole(value);
            Object outcome = null;
            for (int i = 0; i < operators.size(); i++) {
                outcome = operators.get(i).apply(at, arguments.get(i));
                if (!Js.isTruthy(outcome)) {
                    return outcome;
                }
            }
            return outcome;
        }
    }

    /** {@code $map} of an object: a rule for each key. */
    record Members(Map<String, Rule> rules) implements Rule {
        @Override
        public Object of(Object value) {
            if (value == null || value == Js.NULL || rules.isEmpty()) {
                return null;
            }
            var made = new LinkedHashMap<String, Object>();
            rules.forEach((key, rule) -> made.put(key, rule.of(value)));
            return made;
        }
    }

    /** {@code $filter} of an object or array: a rule for each key of the value. */
    record Parts(Map<String, Rule> rules) implements Rule {
        @Override
        public Object of(Object value) {
            Object at = whole(value);
            if (at == null || at == Js.NULL) {
                return false;
            }
            for (var part : rules.entrySet()) {
                if (!Js.isTruthy(part.getValue().of(Js.get(at, part.getKey())))) {
                    return false;
                }
            }
            return true;
        }
    }

    record Literal(Object wanted) implements Rule {
        @Override
        public Object of(Object value) {
            return Js.same(whole(value), wanted);
        }
    }

    static Object whole(Object value) {
        return value instanceof Row row ? row.value() : value;
    }

    private static Object step(Object value, String key) {
        if (key.startsWith("-")) {
            var list = Js.list(value);
            if (list != null && key.length() < 10 && key.substring(1).matches("[0-9]+")) {
                int index = list.size() + Integer.parseInt(key);
                return index >= 0 && index < list.size() ? list.get(index) : null;
            }
        }
        return Js.get(value, key);
    }

    /** The keys of a rule that is a path; null when it is none. */
    static List<String> keys(Object rule) {
        if (rule instanceof String key) {
            return List.of(key);
        }
        if (rule instanceof Double index && index == Math.rint(index)) {
            return List.of(Js.text(index));
        }
        if (!(rule instanceof List<?> steps)) {
            return null;
        }
        var keys = new ArrayList<String>();
        for (Object step : steps) {
            if (step != Boolean.TRUE) {
                var more = keys(step);
                if (more == null) {
                    return null;
                }
                keys.addAll(more);
            }
        }
        return keys;
    }
}
