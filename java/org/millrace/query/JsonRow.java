package org.millrace.query;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Writes {@link Js} values as {@code JSON.stringify} does: undefined members are left out, in
 * arrays they are null, and so are numbers that JSON does not have.
 */
final class JsonRow {
    private final StringBuilder to = new StringBuilder();

    private JsonRow() {}

    static String of(Object value) {
        var row = new JsonRow();
        row.value(value);
        return row.to.toString();
    }

    private void value(Object value) {
        switch (value) {
            case null -> to.append("null");
            case Boolean flag -> to.append(flag.booleanValue());
            case Double number -> number(number);
            case String text -> string(text);
            case Raw raw -> to.append(raw.text());
            case Map<?, ?> map -> object(map);
            case List<?> list -> array(list);
            default -> to.append("null");
        }
    }

    private void number(double number) {
        to.append(Double.isNaN(number) || Double.isInfinite(number) ? "null" : Js.text(number));
    }

    private void object(Map<?, ?> map) {
        char before = '{';
        for (var entry : map.entrySet()) {
            if (entry.getValue() != null) {
                to.append(before);
                string((String) entry.getKey());
                to.append(':');
                value(entry.getValue());
                before = ',';
            }
        }
        to.append(before == '{' ? "{}" : "}");
    }

    private void array(List<?> list) {
        to.append('[');
        for (Iterator<?> each = list.iterator(); each.hasNext(); ) {
            value(each.next());
            to.append(each.hasNext() ? "," : "");
        }
        to.append(']');
    }

    private void string(String text) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c) && !isPair(text, i)) {
                to.append(String.format("\\u%04x", (int) c));
            } else {
                to.append(c);
            }
        }
        to.append('"');
    }

    private static boolean isPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }
}
