package org.millrace.query;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The operators of map-filter-reduce 3, {@code $lt} and so on: each takes a value and an argument.
 * As a filter, what matters is whether the outcome is truthy.
 */
enum Operator {
    LT,
    GT,
    LTE,
    GTE,
    EQ,
    NE,
    NOT,
    TRUTHY,
    PREFIX,
    IS,
    IN,
    TYPE,
    INT,
    MOD,
    GET,
    /** Neither null nor undefined; what a filter with parts asks of the whole. No $-name. */
    PRESENT;

    private static final Map<String, Operator> BY_NAME = new TreeMap<>();

    static {
        for (var operator : values()) {
            if (operator != PRESENT) {
                BY_NAME.put(operator.toString(), operator);
            }
        }
    }

    /** By its name with the $; null when there is none. */
    static Operator named(String name) {
        return BY_NAME.get(name);
    }

    static Iterable<String> names() {
        return BY_NAME.keySet();
    }

    @Override
    public String toString() {
        return "$" + name().toLowerCase(Locale.ROOT);
    }

    boolean test(Object value, Object argument) {
        return switch (this) {
            case LT -> Js.isLess(value, argument);
            case GT -> Js.isLess(argument, value);
            case LTE -> Js.isLessOrSame(value, argument);
            case GTE -> Js.isLessOrSame(argument, value);
            case EQ -> Js.same(value, argument);
            case NE -> !Js.same(value, argument);
            case NOT -> !Js.isTruthy(value);
            case TRUTHY -> Js.isTruthy(value);
            case PREFIX -> isPrefixed(value, argument);
            case IS -> Js.typeOf(value).equals(argument);
            case IN -> indexOf(value, argument) >= 0;
            case INT -> value instanceof Double x && x == Math.rint(x) && !Double.isInfinite(x);
            case PRESENT -> value != null && value != Js.NULL;
            case TYPE, MOD, GET -> Js.isTruthy(apply(value, argument));
        };
    }

    /** The outcome as JavaScript has it. */
    Object apply(Object value, Object argument) {
        return switch (this) {
            case TYPE -> Js.typeOf(value);
            case MOD -> Js.toNumber(value) % Js.toNumber(argument);
            case GET -> get(value, argument);
            case IN -> (double) ~indexOf(value, argument);
            default -> test(value, argument);
        };
    }

    /** Whether the argument is one that the operator can work with; else what it should be. */
    String complaint(Object argument) {
        boolean isFine =
                switch (this) {
                    case PREFIX, IN -> argument instanceof String || argument instanceof List;
                    case IS -> argument instanceof String;
                    case GET ->
                            argument instanceof String
                                    || argument instanceof List
                                    || argument instanceof Boolean;
                    default -> true;
                };
        if (isFine) {
            return null;
        }
        return switch (this) {
            case PREFIX, IN -> "a string or an array";
            case IS -> "the name of a type";
            default -> "a key or a path";
        };
    }

    private static boolean isPrefixed(Object value, Object prefix) {
        if (prefix instanceof String text) {
            return value instanceof String whole && whole.startsWith(text);
        }
        var parts = (List<?>) prefix;
        var list = Js.list(value);
        if (list == null || list.size() <= parts.size()) {
            return false;
        }
        for (int i = 0; i < parts.size(); i++) {
            if (!Js.same(list.get(i), parts.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static int indexOf(Object value, Object in) {
        if (in instanceof String text) {
            return text.indexOf(Js.toText(value));
        }
        var list = (List<?>) in;
        for (int i = 0; i < list.size(); i++) {
            if (Js.same(list.get(i), value)) {
                return i;
            }
        }
        return -1;
    }

    private static Object get(Object value, Object path) {
        if (path instanceof List<?> keys) {
            Object at = value;
            for (Object key : keys) {
                at = Js.get(at, Js.toText(key));
            }
            return at;
        }
        return path instanceof String key
                ? Js.get(value, key)
                : path == Boolean.TRUE ? value : null;
    }
}
