package org.millrace.query;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * JavaScript's rules for the values that JSON can hold: what equals, what is less, what converts to
 * what. Queries were written for JavaScript and mean what they mean there.
 *
 * <p>Values: {@code null} is undefined, {@link #NULL} null; Boolean, Double, String, List, Map, and
 * {@link Raw}, an object or array that nobody has looked into yet. What prototypes add (methods) is
 * undefined here; {@code length} and the characters of a string are there.
 */
final class Js {
    private enum Null {
        NULL
    }

    static final Object NULL = Null.NULL;

    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?(Infinity|(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?)");

    /** From here on JavaScript writes numbers with an exponent. */
    private static final int POINT_MAX = 21;

    private static final int POINT_MIN = -6;

    private Js() {}

    static String typeOf(Object value) {
        return switch (value) {
            case null -> "undefined";
            case Boolean _ -> "boolean";
            case Double _ -> "number";
            case String _ -> "string";
            default -> "object";
        };
    }

    static boolean isTruthy(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean flag -> flag;
            case Double number -> number != 0 && !Double.isNaN(number);
            case String text -> !text.isEmpty();
            default -> value != NULL;
        };
    }

    /** The === operator; an object equals only itself. */
    static boolean same(Object a, Object b) {
        return switch (a) {
            case null -> b == null;
            case Boolean _, String _ -> a.equals(b);
            case Double x -> b instanceof Double y && x.doubleValue() == y.doubleValue();
            default -> a == b;
        };
    }

    /** The &lt; operator. */
    static boolean isLess(Object a, Object b) {
        if (primitive(a) instanceof String x && primitive(b) instanceof String y) {
            return x.compareTo(y) < 0;
        }
        return toNumber(a) < toNumber(b);
    }

    /** The &lt;= operator, which is no negation of &gt;: NaN is neither. */
    static boolean isLessOrSame(Object a, Object b) {
        if (primitive(a) instanceof String x && primitive(b) instanceof String y) {
            return x.compareTo(y) <= 0;
        }
        return toNumber(a) <= toNumber(b);
    }

    static double toNumber(Object value) {
        return switch (value) {
            case null -> Double.NaN;
            case Double number -> number;
            case Boolean flag -> flag ? 1 : 0;
            case String text -> parse(text.strip());
            default -> value == NULL ? 0 : parse(toText(value).strip());
        };
    }

    static String toText(Object value) {
        return switch (value) {
            case null -> "undefined";
            case Double number -> text(number);
            case Raw raw -> toText(raw.value());
            case List<?> list -> join(list);
            case Map<?, ?> _ -> "[object Object]";
            default -> value == NULL ? "null" : value.toString();
        };
    }

    /** {@code value[key]}, and undefined where JavaScript would throw. */
    static Object get(Object value, String key) {
        return switch (value) {
            case null -> null;
            case Raw raw -> get(raw.value(), key);
            case Map<?, ?> map -> map.get(key);
            case List<?> list ->
                    key.equals("length") ? (Object) (double) list.size() : at(list, index(key));
            case String text ->
                    key.equals("length") ? (Object) (double) text.length() : at(text, key);
            default -> null;
        };
    }

    /** The elements of an array; null when it is none. */
    static List<?> list(Object value) {
        Object whole = value instanceof Raw raw ? raw.value() : value;
        return whole instanceof List<?> list ? list : null;
    }

    /** Typewise order, as in LevelDB keys: null, booleans, numbers, strings, arrays, undefined. */
    static int compareTypes(Object a, Object b) {
        int byRank = Integer.compare(rank(a), rank(b));
        if (byRank != 0) {
            return byRank;
        }
        return switch (a) {
            case Boolean x -> x.compareTo((Boolean) b);
            case Double x -> Double.compare(x + 0.0, (Double) b + 0.0);
            case String x -> x.compareTo((String) b);
            case null -> 0;
            default -> a == Js.NULL ? 0 : compareLists(a, b);
        };
    }

    private static int compareLists(Object a, Object b) {
        var x = list(a);
        var y = list(b);
        if (x == null || y == null) {
            return JsonRow.of(a).compareTo(JsonRow.of(b)); // the package refuses to compare objects
        }
        for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
            int order = compareTypes(x.get(i), y.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(x.size(), y.size());
    }

    private static int rank(Object value) {
        return switch (value) {
            case null -> 7;
            case Boolean _ -> 1;
            case Double _ -> 2;
            case String _ -> 4;
            default -> value == NULL ? 0 : list(value) == null ? 5 : 6;
        };
    }

    private static Object primitive(Object value) {
        return value instanceof Raw || value instanceof List || value instanceof Map
                ? toText(value)
                : value;
    }

    private static String join(List<?> list) {
        var text = new StringBuilder();
        for (int i = 0; i < list.size(); i++) {
            Object each = list.get(i);
            text.append(i > 0 ? "," : "");
            text.append(each == null || each == NULL ? "" : toText(each));
        }
        return text.toString();
    }

    private static double parse(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        if (text.length() > 2 && text.charAt(0) == '0') {
            int radix =
                    switch (text.charAt(1) | 0x20) {
                        case 'x' -> 16;
                        case 'o' -> 8;
                        case 'b' -> 2;
                        default -> 0;
                    };
            if (radix > 0) {
                return parse(text.substring(2), radix);
            }
        }
        return DECIMAL.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
    }

    private static double parse(String digits, int radix) {
        double value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(i), radix);
            if (digit < 0) {
                return Double.NaN;
            }
            value = value * radix + digit;
        }
        return value;
    }

    /** As JavaScript writes a number. */
    static String text(double number) {
        if (number == Math.rint(number) && Math.abs(number) < 1e15) {
            return Long.toString((long) number);
        }
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Double.toString(number);
        }
        var shortest = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        String sign = number < 0 ? "-" : "";
        if (point > POINT_MIN && point <= POINT_MAX) {
            return sign + shortest.toPlainString();
        }
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        int exponent = point - 1;
        return sign + digits.charAt(0) + fraction + (exponent < 0 ? "e" : "e+") + exponent;
    }

    private static int index(String key) {
        if (key.isEmpty() || key.length() > 9 || key.length() > 1 && key.charAt(0) == '0') {
            return -1;
        }
        int index = 0;
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            index = index * 10 + c - '0';
        }
        return index;
    }

    private static Object at(List<?> list, int index) {
        return index >= 0 && index < list.size() ? list.get(index) : null;
    }

    private static Object at(String text, String key) {
        int index = index(key);
        return index >= 0 && index < text.length() ? String.valueOf(text.charAt(index)) : null;
    }
}
