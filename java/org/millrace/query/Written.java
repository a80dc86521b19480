package org.millrace.query;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A query as its user wrote it: maps, lists and scalars, as JSON gives them; and what is wrong with
 * it. Hostile input.
 */
final class Written {
    private Written() {}

    interface OperatorVisitor {
        void visit(Operator operator, Object argument);
    }

    /** Keys that are no operators are ignored beside one, as the package does. */
    static void forEachOperator(Object rule, String where, OperatorVisitor visitor) {
        boolean found = false;
        for (var entry : ((Map<?, ?>) rule).entrySet()) {
            var operator = Operator.named((String) entry.getKey());
            if (operator != null) {
                String complaint = operator.complaint(entry.getValue());
                if (complaint != null) {
                    throw bad(where + "." + operator, "expected " + complaint);
                }
                visitor.visit(operator, entry.getValue());
                found = true;
            }
        }
        if (!found) {
            throw bad(
                    where,
                    "no operator in %s; there are %s"
                            .formatted(JsonRow.of(rule), Operator.names()));
        }
    }

    static boolean isOperators(Object rule) {
        return rule instanceof Map<?, ?> map
                && map.keySet().stream().anyMatch(key -> ((String) key).startsWith("$"));
    }

    /** Members of an object, or elements of an array by their index; null for anything else. */
    static Map<String, Object> parts(Object rule) {
        var parts = new LinkedHashMap<String, Object>();
        if (rule instanceof Map<?, ?> map) {
            map.forEach((key, value) -> parts.put((String) key, value));
            return parts;
        }
        if (rule instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                parts.put(Integer.toString(i), list.get(i));
            }
            return parts;
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value, String where) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw bad(where, "expected an object, got " + JsonRow.of(value));
    }

    static MillraceException bad(String where, String what) {
        return new MillraceException(ErrorCode.ERR_QUERY, where + ": " + what);
    }
}
