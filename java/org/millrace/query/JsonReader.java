package org.millrace.query;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON into {@link Js} values: queries, which come from anybody and are held to limits, and
 * values of messages, which a scanner has passed before.
 *
 * <p><b>Limits</b> of a query: {@link #CHARACTERS_MAX}, {@link #NODES_MAX}, {@link #DEPTH_MAX}.
 */
final class JsonReader {
    static final int CHARACTERS_MAX = 256 << 10;
    static final int NODES_MAX = 16_384;
    static final int DEPTH_MAX = 64;

    private final String text;
    private final int nodesMax;
    private final int depthMax;
    private int at;
    private int nodes;

    private JsonReader(String text, int nodesMax, int depthMax) {
        this.text = text;
        this.nodesMax = nodesMax;
        this.depthMax = depthMax;
    }

    /**
     * Reads a query.
     *
     * @throws MillraceException ERR_QUERY, saying at which character
     */
    static Object query(String text) {
        if (text.length() > CHARACTERS_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_QUERY,
                    "a query of %d characters; %d are the limit"
                            .formatted(text.length(), CHARACTERS_MAX));
        }
        return new JsonReader(text, NODES_MAX, DEPTH_MAX).whole();
    }

    /** Reads a value of a message; undefined when it is nested too deep. */
    static Object lenient(String text, int depthMax) {
        try {
            return new JsonReader(text, Integer.MAX_VALUE, depthMax).whole();
        } catch (MillraceException e) {
            return null;
        }
    }

    private Object whole() {
        Object value = value(0);
        space();
        if (at < text.length()) {
            throw bad("more text behind the value");
        }
        return value;
    }

    private Object value(int depth) {
        space();
        if (++nodes > nodesMax) {
            throw bad("more than " + nodesMax + " values");
        }
        char c = peek();
        return switch (c) {
            case '{' -> object(deeper(depth));
            case '[' -> array(deeper(depth));
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", Js.NULL);
            default -> number();
        };
    }

    private int deeper(int depth) {
        if (depth == depthMax) {
            throw bad("nested deeper than " + depthMax);
        }
        at++;
        return depth + 1;
    }

    private Map<String, Object> object(int depth) {
        var object = new LinkedHashMap<String, Object>();
        space();
        if (peek() == '}') {
            at++;
            return object;
        }
        while (true) {
            space();
            String key = string();
            space();
            expect(':');
            object.put(key, value(depth));
            space();
            if (peek() == '}') {
                at++;
                return object;
            }
            expect(',');
        }
    }

    private List<Object> array(int depth) {
        var array = new ArrayList<Object>();
        space();
        if (peek() == ']') {
            at++;
            return array;
        }
        while (true) {
            array.add(value(depth));
            space();
            if (peek() == ']') {
                at++;
                return array;
            }
            expect(',');
        }
    }

    private String string() {
        expect('"');
        int from = at;
        while (peek() != '"' && peek() != '\\') {
            at++;
        }
        if (peek() == '"') {
            return text.substring(from, at++);
        }
        var value = new StringBuilder(text.substring(from, at));
        while (peek() != '"') {
            char c = text.charAt(at++);
            value.append(c == '\\' ? escape() : c);
        }
        at++;
        return value.toString();
    }

    private char escape() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unit();
            default -> throw bad("an escape that JSON does not have");
        };
    }

    private char unit() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw bad("an escape \\u without four digits");
            }
            unit = unit << 4 | digit;
            at++;
        }
        return (char) unit;
    }

    private Double number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Double.valueOf(text.substring(from, at));
        } catch (NumberFormatException e) {
            at = from;
            throw bad("no JSON value");
        }
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw bad("no JSON value");
        }
        at += word.length();
        return value;
    }

    private void space() {
        while (at < text.length() && " \n\r\t".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw bad("the text ends too early");
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw bad("expected " + c);
        }
        at++;
    }

    private MillraceException bad(String what) {
        return new MillraceException(
                ErrorCode.ERR_QUERY, "query at character %d: %s".formatted(at, what));
    }
}
