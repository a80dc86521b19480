package org.millrace.codec;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Writes small answers as JSON: maps with string keys, lists, strings, whole numbers, booleans,
 * null. Not for records, which are written as the bytes they are.
 */
public final class JsonWriter {
    private final StringBuilder text = new StringBuilder();

    private JsonWriter() {}

    /** The value on one line. */
    public static String write(Object value) {
        var writer = new JsonWriter();
        writer.value(value);
        return writer.text.toString();
    }

    private void value(Object value) {
        switch (value) {
            case null -> text.append("null");
            case Map<?, ?> map -> object(map);
            case List<?> list -> array(list);
            case Long number -> text.append(number.longValue());
            case Integer number -> text.append(number.intValue());
            case Boolean flag -> text.append(flag.booleanValue());
            default -> string(value.toString());
        }
    }

    private void object(Map<?, ?> map) {
        char before = '{';
        for (var entry : map.entrySet()) {
            text.append(before);
            string(entry.getKey().toString());
            text.append(':');
            value(entry.getValue());
            before = ',';
        }
        text.append(map.isEmpty() ? "{}" : "}");
    }

    private void array(List<?> list) {
        text.append('[');
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
            value(i.next());
            text.append(i.hasNext() ? "," : "");
        }
        text.append(']');
    }

    /** Escapes as JSON.stringify does, lone surrogates included. */
    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> plain(value, i, c);
            }
        }
        text.append('"');
    }

    private void plain(String value, int at, char c) {
        if (c < ' ' || isLone(value, at, c)) {
            text.append(String.format("\\u%04x", (int) c));
        } else {
            text.append(c);
        }
    }

    private static boolean isLone(String value, int at, char c) {
        if (Character.isHighSurrogate(c)) {
            return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
        }
        return Character.isLowSurrogate(c)
                && (at == 0 || !Character.isHighSurrogate(value.charAt(at - 1)));
    }
}
