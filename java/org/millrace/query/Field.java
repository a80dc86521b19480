package org.millrace.query;

import org.millrace.codec.Kind;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Span;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A place in a record, bound to the paths that a scan looks for: reads the value out of the scanned
 * bytes. What no scan can find (a length, a character of a string) is looked up in the value above.
 *
 * <p><b>Threads.</b> Any; the message belongs to one.
 */
final class Field {
    private final Place place;
    private final int slot;
    private final List<String> rest;
    private final Values values;

    Field(Place place, Paths paths, Values values) {
        this.place = place;
        this.values = values;
        int found = place.isComputed() ? 0 : inRecord(place.path());
        slot = place.isComputed() ? -1 : paths.add(keys(place.path(), found));
        rest = place.path().subList(found, place.path().size());
    }

    Place place() {
        return place;
    }

    /** Whether the value is where its span is: then kinds and bytes can be looked at directly. */
    boolean isSpan() {
        return slot >= 0 && rest.isEmpty();
    }

    Span span(Message message) {
        return message.span(slot);
    }

    /** The value as a {@link Js} value. */
    Object value(Message message) {
        if (slot < 0) {
            return place.equals(Place.RTS) ? rts(message) : (Object) asserted(message);
        }
        Object value = values.of(message.span(slot));
        for (String key : rest) {
            value = Js.get(value, key);
        }
        return value;
    }

    /** The value when it is a number, else NaN. */
    double number(Message message) {
        if (isSpan()) {
            return message.span(slot).number();
        }
        return value(message) instanceof Double number ? number : Double.NaN;
    }

    static double asserted(Message message) {
        return Math.min(message.receivedTimestamp(), message.claimedTimestamp());
    }

    private static Object rts(Message message) {
        double least = asserted(message);
        double received = message.receivedTimestamp();
        double found = Double.isNaN(least) || least == 0 ? received : least;
        return Double.isNaN(found) ? null : (Double) found;
    }

    private static String[] keys(List<String> path, int count) {
        return path.subList(0, count).toArray(String[]::new);
    }

    /** How many keys of the path a scan can follow. */
    private static int inRecord(List<String> path) {
        for (int i = 0; i < path.size(); i++) {
            String key = path.get(i);
            if (key.equals("length") || !key.isEmpty() && Character.isDigit(key.charAt(0))) {
                return i;
            }
        }
        return path.size();
    }

    /** How spans become values; by encoding. */
    interface Values {
        /** JSON: objects and arrays stay text. */
        Values JSON =
                span ->
                        switch (span.kind()) {
                            case OBJECT, ARRAY -> new Raw(text(span));
                            default -> simple(span);
                        };

        Object of(Span span);

        /** Everything but objects, arrays and bytes, which are undefined. */
        static Object simple(Span span) {
            return switch (span.kind()) {
                case NULL -> Js.NULL;
                case TRUE -> Boolean.TRUE;
                case FALSE -> Boolean.FALSE;
                case NUMBER -> span.number();
                case STRING -> span.text();
                case MISSING, OBJECT, ARRAY, BYTES -> null;
            };
        }
    }

    static String text(Span span) {
        var bytes = span.block().asSlice(span.offset(), span.length());
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    static boolean isPresent(Kind kind) {
        return kind != Kind.MISSING && kind != Kind.NULL;
    }
}
