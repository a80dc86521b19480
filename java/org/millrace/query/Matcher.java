package org.millrace.query;

import org.millrace.codec.Kind;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Span;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A {@link Filter} compiled for scanned records: looks at kinds, numbers and bytes where they
 * stand; builds a value only for what cannot be told from those.
 */
@FunctionalInterface
interface Matcher {
    /** Whether the record that was scanned into {@code message} is wanted. */
    boolean test(Message message, long seq);

    /** Compiles a filter; the paths it looks at are added to {@code paths}. */
    static Matcher of(Filter filter, Paths paths, Field.Values values) {
        return switch (filter) {
            case Filter.And(var parts) -> all(compile(parts, paths, values));
            case Filter.Or(var parts) -> any(compile(parts, paths, values));
            case Filter.Not(var part) -> {
                var matcher = of(part, paths, values);
                yield (message, seq) -> !matcher.test(message, seq);
            }
            case Filter.Test test -> test(test, new Field(test.place(), paths, values));
            case Filter.Includes includes -> includes(includes, paths, values);
            case Filter.Sequences(var sorted) -> (_, seq) -> Arrays.binarySearch(sorted, seq) >= 0;
        };
    }

    private static Matcher[] compile(List<Filter> parts, Paths paths, Field.Values values) {
        return parts.stream().map(part -> of(part, paths, values)).toArray(Matcher[]::new);
    }

    private static Matcher all(Matcher[] parts) {
        return (message, seq) -> {
            for (var part : parts) {
                if (!part.test(message, seq)) {
                    return false;
                }
            }
            return true;
        };
    }

    private static Matcher any(Matcher[] parts) {
        return (message, seq) -> {
            for (var part : parts) {
                if (part.test(message, seq)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Matcher test(Filter.Test test, Field field) {
        var operator = test.operator();
        var argument = test.argument();
        Matcher slow = (message, _) -> operator.test(field.value(message), argument);
        if (!field.isSpan()) {
            return slow;
        }
        return switch (operator) {
            case PRESENT -> (message, _) -> Field.isPresent(field.span(message).kind());
            case EQ -> equal(field, argument, slow);
            case NE -> {
                var equal = equal(field, argument, slow);
                yield (message, seq) -> !equal.test(message, seq);
            }
            case TRUTHY -> (message, _) -> isTruthy(field.span(message));
            case NOT -> (message, _) -> !isTruthy(field.span(message));
            case IS -> (message, _) -> typeOf(field.span(message)).equals(argument);
            case LT, GT, LTE, GTE -> compared(field, operator, argument, slow);
            case PREFIX -> argument instanceof String text ? prefixed(field, text, slow) : slow;
            case IN, TYPE, INT, MOD, GET -> slow;
        };
    }

    private static Matcher equal(Field field, Object to, Matcher slow) {
        return switch (to) {
            case null -> (message, _) -> field.span(message).kind() == Kind.MISSING;
            case String text -> {
                var bytes = bytes(text);
                long length = text.isEmpty() ? 0 : bytes.byteSize();
                yield (message, _) -> field.span(message).contentEquals(bytes, 0, length);
            }
            case Double number -> {
                double wanted = number;
                yield (message, _) -> field.span(message).number() == wanted;
            }
            case Boolean flag -> isKind(field, flag ? Kind.TRUE : Kind.FALSE);
            default -> to == Js.NULL ? isKind(field, Kind.NULL) : slow;
        };
    }

    private static Matcher isKind(Field field, Kind kind) {
        return (message, _) -> field.span(message).kind() == kind;
    }

    /** Numbers by their value; whatever else stands there by JavaScript's rules. */
    private static Matcher compared(Field field, Operator operator, Object with, Matcher slow) {
        if (!(with instanceof Double number)) {
            return slow;
        }
        double bound = number;
        return (message, seq) -> {
            var span = field.span(message);
            if (span.kind() != Kind.NUMBER) {
                return span.kind() != Kind.MISSING && slow.test(message, seq);
            }
            double value = span.number();
            return switch (operator) {
                case LT -> value < bound;
                case GT -> value > bound;
                case LTE -> value <= bound;
                default -> value >= bound;
            };
        };
    }

    private static Matcher prefixed(Field field, String prefix, Matcher slow) {
        var bytes = bytes(prefix);
        long length = prefix.isEmpty() ? 0 : bytes.byteSize();
        return (message, seq) -> {
            var span = field.span(message);
            if (!span.isString()) {
                return false;
            }
            if (span.escaped()) {
                return slow.test(message, seq);
            }
            return span.length() >= length
                    && MemorySegment.mismatch(
                                    span.block(),
                                    span.offset(),
                                    span.offset() + length,
                                    bytes,
                                    0,
                                    length)
                            < 0;
        };
    }

    private static Matcher includes(Filter.Includes wanted, Paths paths, Field.Values values) {
        var field = new Field(wanted.place(), paths, values);
        var itself = test(new Filter.Test(wanted.place(), Operator.EQ, wanted.target()), field);
        return (message, seq) -> {
            if (field.isSpan() && field.span(message).kind() != Kind.ARRAY) {
                return itself.test(message, seq);
            }
            var list = Js.list(field.value(message));
            if (list == null) {
                return itself.test(message, seq);
            }
            for (Object each : list) {
                if (Js.same(plucked(each, wanted.pluck()), wanted.target())) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Object plucked(Object element, List<String> pluck) {
        Object at = element;
        if (pluck != null) {
            for (String key : pluck) {
                at = at instanceof String ? null : Js.get(at, key);
            }
        }
        return at;
    }

    private static boolean isTruthy(Span span) {
        return switch (span.kind()) {
            case MISSING, NULL, FALSE -> false;
            case NUMBER -> span.number() != 0 && !Double.isNaN(span.number());
            case STRING -> span.length() > 0 && (!span.escaped() || !span.text().isEmpty());
            case TRUE, OBJECT, ARRAY, BYTES -> true;
        };
    }

    private static String typeOf(Span span) {
        return switch (span.kind()) {
            case MISSING -> "undefined";
            case TRUE, FALSE -> "boolean";
            case NUMBER -> "number";
            case STRING -> "string";
            case NULL, OBJECT, ARRAY, BYTES -> "object";
        };
    }

    /** Off-heap, as the records are: the compiler then sees one kind of memory. */
    private static MemorySegment bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        var memory = Arena.ofAuto().allocate(Math.max(8, utf8.length), 8);
        MemorySegment.copy(utf8, 0, memory, ValueLayout.JAVA_BYTE, 0, utf8.length);
        return memory.asSlice(0, Math.max(1, utf8.length));
    }
}
